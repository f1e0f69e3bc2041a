"""How skep itself is set up: environment variables to one value, all errors at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from skep.config.addresses import (
    next_database,
    read_docker_host,
    read_influx_url,
    read_prometheus_url,
    read_redis_url,
    with_password,
)
from skep.config.environment import Environment, Setting, SettingProblem, SettingsError, unknown_variables
from skep.config.notifications import NOTIFICATION_SETTINGS, Notifications, notifications_given
from skep.config.secret import Secret, read_secret, read_secret_file
from skep.config.units import UnitError, read_count, read_duration
from skep.config.webhooks import WEBHOOK_SETTINGS, Webhooks, webhooks_given
from skep.core.metrics.backends import Proxy

# All labels and dialects hang on it, for which no command that reads settings alone is to wait.
if TYPE_CHECKING:
    from skep.config.labels import LabelDefaults

__all__ = [
    "SETTINGS",
    "InfluxAccess",
    "PrometheusAccess",
    "Secret",
    "Setting",
    "SettingProblem",
    "Settings",
    "SettingsError",
    "settings_table",
    "unknown_settings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxAccess:
    """Where an InfluxDB is and how to be let in: with user and password, with a token, or without either."""

    url: str
    database: str
    retention_policy: str | None = None
    user: str | None = None
    password: Secret | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusAccess:
    """Where a Prometheus is and how to be let in: with user and password, with a token, or without either."""

    url: str
    user: str | None = None
    password: Secret | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that an operator can set for the whole of skep.

    Attributes:
        broker_url: the Redis of Celery and of skep's memory, with its password.
        result_url: the Redis for results of tasks, with its password.
        influx: where metrics are read.
        journal: where the record is kept.
        proxy: whose figures tell what clients ask for.
        prometheus: where queries of one's own may be asked too; ``None`` where there is none.
        task_time_limit: after this a task is killed.
        shards: over so many workers each evaluation is dealt out.
        flower_password: ``None`` where there is none; Flower does not start then.
        policy_file: where the policy file is, if there is one.
        state_dir: where Flower's state and health files are.
        log_level: a name that ``logging`` knows.
        webhooks: which programs may call, and how.
        notifications: who is told what while nobody is looking.
    """

    broker_url: Secret
    result_url: Secret
    redis_prefix: str
    docker_host: str
    influx: InfluxAccess
    journal: InfluxAccess
    proxy: Proxy
    prometheus: PrometheusAccess | None
    interval: timedelta
    reconcile_interval: timedelta
    window: timedelta
    max_age: timedelta
    policy_file: Path | None
    dialect: str | None
    task_time_limit: timedelta
    shards: int
    flower_user: str
    flower_password: Secret | None
    state_dir: Path
    log_level: str
    webhooks: Webhooks = field(default_factory=Webhooks)
    notifications: Notifications = field(default_factory=Notifications)

    @property
    def label_defaults(self) -> LabelDefaults:
        """What holds for services of which neither labels nor the policy file say otherwise."""
        from skep.config.labels import LabelDefaults  # noqa: PLC0415 - see above

        return LabelDefaults(window=self.window, max_age=self.max_age, dialect=self.dialect)

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, read_file: Callable[[str], str] = read_secret_file
    ) -> Self:
        """Read all settings.

        Args:
            environ: environment variables; an empty one counts as not set.
            read_file: path to text; raises ``OSError``, or ``ValueError`` where it is not text.

        Raises:
            SettingsError: with everything that is wrong.
        """
        environment = Environment(environ, read_file)
        broker_url, result_url = _redis_urls(environment)
        influx = _influx(environment)
        settings = cls(
            broker_url=broker_url,
            result_url=result_url,
            redis_prefix=environment.value(_REDIS_PREFIX),
            docker_host=environment.value(_DOCKER_HOST),
            influx=influx,
            journal=_journal(environment, influx),
            proxy=environment.value(_PROXY),
            prometheus=_prometheus(environment),
            interval=environment.value(_INTERVAL),
            reconcile_interval=environment.value(_RECONCILE_INTERVAL),
            window=environment.value(_WINDOW),
            max_age=environment.value(_MAX_AGE),
            policy_file=environment.given(_POLICY_FILE),
            dialect=environment.given(_DIALECT),
            task_time_limit=environment.value(_TASK_TIME_LIMIT),
            shards=environment.value(_SHARDS),
            flower_user=environment.value(_FLOWER_USER),
            flower_password=environment.given(_FLOWER_PASSWORD),
            state_dir=environment.value(_STATE_DIR),
            log_level=environment.value(_LOG_LEVEL),
            webhooks=webhooks_given(environment),
            notifications=notifications_given(environment),
        )
        if environment.problems:
            raise SettingsError(environment.problems)
        return settings


def unknown_settings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each ``SKEP_*`` variable that is set and has no effect, with the one that was perhaps meant."""
    return unknown_variables(environ.keys() - _READ_BY_OTHERS, SETTINGS)


#: Known to docker-compose.yml, stacks/, the command line and the tests: an operator's shell may well have them.
_READ_BY_OTHERS = frozenset(
    {
        "SKEP_ACTOR",
        "SKEP_DOCKER_SOCKET",
        "SKEP_FLOWER_NETWORK",
        "SKEP_FLOWER_PORT",
        "SKEP_FLOWER_PORT_MODE",
        "SKEP_HOOK_URL",
        "SKEP_IMAGE",
        "SKEP_METRICS_NETWORK",
        "SKEP_NO_SKIPS",
        "SKEP_POLICY",
        "SKEP_POLICY_VERSION",
        "SKEP_PROXY_NETWORK",
        "SKEP_REGISTRY",
        "SKEP_SECRETS",
        "SKEP_SECRETS_VERSION",
    }
)


def settings_table() -> str:
    """All settings as a Markdown table: variables, default, meaning."""
    rows = [("variable", "default", "meaning"), ("---", "---", "---"), *map(_row, SETTINGS)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(setting: Setting[Any]) -> tuple[str, str, str]:
    variables = ", ".join(f"`{variable}`" for variable in setting.variables)
    default = setting.otherwise if setting.default is None else f"`{setting.default}`"
    return variables, default, setting.meaning


# --- settings that depend on each other ----------------------------------------------------------------------------


def _redis_urls(environment: Environment) -> tuple[Secret, Secret]:
    """The addresses of broker and results, with the password put into those that have none."""
    password = environment.given(_REDIS_PASSWORD)
    broker = environment.value(_BROKER_URL)
    result = environment.given(_RESULT_URL) or next_database(broker)
    if password is not None:
        broker = with_password(broker, password.reveal())
        result = with_password(result, password.reveal())
    return Secret(broker), Secret(result)


def _influx(environment: Environment) -> InfluxAccess:
    user, password, token = _credentials(environment, _INFLUX_USER, _INFLUX_PASSWORD, _INFLUX_TOKEN)
    return InfluxAccess(
        url=environment.value(_INFLUX_URL),
        database=environment.value(_INFLUX_DATABASE),
        retention_policy=environment.given(_INFLUX_RP),
        user=user,
        password=password,
        token=token,
    )


def _journal(environment: Environment, influx: InfluxAccess) -> InfluxAccess:
    """The journal's own access; its credentials are either all its own or all those of the metrics."""
    user, password, token = _credentials(environment, _JOURNAL_USER, _JOURNAL_PASSWORD, _JOURNAL_TOKEN)
    if user is None and password is None and token is None:
        user, password, token = influx.user, influx.password, influx.token
    return InfluxAccess(
        url=environment.given(_JOURNAL_URL) or influx.url,
        database=environment.value(_JOURNAL_DATABASE),
        user=user,
        password=password,
        token=token,
    )


def _prometheus(environment: Environment) -> PrometheusAccess | None:
    user, password, token = _credentials(environment, _PROMETHEUS_USER, _PROMETHEUS_PASSWORD, _PROMETHEUS_TOKEN)
    url = environment.given(_PROMETHEUS_URL)
    return None if url is None else PrometheusAccess(url=url, user=user, password=password, token=token)


def _credentials(
    environment: Environment,
    user_setting: Setting[str],
    password_setting: Setting[Secret],
    token_setting: Setting[Secret],
) -> tuple[str | None, Secret | None, Secret | None]:
    """User and password, or a token, or nothing; anything between is noted."""
    problems_before = len(environment.problems)
    user = environment.given(user_setting)
    password = environment.given(password_setting)
    token = environment.given(token_setting)
    if len(environment.problems) > problems_before:
        return user, password, token
    if user is None and password is not None:
        environment.object_to(user_setting, expected=f"a user, since {password_setting.name} is set", example="skep")
    if user is not None and password is None:
        expected = f"a password in it or in the file that {password_setting.file_variable} names, since there is a user"
        environment.object_to(
            password_setting, expected=expected, example=f"/run/secrets/{password_setting.secret_name}"
        )
    if token is not None and (user is not None or password is not None):
        expected = f"either a token or {user_setting.name} with a password, not both"
        environment.object_to(token_setting, expected=expected, example="the token alone")
    return user, password, token


# --- the settings --------------------------------------------------------------------------------------------------


def _read_interval(text: str) -> timedelta:
    return read_duration(text, least=timedelta(seconds=1), most=timedelta(hours=1))


def _read_time_limit(text: str) -> timedelta:
    """Read a limit that leaves a task some seconds, and that a lock can outlast before Redis delivers again."""
    return read_duration(text, least=timedelta(seconds=15), most=timedelta(seconds=100))


def _read_shards(text: str) -> int:
    return read_count(text, least=1, most=64)


def _read_dialect(text: str) -> str:
    from skep.config.dialects import read_dialect  # noqa: PLC0415 - only where one is named

    return read_dialect(text)


def _read_name(text: str) -> str:
    if not _NAME.fullmatch(text.strip()):
        raise UnitError(text, "1 to 64 letters, digits and any of _ . : -", "telegraf")
    return text.strip()


_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def _read_user(text: str) -> str:
    """Read a name that can be sent by HTTP basic authentication, which ends it at the first colon."""
    if not text.isprintable() or ":" in text or len(text) > _LONGEST_USER:
        raise UnitError(text, f"at most {_LONGEST_USER} printable characters without a colon", "skep")
    return text.strip()


_LONGEST_USER = 200


def _read_folder(text: str) -> Path:
    return _read_path(text, "the absolute path of a folder", "/var/lib/skep")


def _read_file_path(text: str) -> Path:
    return _read_path(text, "the absolute path of a file", "/etc/skep/policy.yml")


def _read_path(text: str, expected: str, example: str) -> Path:
    path = Path(text.strip())
    if not path.is_absolute() or not text.isprintable() or len(text) > _LONGEST_PATH:
        raise UnitError(text, expected, example)
    return path


_LONGEST_PATH = 1_000


def _read_proxy(text: str) -> Proxy:
    try:
        return Proxy(text.strip().lower())
    except ValueError:
        raise UnitError(text, f"one of {', '.join(Proxy)}", Proxy.HAPROXY) from None


def _read_log_level(text: str) -> str:
    level = text.strip().upper()
    if level not in _LOG_LEVELS:
        raise UnitError(text, "one of debug, info, warning, error, critical", "info")
    return level


_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_BROKER_URL = Setting(
    name="SKEP_BROKER_URL",
    read=read_redis_url,
    default="redis://redis:6379/0",
    is_secret=True,
    is_address=True,
    meaning="The Redis that carries tasks, locks and memory.",
)
_RESULT_URL = Setting(
    name="SKEP_RESULT_URL",
    read=read_redis_url,
    otherwise="the broker's, next database",
    is_secret=True,
    is_address=True,
    meaning="The Redis that keeps the results of tasks.",
)
_REDIS_PASSWORD = Setting(
    name="SKEP_REDIS_PASSWORD",
    read=read_secret,
    is_secret=True,
    meaning="Its password, put into the two addresses above where they have none.",
)
_REDIS_PREFIX = Setting(
    name="SKEP_REDIS_PREFIX", read=_read_name, default="skep:", meaning="Begins the name of every key of skep."
)
_DOCKER_HOST = Setting(
    name="SKEP_DOCKER_HOST",
    read=read_docker_host,
    default="unix:///var/run/docker.sock",
    also="DOCKER_HOST",
    meaning="The engine of a manager, or a proxy before its socket.",
)
_INFLUX_URL = Setting(
    name="SKEP_INFLUX_URL",
    read=read_influx_url,
    default="http://influxdb:8086",
    is_address=True,
    meaning="The InfluxDB that Telegraf writes to.",
)
_INFLUX_DATABASE = Setting(
    name="SKEP_INFLUX_DATABASE", read=_read_name, default="telegraf", meaning="The database with the metrics."
)
_INFLUX_RP = Setting(
    name="SKEP_INFLUX_RP",
    read=_read_name,
    otherwise="the database's own",
    meaning="The retention policy to read from.",
)
_INFLUX_USER = Setting(
    name="SKEP_INFLUX_USER", read=_read_user, meaning="A user with no more than READ on the metrics."
)
_INFLUX_PASSWORD = Setting(
    name="SKEP_INFLUX_PASSWORD", read=read_secret, is_secret=True, meaning="The password of that user."
)
_INFLUX_TOKEN = Setting(
    name="SKEP_INFLUX_TOKEN",
    read=read_secret,
    is_secret=True,
    meaning="A token, instead of user and password.",
)
_JOURNAL_URL = Setting(
    name="SKEP_JOURNAL_URL",
    read=read_influx_url,
    otherwise="that of the metrics",
    is_address=True,
    meaning="The InfluxDB that keeps skep's own record.",
)
_JOURNAL_DATABASE = Setting(
    name="SKEP_JOURNAL_DATABASE", read=_read_name, default="skep", meaning="The database of the record."
)
_JOURNAL_USER = Setting(
    name="SKEP_JOURNAL_USER",
    read=_read_user,
    otherwise="that of the metrics",
    meaning="A user who may write the record.",
)
_JOURNAL_PASSWORD = Setting(
    name="SKEP_JOURNAL_PASSWORD",
    read=read_secret,
    otherwise="that of the metrics",
    is_secret=True,
    meaning="The password of that user.",
)
_JOURNAL_TOKEN = Setting(
    name="SKEP_JOURNAL_TOKEN",
    read=read_secret,
    otherwise="that of the metrics",
    is_secret=True,
    meaning="A token, instead of user and password.",
)
_PROXY = Setting(
    name="SKEP_PROXY",
    read=_read_proxy,
    default="haproxy",
    meaning="Whose figures tell requests, in-flight requests and latency: haproxy (docker-flow-proxy too) or traefik.",
)
_PROMETHEUS_URL = Setting(
    name="SKEP_PROMETHEUS_URL",
    read=read_prometheus_url,
    is_address=True,
    meaning="The Prometheus for `skep.metric.<name>.source: prometheus`.",
)
_PROMETHEUS_USER = Setting(name="SKEP_PROMETHEUS_USER", read=_read_user, meaning="A user who may query it.")
_PROMETHEUS_PASSWORD = Setting(
    name="SKEP_PROMETHEUS_PASSWORD", read=read_secret, is_secret=True, meaning="The password of that user."
)
_PROMETHEUS_TOKEN = Setting(
    name="SKEP_PROMETHEUS_TOKEN",
    read=read_secret,
    is_secret=True,
    meaning="A bearer token, instead of user and password.",
)
_INTERVAL = Setting(
    name="SKEP_INTERVAL",
    read=_read_interval,
    default="15s",
    meaning="The time from one evaluation to the next.",
)
_RECONCILE_INTERVAL = Setting(
    name="SKEP_RECONCILE_INTERVAL",
    read=_read_interval,
    default="30s",
    meaning="The time from one look for unfinished work to the next.",
)
_WINDOW = Setting(
    name="SKEP_WINDOW",
    read=_read_interval,
    default="30s",
    meaning="The span whose mean is taken, where a service has no `skep.window`.",
)
_MAX_AGE = Setting(
    name="SKEP_MAX_AGE",
    read=_read_interval,
    default="45s",
    meaning="Older data is a gap and no value, where a service has no `skep.max-age`.",
)
_POLICY_FILE = Setting(
    name="SKEP_POLICY_FILE",
    read=_read_file_path,
    meaning="The policy file, which says what labels say for services by name or pattern; read again when it changes.",
)
_DIALECT = Setting(
    name="SKEP_DIALECT",
    read=_read_dialect,
    meaning="The autoscaler whose labels are read on services that name none by `skep.dialect`; see migration.md.",
)
_TASK_TIME_LIMIT = Setting(
    name="SKEP_TASK_TIME_LIMIT",
    read=_read_time_limit,
    default="30s",
    meaning="After this a task is killed; it is asked to end 10 s before.",
)
_SHARDS = Setting(
    name="SKEP_SHARDS",
    read=_read_shards,
    default="1",
    meaning="Over so many workers each evaluation is dealt out, for thousands of services; see performance.md.",
)
_FLOWER_USER = Setting(
    name="SKEP_FLOWER_USER", read=_read_user, default="skep", meaning="The user who may look at Flower."
)
_FLOWER_PASSWORD = Setting(
    name="SKEP_FLOWER_PASSWORD",
    read=read_secret,
    otherwise="none: Flower does not start",
    is_secret=True,
    meaning="The password of that user.",
)
_STATE_DIR = Setting(
    name="SKEP_STATE_DIR",
    read=_read_folder,
    default="/var/lib/skep",
    meaning="The folder for Flower's state and health files.",
)
_LOG_LEVEL = Setting(
    name="SKEP_LOG_LEVEL",
    read=_read_log_level,
    default="info",
    meaning="One of debug, info, warning, error, critical.",
)

#: Every setting, in the order in which an operator would read about them.
SETTINGS: tuple[Setting[Any], ...] = (
    _BROKER_URL,
    _RESULT_URL,
    _REDIS_PASSWORD,
    _REDIS_PREFIX,
    _DOCKER_HOST,
    _INFLUX_URL,
    _INFLUX_DATABASE,
    _INFLUX_RP,
    _INFLUX_USER,
    _INFLUX_PASSWORD,
    _INFLUX_TOKEN,
    _JOURNAL_URL,
    _JOURNAL_DATABASE,
    _JOURNAL_USER,
    _JOURNAL_PASSWORD,
    _JOURNAL_TOKEN,
    _PROXY,
    _PROMETHEUS_URL,
    _PROMETHEUS_USER,
    _PROMETHEUS_PASSWORD,
    _PROMETHEUS_TOKEN,
    _INTERVAL,
    _RECONCILE_INTERVAL,
    _WINDOW,
    _MAX_AGE,
    _POLICY_FILE,
    _DIALECT,
    _TASK_TIME_LIMIT,
    _SHARDS,
    _FLOWER_USER,
    _FLOWER_PASSWORD,
    _STATE_DIR,
    _LOG_LEVEL,
    *WEBHOOK_SETTINGS,
    *NOTIFICATION_SETTINGS,
)

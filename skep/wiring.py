"""The only place that names concrete adapters: from settings to the world that operations work with.

Adapters are imported when the world is first wanted: the command line reads settings too, and must not wait for
the Docker library it never uses.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from skep.config.providers import (
    AwsOptions,
    CommandOptions,
    HcloudOptions,
    OptionProblems,
    ProviderOptions,
    read_options,
)
from skep.config.secret import Secret
from skep.config.settings import InfluxAccess as InfluxSettings
from skep.config.settings import PrometheusAccess as PrometheusSettings
from skep.config.settings import Settings
from skep.core.policy import Source
from skep.core.pools import PoolPolicy
from skep.errors import Permanent

# Adapters are behind these; what is chosen is imported with them.
if TYPE_CHECKING:
    from skep.config.clauses import PolicyFile
    from skep.config.labels import LabelDefaults
    from skep.ports import (
        Clock,
        Dashboards,
        Fleet,
        Inspection,
        Lessons,
        MeterArchive,
        Meters,
        Metrics,
        NodeProvider,
        NoticeMemory,
        Notifier,
        Shards,
        World,
    )

__all__ = [
    "dashboards",
    "fleet",
    "forget_world",
    "inspection",
    "label_defaults",
    "lessons",
    "meter_archive",
    "meters",
    "notice_memory",
    "notifier",
    "pool_deadline",
    "pool_provider",
    "provider_of",
    "settings",
    "shards",
    "world",
]

T = TypeVar("T")


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: with everything that is wrong, at once.
    """
    return Settings.from_environment(os.environ)


def label_defaults() -> LabelDefaults:
    """What labels mean where they are silent; the policy file is read again where it has changed."""
    defaults, read_policy_file = settings().label_defaults, _policy_file()
    return defaults if read_policy_file is None else replace(defaults, file=read_policy_file())


@cache
def _policy_file() -> Callable[[], PolicyFile] | None:
    """What reads the policy file of this process, if there is one."""
    from skep.adapters.policy_file import PolicyFileOnDisk  # noqa: PLC0415 - see the module's text

    path = settings().policy_file
    return None if path is None else PolicyFileOnDisk(path).current


@cache
def world() -> World:
    """The clients of this process, made at first use, which is after any fork."""
    from skep.adapters.clock import SystemClock  # noqa: PLC0415 - see the module's text
    from skep.adapters.counted import CountedJournal, CountedLocks, CountedMemory  # noqa: PLC0415
    from skep.adapters.influx import Influx, InfluxAccess  # noqa: PLC0415
    from skep.adapters.influx_journal import InfluxJournal  # noqa: PLC0415
    from skep.adapters.journals import ArchivedJournal  # noqa: PLC0415
    from skep.adapters.metrics_by_source import MetricsBySource  # noqa: PLC0415
    from skep.adapters.redis_connection import connect  # noqa: PLC0415
    from skep.adapters.redis_journal import RedisJournal  # noqa: PLC0415
    from skep.adapters.redis_locks import RedisLocks  # noqa: PLC0415
    from skep.adapters.swarm import DockerSwarm  # noqa: PLC0415

    given = settings()
    clock = SystemClock()
    redis = connect(given.broker_url.reveal())
    from skep.ports import World  # noqa: PLC0415

    return World(
        clock=clock,
        swarm=DockerSwarm(given.docker_host),
        metrics=MetricsBySource(
            Influx(_access(InfluxAccess, given.influx), clock=clock, proxy=given.proxy),
            _other_metrics(given.prometheus, clock),
        ),
        locks=CountedLocks(RedisLocks(redis, prefix=given.redis_prefix), meters()),
        memory=CountedMemory(redis, meters(), prefix=given.redis_prefix),
        journal=CountedJournal(
            ArchivedJournal(
                recent=RedisJournal(redis, prefix=given.redis_prefix),
                archive=InfluxJournal(_access(InfluxAccess, given.journal)),
            ),
            meters(),
        ),
    )


def _access(kind: Callable[..., T], to: InfluxSettings) -> T:
    """The adapter's own kind of access, which is imported where it is wanted."""
    return kind(
        url=to.url,
        database=to.database,
        retention_policy=to.retention_policy,
        username=to.user,
        password=_revealed(to.password),
        token=_revealed(to.token),
    )


@cache
def meters() -> Meters:
    """The numbers that skep tells about itself; made at first use, which is after any fork."""
    from skep.adapters.redis_connection import connect  # noqa: PLC0415 - see the module's text
    from skep.adapters.redis_meters import RedisMeters  # noqa: PLC0415

    return RedisMeters(connect(settings().broker_url.reveal()), prefix=settings().redis_prefix)


@cache
def meter_archive() -> MeterArchive:
    """Where their course is kept: beside the journal."""
    from skep.adapters.influx import InfluxAccess  # noqa: PLC0415 - see the module's text
    from skep.adapters.influx_meters import InfluxMeters  # noqa: PLC0415

    return InfluxMeters(_access(InfluxAccess, settings().journal))


def inspection() -> Inspection:
    """The way to the engine, as a check-up looks at it."""
    from skep.adapters.swarm.inspection import DockerInspection  # noqa: PLC0415 - see the module's text

    return DockerInspection(settings().docker_host)


def fleet() -> Fleet:
    """The pools of the policy file; none while the file cannot be read, since nobody knows what it says of them."""
    file = label_defaults().file
    pools = () if file is None or file.failure else file.pools
    from skep.ports import Fleet  # noqa: PLC0415

    return Fleet(pools=pools, provider_of=_provider_of_pool)


def _provider_of_pool(policy: PoolPolicy) -> NodeProvider:
    options = read_options(policy.name, policy.provider, policy.options)
    if isinstance(options, OptionProblems):
        raise Permanent("; ".join(problem.sentence for problem in options.problems))
    return provider_of(policy.name, options)


def _other_metrics(prometheus: PrometheusSettings | None, clock: Clock) -> dict[Source, Metrics]:
    if prometheus is None:
        return {}
    from skep.adapters.http_line import Login  # noqa: PLC0415 - see the module's text
    from skep.adapters.prometheus import Prometheus, PrometheusAccess  # noqa: PLC0415

    login = Login(username=prometheus.user, password=_revealed(prometheus.password), token=_revealed(prometheus.token))
    return {Source.PROMETHEUS: Prometheus(PrometheusAccess(url=prometheus.url, login=login), clock=clock)}


def _revealed(secret: Secret | None) -> str | None:
    return secret.reveal() if secret else None


@cache
def notice_memory() -> NoticeMemory:
    """What was told, and what failed of late; made at first use, which is after any fork."""
    from skep.adapters.redis_connection import connect  # noqa: PLC0415 - see the module's text
    from skep.adapters.redis_notices import RedisNotices  # noqa: PLC0415

    return RedisNotices(connect(settings().broker_url.reveal()), prefix=settings().redis_prefix)


@cache
def lessons() -> Lessons:
    """What was learned of services whose policies tune themselves; made at first use, which is after any fork."""
    from skep.adapters.redis_connection import connect  # noqa: PLC0415 - see the module's text
    from skep.adapters.redis_lessons import RedisLessons  # noqa: PLC0415

    return RedisLessons(connect(settings().broker_url.reveal()), prefix=settings().redis_prefix)


@cache
def shards() -> Shards:
    """Where the shares of an evaluation are handed out and in; made at first use, which is after any fork."""
    from skep.adapters.redis_connection import connect  # noqa: PLC0415 - see the module's text
    from skep.adapters.redis_shards import RedisShards  # noqa: PLC0415

    return RedisShards(connect(settings().broker_url.reveal()), prefix=settings().redis_prefix)


def notifier(channel: str) -> Notifier:
    """One of the ways that settings give: ``webhook``, ``slack`` or ``mail``.

    Raises:
        Permanent: it is not given, or not any more.
    """
    from skep.adapters.slack import SlackNotifier  # noqa: PLC0415 - see the module's text
    from skep.adapters.smtp import MailLogin, MailNotifier, MailPlace  # noqa: PLC0415
    from skep.adapters.webhook import WebhookNotifier  # noqa: PLC0415

    given = settings().notifications
    if channel == "webhook" and given.webhook is not None:
        return WebhookNotifier(given.webhook.url.reveal(), token=_revealed(given.webhook.token))
    if channel == "slack" and given.slack is not None:
        return SlackNotifier(given.slack.url.reveal())
    if channel == "mail" and given.mail is not None:
        server, password = given.mail.server, given.mail.password
        login = MailLogin(user=server.user, password=password.reveal()) if server.user and password else None
        place = MailPlace(host=server.host, port=server.port, is_tls=server.is_tls, login=login)
        return MailNotifier(place, sender=given.mail.sender, recipients=given.mail.recipients)
    raise Permanent(
        f"there is no way {channel} to tell anybody, expected one of: {', '.join(given.channels) or 'none'}"
    )


def dashboards(
    program: str, url: str, *, user: str | None, password: str | None, token: str | None, ca_file: str | None
) -> Dashboards:
    """The program that shows dashboards: ``chronograf`` or ``grafana``, at ``url``."""
    from skep.adapters.chronograf import Chronograf  # noqa: PLC0415 - see the module's text
    from skep.adapters.grafana import Grafana  # noqa: PLC0415
    from skep.adapters.http_line import Login  # noqa: PLC0415

    programs: dict[str, type[Chronograf | Grafana]] = {"chronograf": Chronograf, "grafana": Grafana}
    return programs[program](url, Login(username=user, password=password, token=token, ca_file=ca_file))


def pool_provider(pool: str) -> NodeProvider | None:
    """The provider of a pool of the policy file; ``None`` where there is no such pool.

    A drain that has begun goes on by what the file said last, also while it cannot be read.

    Raises:
        Permanent: its library is not installed, or its options are wrong.
    """
    policy = _last_said_of(pool)
    return None if policy is None else _provider_of_pool(policy)


def pool_deadline(pool: str) -> timedelta | None:
    """After how long a drain in a pool of the policy file is given up; ``None`` where there is no such pool."""
    policy = _last_said_of(pool)
    return None if policy is None else policy.drain_deadline


def _last_said_of(pool: str) -> PoolPolicy | None:
    file = label_defaults().file
    return None if file is None else next((known for known in file.pools if known.name == pool), None)


@cache
def provider_of(pool: str, options: ProviderOptions) -> NodeProvider:
    """The provider of a pool, made at first use; its kind is that of the options.

    Args:
        pool: the name of the pool.
        options: as :func:`skep.config.providers.read_options` read them.

    Raises:
        Permanent: its library is not installed.
    """
    if isinstance(options, CommandOptions):
        from skep.adapters.node_providers.command import CommandProvider  # noqa: PLC0415 - see the module's text

        return CommandProvider(pool, options, join_token=_join_token)
    if isinstance(options, HcloudOptions):
        from skep.adapters.node_providers.hcloud import HcloudProvider  # noqa: PLC0415

        return HcloudProvider(options, join_token=_join_token)
    if isinstance(options, AwsOptions):
        try:
            from skep.adapters.node_providers.aws import AwsProvider  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise Permanent(
                f"pool {pool}: the provider aws needs {error.name}; install skep with its extra aws"
            ) from error

        return AwsProvider(options)
    from skep.adapters.node_providers.standby import StandbyProvider  # noqa: PLC0415

    return StandbyProvider(pool, world().swarm)


def _join_token() -> Secret:
    """Read from the Swarm when a machine is ordered, and kept nowhere."""
    from skep.adapters.swarm import DockerSwarm  # noqa: PLC0415

    return DockerSwarm(settings().docker_host).join_token()


def forget_world() -> None:
    """Make new clients at the next use: after a fork they must not be shared."""
    world.cache_clear()
    for client in (notice_memory, lessons, meters, meter_archive, shards):
        client.cache_clear()
    provider_of.cache_clear()

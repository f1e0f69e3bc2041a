"""From environment variables to settings, or to all that is wrong with them."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.labels import LabelDefaults
from skep.config.secret import Secret, read_secret_file
from skep.config.settings import (
    SETTINGS,
    InfluxAccess,
    PrometheusAccess,
    Setting,
    SettingProblem,
    Settings,
    SettingsError,
    settings_table,
    unknown_settings,
)
from skep.core.metrics.backends import Proxy

PASSWORD = "correct/horse@battery:staple"


class Files:
    """Files that are there without a disk; any other is missing."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(self, path: str) -> str:
        """The text of a file."""
        if path not in self._texts:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self._texts[path]


def settings_of(environ: Mapping[str, str], files: Mapping[str, str] | None = None) -> Settings:
    """Settings that are right."""
    return Settings.from_environment(environ, read_file=Files(files or {}).read)


def problems_of(environ: Mapping[str, str], files: Mapping[str, str] | None = None) -> tuple[SettingProblem, ...]:
    """What is wrong with settings."""
    with pytest.raises(SettingsError) as refused:
        settings_of(environ, files)
    return refused.value.problems


def only_problem(environ: Mapping[str, str], files: Mapping[str, str] | None = None) -> SettingProblem:
    """The one thing that is wrong with settings."""
    (problem,) = problems_of(environ, files)
    return problem


# --- settings ------------------------------------------------------------------------------------------------------


def test_an_empty_environment_is_that_of_the_stack() -> None:
    settings = settings_of({})
    assert settings.broker_url == Secret("redis://redis:6379/0")
    assert settings.result_url == Secret("redis://redis:6379/1")
    assert settings.redis_prefix == "skep:"
    assert settings.docker_host == "unix:///var/run/docker.sock"
    assert settings.influx == InfluxAccess(url="http://influxdb:8086", database="telegraf")
    assert settings.journal == InfluxAccess(url="http://influxdb:8086", database="skep")
    assert (settings.proxy, settings.prometheus) == (Proxy.HAPROXY, None)
    assert settings.interval == timedelta(seconds=15)
    assert settings.reconcile_interval == timedelta(seconds=30)
    assert settings.label_defaults == LabelDefaults()
    assert settings.task_time_limit == timedelta(seconds=30)
    assert (settings.flower_user, settings.flower_password) == ("skep", None)
    assert settings.state_dir == Path("/var/lib/skep")
    assert settings.log_level == "INFO"


def test_everything_can_be_set() -> None:
    settings = settings_of(
        {
            "SKEP_BROKER_URL": "rediss://:a@store:7000/4",
            "SKEP_RESULT_URL": "redis://results",
            "SKEP_REDIS_PREFIX": "blue:",
            "SKEP_DOCKER_HOST": "tcp://socket-proxy:2375",
            "SKEP_INFLUX_URL": "https://metrics:8086/",
            "SKEP_INFLUX_DATABASE": "swarm",
            "SKEP_INFLUX_RP": "two_weeks",
            "SKEP_INFLUX_USER": "reader",
            "SKEP_INFLUX_PASSWORD": "b",
            "SKEP_JOURNAL_URL": "http://records:8086",
            "SKEP_JOURNAL_DATABASE": "history",
            "SKEP_JOURNAL_TOKEN": "c",
            "SKEP_PROXY": "Traefik",
            "SKEP_PROMETHEUS_URL": "https://prometheus:9090/metrics/",
            "SKEP_PROMETHEUS_USER": "asker",
            "SKEP_PROMETHEUS_PASSWORD": "e",
            "SKEP_INTERVAL": "10s",
            "SKEP_RECONCILE_INTERVAL": "1m",
            "SKEP_WINDOW": "20s",
            "SKEP_MAX_AGE": "1m30s",
            "SKEP_POLICY_FILE": "/etc/skep/policy.yml",
            "SKEP_DIALECT": "swarm-hpa",
            "SKEP_TASK_TIME_LIMIT": "1m",
            "SKEP_SHARDS": "4",
            "SKEP_FLOWER_USER": "eve",
            "SKEP_FLOWER_PASSWORD": "d",
            "SKEP_STATE_DIR": "/run/skep",
            "SKEP_LOG_LEVEL": "Debug",
        }
    )
    assert settings == Settings(
        broker_url=Secret("rediss://:a@store:7000/4"),
        result_url=Secret("redis://results"),
        redis_prefix="blue:",
        docker_host="tcp://socket-proxy:2375",
        influx=InfluxAccess(
            url="https://metrics:8086",
            database="swarm",
            retention_policy="two_weeks",
            user="reader",
            password=Secret("b"),
        ),
        journal=InfluxAccess(url="http://records:8086", database="history", token=Secret("c")),
        proxy=Proxy.TRAEFIK,
        prometheus=PrometheusAccess(url="https://prometheus:9090/metrics", user="asker", password=Secret("e")),
        interval=timedelta(seconds=10),
        reconcile_interval=timedelta(minutes=1),
        window=timedelta(seconds=20),
        max_age=timedelta(seconds=90),
        policy_file=Path("/etc/skep/policy.yml"),
        dialect="swarm-hpa",
        task_time_limit=timedelta(minutes=1),
        shards=4,
        flower_user="eve",
        flower_password=Secret("d"),
        state_dir=Path("/run/skep"),
        log_level="DEBUG",
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    assert settings_of({setting.name: " " for setting in SETTINGS}) == settings_of({})


def test_the_variable_of_docker_is_honoured() -> None:
    assert settings_of({"DOCKER_HOST": "tcp://a:2375"}).docker_host == "tcp://a:2375"


def test_skeps_own_variable_comes_before_that_of_docker() -> None:
    environ = {"DOCKER_HOST": "nonsense", "SKEP_DOCKER_HOST": "tcp://b:2375"}
    assert settings_of(environ).docker_host == "tcp://b:2375"


# --- secrets -------------------------------------------------------------------------------------------------------


def test_a_password_in_a_file_is_put_into_both_addresses_of_redis() -> None:
    settings = settings_of({"SKEP_REDIS_PASSWORD_FILE": "/run/secrets/redis"}, {"/run/secrets/redis": f"{PASSWORD}\n"})
    assert settings.broker_url.reveal() == "redis://:correct%2Fhorse%40battery%3Astaple@redis:6379/0"
    assert settings.result_url.reveal() == "redis://:correct%2Fhorse%40battery%3Astaple@redis:6379/1"


def test_an_address_with_a_password_keeps_it() -> None:
    settings = settings_of({"SKEP_BROKER_URL": "redis://:own@redis", "SKEP_REDIS_PASSWORD": PASSWORD})
    assert settings.broker_url.reveal() == "redis://:own@redis"


def test_a_whole_address_can_be_in_a_file() -> None:
    settings = settings_of({"SKEP_BROKER_URL_FILE": "/url"}, {"/url": "redis://:own@redis/3\n"})
    assert settings.broker_url == Secret("redis://:own@redis/3")
    assert settings.result_url == Secret("redis://:own@redis/4")


@pytest.mark.parametrize(
    "name", ["SKEP_INFLUX_PASSWORD", "SKEP_INFLUX_TOKEN", "SKEP_JOURNAL_PASSWORD", "SKEP_JOURNAL_TOKEN"]
)
def test_each_credential_of_influxdb_can_be_in_a_file(name: str) -> None:
    store = "journal" if "JOURNAL" in name else "influx"
    user = {name.replace("PASSWORD", "USER"): "skep"} if "PASSWORD" in name else {}
    access: InfluxAccess = getattr(settings_of({f"{name}_FILE": "/f", **user}, {"/f": PASSWORD}), store)
    assert Secret(PASSWORD) in (access.password, access.token)


def test_the_journal_has_the_credentials_of_the_metrics_unless_it_has_its_own() -> None:
    environ = {"SKEP_INFLUX_USER": "reader", "SKEP_INFLUX_PASSWORD": "a"}
    shared = settings_of(environ).journal
    own = settings_of({**environ, "SKEP_JOURNAL_USER": "writer", "SKEP_JOURNAL_PASSWORD": "b"}).journal
    token = settings_of({**environ, "SKEP_JOURNAL_TOKEN": "c"}).journal
    assert (shared.user, shared.password) == ("reader", Secret("a"))
    assert (own.user, own.password) == ("writer", Secret("b"))
    assert (token.user, token.password, token.token) == (None, None, Secret("c"))


def test_a_real_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("abc\r\n")
    assert Settings.from_environment({"SKEP_INFLUX_TOKEN_FILE": str(file)}).influx.token == Secret("abc")


def test_no_more_of_a_real_file_is_read_than_shows_that_it_is_too_long(tmp_path: Path) -> None:
    file = tmp_path / "disk-image"
    file.write_text("x" * 100_000)
    assert len(read_secret_file(str(file))) < 10_000
    with pytest.raises(SettingsError, match=r"SKEP_INFLUX_TOKEN_FILE is .* expected a file with one line"):
        Settings.from_environment({"SKEP_INFLUX_TOKEN_FILE": str(file)})


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(PASSWORD)
    assert {repr(secret), str(secret), f"{secret}", f"{secret!r:>3}"} == {"***"}
    assert PASSWORD not in repr(settings_of({"SKEP_REDIS_PASSWORD": PASSWORD, "SKEP_INFLUX_TOKEN": PASSWORD}))


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


# --- problems ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("SKEP_BROKER_URL", "amqp://rabbit", id="a broker that is no Redis"),
        pytest.param("SKEP_RESULT_URL", "redis://redis:65536", id="a port that does not exist"),
        pytest.param("SKEP_REDIS_PREFIX", "a b", id="a prefix with a space"),
        pytest.param("SKEP_DOCKER_HOST", "/var/run/docker.sock", id="a path in place of an address"),
        pytest.param("DOCKER_HOST", "nowhere", id="a wrong address in Docker's own variable"),
        pytest.param("SKEP_INFLUX_URL", "influxdb:8086", id="an address without http"),
        pytest.param("SKEP_INFLUX_DATABASE", 'tele"graf', id="a database with a quote"),
        pytest.param("SKEP_JOURNAL_URL", "ftp://influxdb", id="another protocol"),
        pytest.param("SKEP_INTERVAL", "15", id="an interval without a unit"),
        pytest.param("SKEP_INTERVAL", "0s", id="an interval of nothing"),
        pytest.param("SKEP_RECONCILE_INTERVAL", "2h", id="an interval beyond an hour"),
        pytest.param("SKEP_WINDOW", "1e308", id="a window with an exponent"),
        pytest.param("SKEP_MAX_AGE", "nan", id="an age that is not a number"),
        pytest.param("SKEP_TASK_TIME_LIMIT", "10s", id="a limit too short to end in peace"),
        pytest.param("SKEP_TASK_TIME_LIMIT", "2m", id="a limit longer than Redis waits"),
        pytest.param("SKEP_SHARDS", "0", id="an evaluation by nobody"),
        pytest.param("SKEP_SHARDS", "65", id="more shards than anybody needs"),
        pytest.param("SKEP_SHARDS", "two", id="a number in words"),
        pytest.param("SKEP_FLOWER_USER", "a:b", id="a user with a colon"),
        pytest.param("SKEP_POLICY_FILE", "policy.yml", id="a file somewhere"),
        pytest.param("SKEP_STATE_DIR", "skep", id="a folder somewhere"),
        pytest.param("SKEP_LOG_LEVEL", "loud", id="a level that does not exist"),
    ],
)
def test_a_wrong_variable_is_a_problem(name: str, text: str) -> None:
    problem = only_problem({name: text})
    assert problem.sentence.startswith(f'{name} is "{text}", expected {problem.expected}, for example ')


def test_all_problems_are_listed_in_one_error() -> None:
    with pytest.raises(SettingsError) as refused:
        settings_of({"SKEP_INTERVAL": "15", "SKEP_LOG_LEVEL": "loud", "SKEP_INFLUX_PASSWORD_FILE": "/gone"})
    assert {problem.variable for problem in refused.value.problems} == {
        "SKEP_INTERVAL",
        "SKEP_LOG_LEVEL",
        "SKEP_INFLUX_PASSWORD_FILE",
    }
    assert all(problem.sentence in str(refused.value) for problem in refused.value.problems)


def test_a_wrong_setting_reads_as_a_sentence() -> None:
    assert only_problem({"SKEP_INTERVAL": "15"}).sentence == (
        'SKEP_INTERVAL is "15", expected a duration with its unit (d, h, m, s, ms) from 1s to 1h, for example 15s'
    )


def test_a_file_that_is_missing_is_named_with_the_reason() -> None:
    problem = only_problem({"SKEP_REDIS_PASSWORD_FILE": "/run/secrets/redis"})
    assert problem.sentence == (
        'SKEP_REDIS_PASSWORD_FILE is "/run/secrets/redis", expected a file that can be read '
        "(No such file or directory), for example /run/secrets/redis_password"
    )


def test_a_file_that_is_not_text_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="it is not text"):
        Settings.from_environment({"SKEP_INFLUX_TOKEN_FILE": str(file)})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n", id="an empty line"),
        pytest.param("one\ntwo\n", id="two lines"),
        pytest.param("x" * 10_000, id="ten thousand characters"),
    ],
)
def test_a_file_without_one_secret_in_it_is_a_problem(text: str) -> None:
    problem = only_problem({"SKEP_INFLUX_TOKEN_FILE": "/token"}, {"/token": text})
    assert (problem.variable, problem.given) == ("SKEP_INFLUX_TOKEN_FILE", "/token")
    assert problem.expected.startswith("a file with one line")


def test_a_secret_given_twice_is_a_problem() -> None:
    problem = only_problem({"SKEP_INFLUX_TOKEN": "a", "SKEP_INFLUX_TOKEN_FILE": "/token"}, {"/token": "b"})
    assert "either this or SKEP_INFLUX_TOKEN, not both" in problem.expected


@pytest.mark.parametrize("store", ["INFLUX", "JOURNAL"])
@pytest.mark.parametrize(
    ("given_fields", "wrong"),
    [
        pytest.param(("USER",), "PASSWORD", id="a user without a password"),
        pytest.param(("PASSWORD",), "USER", id="a password without a user"),
        pytest.param(("USER", "PASSWORD", "TOKEN"), "TOKEN", id="both ways at once"),
    ],
)
def test_credentials_that_do_not_go_together_are_a_problem(
    store: str, given_fields: tuple[str, ...], wrong: str
) -> None:
    problem = only_problem({f"SKEP_{store}_{field}": "x" for field in given_fields})
    assert problem.variable == f"SKEP_{store}_{wrong}"


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"SKEP_BROKER_URL": f"rediss:/:{PASSWORD}@redis"}, id="in an address"),
        pytest.param({"SKEP_RESULT_URL": f"redis://:{PASSWORD}@redis:99999"}, id="in an address with a wrong port"),
        pytest.param({"SKEP_INFLUX_URL": f"skep:{PASSWORD}@influxdb:8086"}, id="in an address without a scheme"),
        pytest.param({"SKEP_INFLUX_TOKEN": f"{PASSWORD}\nmore"}, id="as a token of two lines"),
        pytest.param({"SKEP_REDIS_PASSWORD_FILE": PASSWORD}, id="in place of the path of its file"),
    ],
)
def test_no_error_shows_a_password(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_of(environ)
    assert "staple" not in str(refused.value)
    assert "horse" not in repr(refused.value.problems)


@given(
    environ=st.dictionaries(
        st.sampled_from([variable for setting in SETTINGS for variable in setting.variables]),
        st.text() | st.from_regex(r"[a-z]{2,6}://[a-z:@0-9/]{1,20}|[0-9]{1,3}(ms|s|m|h|d)?", fullmatch=True),
        max_size=5,
    )
)
def test_any_environment_whatsoever_gives_settings_or_a_settings_error(environ: dict[str, str]) -> None:
    try:
        settings_of(environ)
    except SettingsError as error:
        sentences = str(error).splitlines()[1:]
    else:
        return
    assert sentences
    assert all(", expected " in sentence and ", for example " in sentence for sentence in sentences)


# --- unknown variables, and the table ------------------------------------------------------------------------------


def test_an_unknown_variable_is_told_with_the_one_that_was_meant_and_without_its_value() -> None:
    assert unknown_settings({"SKEP_INFLUX_PASWORD": PASSWORD, "SKEP_COLOUR": "red", "PATH": "/bin"}) == (
        "SKEP_COLOUR is not a setting of skep and has no effect",
        "SKEP_INFLUX_PASWORD is not a setting of skep and has no effect; perhaps SKEP_INFLUX_PASSWORD was meant",
    )


def test_no_setting_is_unknown_nor_any_variable_of_the_compose_file() -> None:
    variables = [variable for setting in SETTINGS for variable in setting.variables]
    assert unknown_settings(dict.fromkeys([*variables, "SKEP_IMAGE", "SKEP_SECRETS"], "x")) == ()


def test_an_unknown_variable_is_no_error() -> None:
    assert settings_of({"SKEP_COLOUR": "red"}) == settings_of({})


def test_the_table_has_a_row_of_three_cells_for_each_setting() -> None:
    head, rule, *rows = settings_table().splitlines()
    assert (head, rule) == ("| variable | default | meaning |", "| --- | --- | --- |")
    assert len(rows) == len(SETTINGS)
    assert all(row.count("|") == 4 for row in rows)
    assert "| `SKEP_INTERVAL` | `15s` | The time from one evaluation to the next. |" in rows


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_default_of_a_setting_is_itself_right(setting: Setting[Any]) -> None:
    assert settings_of({setting.name: setting.default or ""}) == settings_of({})

"""InfluxDB of the tick stack: its own script, settings and statements, on a real InfluxDB."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from skep.adapters.clock import SystemClock
from skep.adapters.filing import Filed
from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.core.metrics.series import Question
from skep.core.policy import Signal
from skep.errors import Permanent
from tests.adapters.examples import entry
from tests.eventually import eventually
from tests.report.telegraf_lines import swarm_lines
from tests.servers import free_port

pytestmark = pytest.mark.influx

FOLDER = Path(__file__).parents[2] / "stacks/influxdb"
SECRETS = {
    "influx_admin_password": "the one who may do all",
    "influx_telegraf_password": "writes",
    # Whoever has to quote a password somewhere gets it wrong one day.
    "influx_password": 'it\'s \\ "hard" to;quote --',
    "influx_chronograf_password": "looks",
    "influx_kapacitor_password": "alerts",
}
USERS = {name.removeprefix("influx_").removesuffix("_password"): name for name in SECRETS}


@dataclass
class Store:
    """The stack's InfluxDB, with only its paths and ports moved."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **variables: str) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["sh", str(FOLDER / "start.sh")],
                env={
                    "PATH": os.environ["PATH"],
                    "TICK_CONFIG": str(self.folder / "config"),
                    "TICK_SECRETS": str(self.folder / "secrets"),
                    "TICK_SETUP_PORT": str(free_port()),
                    **variables,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def serve(self, **variables: str) -> None:
        self.start(**variables)
        eventually(self._answers, within_s=40)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def end(self) -> None:
        """With everything that it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def secret(self, name: str, text: str) -> None:
        (self.folder / "secrets" / name).write_text(text)

    def ask(self, statement: str, *, user: str = "admin", database: str = "") -> list[dict[str, Any]]:
        password = (self.folder / "secrets" / USERS.get(user, "influx_password")).read_text().rstrip("\n")
        answer = requests.post(
            f"{self.url}/query", data={"q": statement, "db": database}, auth=(user, password), timeout=20
        ).json()
        results: list[dict[str, Any]] = answer["results"]
        assert not [result for result in results if "error" in result], (statement, results)
        return results

    def rows(self, statement: str, **asked: str) -> list[list[Any]]:
        (result,) = self.ask(statement, **asked)
        return [row for series in result.get("series", ()) for row in series.get("values", ())]

    def write(self, lines: Iterable[str], *, user: str) -> None:
        login = {"db": "telegraf", "u": user, "p": SECRETS[USERS.get(user, "influx_password")]}
        answer = requests.post(f"{self.url}/write", params=login, data="\n".join(lines).encode(), timeout=20)
        assert answer.status_code == 204, answer.text

    def status(self, **login: str) -> int:
        """Of a question under some login."""
        return requests.get(f"{self.url}/query", params={"q": "SHOW DATABASES", **login}, timeout=20).status_code

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            return bool(self.rows("SHOW DATABASES"))
        except requests.ConnectionError:
            return False


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = prepared(tmp_path_factory.mktemp("tick"))
    try:
        store.serve()
        yield store
    finally:
        store.end()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Store]:
    store = prepared(tmp_path)
    yield store
    store.end()


def prepared(folder: Path) -> Store:
    store = Store(folder, free_port())
    (folder / "config").mkdir()
    (folder / "secrets").mkdir()
    settings = (FOLDER / "influxdb.conf").read_text()
    for stands, put in (
        ("/var/lib/influxdb", str(folder)),
        ('"127.0.0.1:8088"', f'"127.0.0.1:{free_port()}"'),
        ('":8086"', f'"127.0.0.1:{store.port}"'),
    ):
        assert stands in settings
        settings = settings.replace(stands, put)
    (folder / "config/influxdb.conf").write_text(settings)
    (folder / "config/setup.iql").write_text((FOLDER / "setup.iql").read_text())
    for name, text in SECRETS.items():
        store.secret(name, f"{text}\n")
    return store


# --- what is there -------------------------------------------------------------------------------------------------


def test_nobody_gets_in_without_a_login(store: Store) -> None:
    assert store.status() == 401
    assert store.status(u="skep", p="guess") == 401


@pytest.mark.parametrize(
    ("user", "rights"),
    [
        ("telegraf", {"telegraf": "WRITE"}),
        ("skep", {"telegraf": "READ", "skep": "ALL PRIVILEGES"}),
        ("chronograf", {"telegraf": "READ", "skep": "READ", "chronograf": "ALL PRIVILEGES"}),
        ("kapacitor", {"telegraf": "READ", "skep": "READ"}),
    ],
)
def test_a_user_may_do_what_it_is_for_and_no_more(store: Store, user: str, rights: dict[str, str]) -> None:
    assert dict(store.rows(f'SHOW GRANTS FOR "{user}"')) == rights


def test_only_the_admin_may_do_everything(store: Store) -> None:
    assert {name: is_admin for name, is_admin in store.rows("SHOW USERS") if is_admin} == {"admin": True}


def test_raw_points_are_kept_for_days_means_for_weeks_and_the_record_for_ever(store: Store) -> None:
    kept = {row[0]: (row[1], row[4]) for row in store.rows('SHOW RETENTION POLICIES ON "telegraf"')}
    assert kept["raw"] == ("168h0m0s", True)
    assert kept["means"] == ("1344h0m0s", False)
    ((name, span, shard, _, is_default),) = store.rows('SHOW RETENTION POLICIES ON "skep"')
    assert (name, span, shard, is_default) == ("autogen", "0s", "8736h0m0s", True)


def test_telegrafs_points_are_what_skep_reads_and_its_record_is_written(store: Store) -> None:
    """By the users and passwords of the stack, each with no more than its rights."""
    store.write(swarm_lines(time.time_ns()), user="telegraf")
    access = InfluxAccess(url=store.url, database="telegraf", username="skep", password=SECRETS["influx_password"])
    questions = [Question(signal=signal, window=timedelta(minutes=5)) for signal in (Signal.CPU, Signal.REQUESTS)]
    answers = Influx(access, clock=SystemClock()).read(questions, services=["shop_web", "go-demo_main"])
    assert isinstance(answers.of(signal=Signal.CPU, service="shop_web", metric=""), tuple)
    assert isinstance(answers.of(signal=Signal.REQUESTS, service="go-demo_main", metric=""), tuple)
    record = InfluxAccess(url=store.url, database="skep", username="skep", password=SECRETS["influx_password"])
    with InfluxJournal(record) as journal:
        journal.write([Filed(filed_at_ns=time.time_ns(), entry=entry())])
    with (
        InfluxJournal(InfluxAccess(**{**_fields(access), "database": "telegraf"})) as journal,
        pytest.raises(Permanent),
    ):
        journal.write([Filed(filed_at_ns=time.time_ns(), entry=entry())])


def _fields(access: InfluxAccess) -> dict[str, Any]:
    return {name: getattr(access, name) for name in ("url", "database", "username", "password")}


QUERIES = re.findall(
    r'CREATE CONTINUOUS QUERY "(\w+)" ON "telegraf" BEGIN (.*) END', (FOLDER / "setup.iql").read_text()
)


@pytest.mark.parametrize(("name", "query"), [pytest.param(*found, id=found[0]) for found in QUERIES])
def test_a_mean_is_kept_of_what_telegraf_writes(store: Store, name: str, query: str) -> None:
    store.write(swarm_lines(time.time_ns()), user="telegraf")
    running = {row[0] for row in store.rows("SHOW CONTINUOUS QUERIES")}
    assert name in running
    bounded = query.replace(" GROUP BY", f" {'AND' if 'WHERE' in query else 'WHERE'} time > now() - 1h GROUP BY", 1)
    ((_, written),) = store.rows(bounded, database="telegraf")
    assert written > 0


# --- what a next start brings --------------------------------------------------------------------------------------


def test_a_new_password_and_another_retention_are_taken_over_by_the_next_start(fresh: Store) -> None:
    fresh.serve()
    fresh.ask('CREATE RETENTION POLICY "mine" ON "telegraf" DURATION 3d REPLICATION 1')
    fresh.stop()
    for name in ("influx_admin_password", "influx_password"):
        fresh.secret(name, "another one")
    fresh.serve(TICK_RAW_KEPT="3d", TICK_MEANS_KEPT="26w")
    assert fresh.status(u="skep", p="another one") == 200
    assert fresh.status(u="skep", p=SECRETS["influx_password"]) == 401
    kept = {row[0]: row[1] for row in fresh.rows('SHOW RETENTION POLICIES ON "telegraf"')}
    assert (kept["raw"], kept["means"], kept["mine"]) == ("72h0m0s", "4368h0m0s", "72h0m0s")
    assert len(fresh.rows("SHOW CONTINUOUS QUERIES")) == len(QUERIES)


def test_without_a_secret_it_does_not_start_and_says_which(fresh: Store) -> None:
    fresh.secret("influx_telegraf_password", "\n")
    fresh.start()
    assert fresh.process is not None
    assert fresh.process.wait(40) == 1
    assert "the secret influx_telegraf_password is empty or missing" in fresh.log


def test_a_wrong_statement_ends_it_with_the_line(fresh: Store) -> None:
    with (fresh.folder / "config/setup.iql").open("a") as setup:
        setup.write('GRANT NONSENSE ON "telegraf" TO "skep"\n')
    fresh.start()
    assert fresh.process is not None
    assert fresh.process.wait(40) == 1
    assert 'InfluxDB refuses: GRANT NONSENSE ON "telegraf" TO "skep"' in fresh.log


def test_no_password_is_an_argument_of_a_program_or_in_the_log(fresh: Store) -> None:
    fresh.serve()
    arguments = Path(f"/proc/{fresh.process.pid if fresh.process else 0}/cmdline").read_bytes().decode()
    assert not [text for text in SECRETS.values() if text in arguments or text in fresh.log]
    assert "influx -host" in (FOLDER / "start.sh").read_text()
    assert "-password" not in (FOLDER / "start.sh").read_text()

"""The settings that docs/influxdb.md gives for each generation, against a stand-in that answers as it is documented.

Sources: docs.influxdata.com, "InfluxDB 1.x compatibility API" (2.x) and "Use the InfluxDB v1 HTTP query API" (3 Core).
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from skep.adapters.filing import Filed
from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.config.secret import Secret
from skep.config.settings import InfluxAccess as InfluxSettings
from skep.config.settings import Settings
from skep.core.metrics.backends import Proxy
from skep.core.metrics.series import Answers, Gap, Histogram, Question, Series
from skep.core.policy import Signal
from skep.errors import Permanent
from tests.adapters.examples import entry
from tests.adapters.stand_in import Asked, Reply, StandIn
from tests.fakes.clock import FakeClock

DOCUMENT = Path(__file__).parents[2] / "docs/influxdb.md"
BLOCKS = re.findall(r"```env generation=(?P<generation>[^\n]+)\n(?P<lines>.*?)```", DOCUMENT.read_text(), re.DOTALL)

WINDOW = timedelta(seconds=60)
OWN = 'SELECT last("depth") FROM "queue" WHERE "service" = $service AND time > now() - 1m'
BUILT_IN = [Question(signal=signal, window=WINDOW) for signal in Signal if signal is not Signal.QUERY]
QUESTIONS = [
    *BUILT_IN,
    Question(signal=Signal.QUERY, window=WINDOW, service="web", metric="depth", query=OWN),
]

#: What is asked of Telegraf's measurements: tags and fields of one point of service "web".
POINTS: Mapping[str, tuple[dict[str, str], dict[str, float]]] = {
    "docker_container_cpu": (
        {"com.docker.swarm.service.name": "web", "container_name": "web.1.task1"},
        {"usage_percent": 50.0},
    ),
    "docker_container_mem": ({"com.docker.swarm.service.name": "web", "container_name": "web.1.task1"}, {"usage": 9.0}),
    "haproxy": ({"proxy": "web", "server": "a", "host": "b"}, {"stot": 7.0, "scur": 3.0, "rtime": 20.0}),
    "traefik_service_requests_total": ({"service": "web@swarm", "code": "200", "url": "u"}, {"counter": 7.0}),
    "traefik_service_request_duration_seconds": (
        {"service": "web@swarm", "code": "200", "url": "u"},
        {"sum": 1.4, "count": 7.0, "0.1": 0.0, "0.3": 7.0},
    ),
    "queue": ({}, {"last": 5.0}),
}


@dataclass
class Generation:
    """One generation of InfluxDB: who is let in, and how it answers ``/query`` and ``/write``.

    Attributes:
        version: as its header names it; empty where only ``/ping`` tells.
        tokens: what may stand in ``Authorization``.
        databases: what can be asked for and written to.
    """

    version: str
    tokens: frozenset[str]
    databases: frozenset[str] = frozenset({"telegraf", "skep"})
    takes_several: bool = True

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/ping":
            return Reply(headers={"X-Influxdb-Version": self.version}, body=b"{}")
        headers = {"X-Influxdb-Version": self.version} if self.takes_several else {}
        if asked.headers.get("Authorization") not in self.tokens:
            return Reply(status=401, headers=headers, body=self._error("unauthorized", "Unauthorized"))
        database = asked.parameters.get("db", "")
        if database not in self.databases:
            return Reply(status=404, headers=headers, body=self._error("not found", f"no dbrp mapping for {database}"))
        if asked.path == "/write":
            return Reply(status=204, headers=headers)
        statements = asked.parameters["q"].split(";\n")
        if len(statements) > 1 and not self.takes_several:
            return Reply(status=400, body=b'{"error":"must provide only one InfluxQl statement per query"}')
        results = [{"statement_id": place, "series": [_series(text)]} for place, text in enumerate(statements)]
        return Reply(headers=headers, body=json.dumps({"results": results}).encode())

    def _error(self, code: str, words: str) -> bytes:
        is_second = self.version.startswith("v2")
        return json.dumps({"code": code, "message": words} if is_second else {"error": words}).encode()


def _series(statement: str) -> dict[str, Any]:
    """One point of the measurement that a statement asks for."""
    measurement = re.findall(r'FROM "(\w+)"', statement)[0]
    tags, fields = POINTS[measurement]
    wanted = re.findall(r'"([\w.]+)"', statement.partition(" FROM ")[0]) if "SELECT /" not in statement else [*fields]
    names = [name for name in fields if name in wanted or measurement == "queue"]
    return {
        "name": measurement,
        "tags": tags,
        "columns": ["time", *names],
        "values": [[1_795_400_000_000, *(fields[name] for name in names)]],
    }


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


GENERATIONS: Mapping[str, Callable[[], Generation]] = {
    "1.x": lambda: Generation(version="1.12.4", tokens=frozenset({basic("skep", "password")})),
    "2.x": lambda: Generation(version="v2.9.1", tokens=frozenset({"Token token", basic("skep", "password")})),
    "3 Core": lambda: Generation(
        version="3.11.2", tokens=frozenset({"Token token", "Bearer token"}), takes_several=False
    ),
}

each_block = pytest.mark.parametrize(
    ("generation", "lines"),
    [pytest.param(*block, id=f"{block[0]}, block {place}") for place, block in enumerate(BLOCKS)],
)


@pytest.fixture
def serve() -> Iterator[Callable[[Generation], StandIn]]:
    """Starts a stand-in for a generation; it ends with the test."""
    with ExitStack() as servers:
        yield lambda generation: servers.enter_context(StandIn(generation))


def settings_of(lines: str) -> Settings:
    return Settings.from_environment(dict(line.split("=", 1) for line in lines.splitlines()))


def access(given: InfluxSettings, server: StandIn) -> InfluxAccess:
    """As skep.wiring makes it of settings, at the stand-in's place."""

    def revealed(secret: Secret | None) -> str | None:
        return secret.reveal() if secret else None

    return InfluxAccess(
        url=server.url,
        database=given.database,
        retention_policy=given.retention_policy,
        username=given.user,
        password=revealed(given.password),
        token=revealed(given.token),
    )


def read(lines: str, server: StandIn, proxy: Proxy = Proxy.HAPROXY) -> Answers:
    metrics = Influx(access(settings_of(lines).influx, server), clock=FakeClock(), proxy=proxy)
    return metrics.read(QUESTIONS, services=["web"])


def series(answers: Answers, signal: Signal, metric: str = "") -> tuple[Series, ...]:
    found = answers.of(signal=signal, service="web", metric=metric)
    assert isinstance(found, tuple), found
    return found


def test_each_generation_has_settings() -> None:
    assert {generation for generation, _ in BLOCKS} == set(GENERATIONS)


@each_block
def test_the_settings_open_every_built_in_metric_and_queries_of_ones_own(
    serve: Callable[[Generation], StandIn], generation: str, lines: str
) -> None:
    answers = read(lines, serve(GENERATIONS[generation]()))
    assert series(answers, Signal.CPU)[0].values == (0.5,)
    assert series(answers, Signal.MEMORY)[0].values == (9.0,)
    assert series(answers, Signal.REQUESTS)[0].values == (7.0,)
    assert series(answers, Signal.INFLIGHT)[0].values == (3.0,)
    assert series(answers, Signal.LATENCY)[0].values == (0.02,)
    assert series(answers, Signal.QUERY, "depth")[0].values == (5.0,)


@each_block
def test_the_settings_open_traefiks_histograms(
    serve: Callable[[Generation], StandIn], generation: str, lines: str
) -> None:
    histograms = read(lines, serve(GENERATIONS[generation]()), Proxy.TRAEFIK).durations_of("web")
    assert isinstance(histograms, tuple)
    (histogram,) = histograms
    assert isinstance(histogram, Histogram)
    assert (histogram.bounds_s, histogram.counts) == ((0.1, 0.3), (7.0,))


@each_block
def test_nothing_but_reading_is_asked(serve: Callable[[Generation], StandIn], generation: str, lines: str) -> None:
    server = serve(GENERATIONS[generation]())
    read(lines, server)
    queries = [asked.parameters["q"] for asked in server.asked if asked.path == "/query"]
    assert queries
    assert all(text.startswith("SELECT ") for query in queries for text in query.split(";\n"))


@each_block
def test_a_login_that_is_not_the_documented_one_is_a_gap_without_it(
    serve: Callable[[Generation], StandIn], generation: str, lines: str
) -> None:
    wrong = lines.replace("=password", "=wr0ng").replace("=token", "=wr0ng")
    gap = read(wrong, serve(GENERATIONS[generation]())).of(signal=Signal.CPU, service="web", metric="")
    assert isinstance(gap, Gap)
    assert "401: Unauthorized (check the user and its password, or the token)" in gap.detail
    assert "wr0ng" not in gap.detail


def test_a_bucket_without_a_mapping_is_told_as_such(serve: Callable[[Generation], StandIn]) -> None:
    lines = next(lines for generation, lines in BLOCKS if generation == "2.x")
    store = GENERATIONS["2.x"]()
    store.databases = frozenset()
    gap = read(lines, serve(store)).of(signal=Signal.CPU, service="web", metric="")
    assert isinstance(gap, Gap)
    assert "no dbrp mapping for telegraf" in gap.detail
    assert "on 2.x a bucket needs a DBRP mapping" in gap.detail


@each_block
def test_the_journal_is_written_where_the_settings_say(
    serve: Callable[[Generation], StandIn], generation: str, lines: str
) -> None:
    """3 Core keeps 72 hours, so its journal is in one of the others."""
    keeper = "1.x" if generation == "3 Core" else generation
    server = serve(GENERATIONS[keeper]())
    with InfluxJournal(access(settings_of(lines).journal, server)) as journal:
        journal.write([Filed(filed_at_ns=1, entry=entry())])
    (asked,) = server.asked
    assert (asked.path, asked.parameters["db"]) == ("/write", "skep")


def test_the_journal_of_2_x_wants_its_bucket_made_by_a_person(serve: Callable[[Generation], StandIn]) -> None:
    lines = next(lines for generation, lines in BLOCKS if generation == "2.x")
    store = GENERATIONS["2.x"]()
    store.databases = frozenset({"telegraf"})
    with InfluxJournal(access(settings_of(lines).journal, serve(store))) as journal, pytest.raises(Permanent):
        journal.write([Filed(filed_at_ns=1, entry=entry())])

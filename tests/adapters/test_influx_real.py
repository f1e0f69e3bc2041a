"""InfluxDB 1.x as it really is: Telegraf's lines, logins, and text that tries to be more than text."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.swarm.inspection import DockerInspection
from skep.config.labels import LabelDefaults
from skep.core.checkup import MetricsFacts
from skep.core.metrics.series import Answers, Gap, GapReason, Question
from skep.core.policy import Signal
from skep.operations.examine import Circumstances, examine
from skep.ports import World
from tests.adapters.metrics_stage import InfluxStage, own_question
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.meters import FakeMeters
from tests.fakes.swarm import FakeSwarm
from tests.servers import InfluxServer

pytestmark = pytest.mark.influx

SAMPLE = Path(__file__).parents[1] / "data" / "telegraf-sample-lines.lp"
NEWEST_OF_SAMPLE_NS = 1_795_400_025_000_000_000
BUILT_IN = [Question(signal=signal, window=timedelta(seconds=120)) for signal in Signal if signal is not Signal.QUERY]

HOSTILE = [
    pytest.param("it's", id="a quote"),
    pytest.param('say "web"', id="double quotes"),
    pytest.param("back\\slash", id="a backslash"),
    pytest.param("a/b", id="a slash"),
    pytest.param("web$/ OR 1=1 --", id="an end of the pattern"),
    pytest.param("'; DROP DATABASE telegraf; --", id="an end of the string"),
    pytest.param(".*", id="a pattern that matches all"),
    pytest.param("web|api", id="two names in one"),
    pytest.param("(?i)WEB", id="a flag of patterns"),
    pytest.param("[[:alpha:]]+", id="a class of characters"),
    pytest.param("жук 🐝", id="letters of the world"),
    pytest.param("$service", id="the placeholder itself"),
    pytest.param("w" * 300, id="a long name"),
    pytest.param("w" * 10_000, id="a very long name"),
]


@pytest.fixture
def stage(influx_server: InfluxServer) -> InfluxStage:
    return InfluxStage(influx_server)


def requests_so_far(server: InfluxServer) -> int:
    """Requests to /query, by the server's own count, without the one that asks for it."""
    (httpd,) = server.query("SHOW STATS FOR 'httpd'")
    counts: dict[str, int] = dict(zip(httpd["columns"], httpd["values"][0], strict=True))
    return counts["queryReq"]


@pytest.fixture
def sample(influx_server: InfluxServer) -> InfluxStage:
    """Telegraf's lines, moved in time so that the newest was measured just now."""
    moved_by_ns = time.time_ns() - NEWEST_OF_SAMPLE_NS
    lines = (line.rpartition(" ") for line in SAMPLE.read_text().splitlines() if line)
    stage = InfluxStage(influx_server)
    influx_server.write([f"{head} {int(at_ns) + moved_by_ns}" for head, _, at_ns in lines], database=stage.database)
    return stage


def own(query: str) -> Question:
    return Question(signal=Signal.QUERY, window=timedelta(seconds=60), service="web", metric="wrong", query=query)


def values(answers: Answers, signal: Signal, service: str, metric: str = "") -> dict[str, tuple[float, ...]]:
    answer = answers.of(signal=signal, service=service, metric=metric)
    assert isinstance(answer, tuple), answer
    return {series.source: series.values for series in answer}


def test_telegrafs_lines_are_read_as_they_were_written(sample: InfluxStage) -> None:
    answers = sample.metrics.read(BUILT_IN, services=["shop_web", "go-demo_main", "pydemo_web"])
    assert values(answers, Signal.CPU, "shop_web") == {
        "z9y8x7w6v5u4t3s2r1q0ponml": (0.415,),
        "m1n2b3v4c5x6z7l8k9j0hgfds": (0.63125,),
        "p0o9i8u7y6t5r4e3w2q1lkjhg": (0.12,),
    }
    assert values(answers, Signal.MEMORY, "shop_web")["z9y8x7w6v5u4t3s2r1q0ponml"] == (180.0 * 2**20,)
    assert values(answers, Signal.REQUESTS, "go-demo_main") == {"node-1/10.0.9.3:8404/go-demo_main-be8080_0": (800.0,)}
    assert values(answers, Signal.INFLIGHT, "pydemo_web") == {"node-1/10.0.9.3:8404/pydemo_web-be80_0": (0.0,)}


def test_one_evaluation_is_one_request_for_all_built_in_signals(sample: InfluxStage) -> None:
    before = requests_so_far(sample.server)
    names = [f"name{number}" for number in range(1_000)]
    sample.metrics.read(BUILT_IN, services=names, nodes=names)
    assert requests_so_far(sample.server) - before - 1 == 1


def test_own_queries_take_a_second_request_and_no_third(stage: InfluxStage) -> None:
    questions = [stage.write_own(f"service{number}", "depth", number) for number in range(30)]
    before = requests_so_far(stage.server)
    answers = stage.metrics.read([*BUILT_IN, *questions], services=["web"])
    assert requests_so_far(stage.server) - before - 1 == 2
    assert len([answer for answer in answers.own.values() if isinstance(answer, tuple)]) == 30


# --- text that tries to be more -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("signal", [Signal.CPU, Signal.INFLIGHT])
def test_a_hostile_name_finds_its_own_points_and_no_others(stage: InfluxStage, signal: Signal, name: str) -> None:
    for service, value in (("web", 1.0), ("api", 2.0), (name, 3.0)):
        stage.write(signal, service, "one", [value])
    answers = stage.metrics.read(BUILT_IN, services=[name])
    assert [*values(answers, signal, name).values()] == [(3.0,)]
    assert isinstance(answers.of(signal=signal, service="web", metric=""), Gap)


@pytest.mark.parametrize("signal", [Signal.CPU, Signal.REQUESTS])
def test_a_share_of_many_names_gets_its_own_points_and_no_others(stage: InfluxStage, signal: Signal) -> None:
    """The pattern of so many names is one that they share, also those that try to be more than names."""
    hostile = [str(each.values[0]) for each in HOSTILE]
    names = [*(f"shop_web{number}" for number in range(0, 120, 2)), *(name for name in hostile if len(name) < 1_000)]
    for name in (*names, "shop_web1", "shop_web", "shop_web1180", "sho"):
        stage.write(signal, name, "one", [1.0, 2.0])
    answers = stage.metrics.read(BUILT_IN, services=names, nodes=["worker-1"], is_share=True)
    told = answers.built_in[signal]
    assert not isinstance(told, Gap)
    assert told.keys() == set(names)
    without = stage.metrics.read(BUILT_IN, services=names, nodes=["worker-1"]).built_in[signal]
    assert told == without


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_in_an_own_query_is_a_name(stage: InfluxStage, name: str) -> None:
    stage.write_own("web", "depth", 1.0)
    answers = stage.metrics.read([stage.write_own(name, "depth", 3.0), own_question("web", "depth")], services=[])
    assert [*values(answers, Signal.QUERY, name, "depth").values()] == [(3.0,)]
    assert [*values(answers, Signal.QUERY, "web", "depth").values()] == [(1.0,)]


@pytest.mark.parametrize("name", ["web\\", "two\nlines", "carriage\rreturn", "nul\x00", "half a pair\ud800", ""])
def test_a_name_that_cannot_be_stored_disturbs_nobody(stage: InfluxStage, name: str) -> None:
    stage.write(Signal.CPU, "web", "one", [1.0])
    questions = [own_question(name, "depth"), stage.write_own("web", "depth", 1.0)]
    answers = stage.metrics.read([*BUILT_IN, *questions], services=[name, "web"])
    assert values(answers, Signal.CPU, "web") == {"one": (1.0,)}
    assert values(answers, Signal.QUERY, "web", "depth")
    assert isinstance(answers.of(signal=Signal.QUERY, service=name, metric="depth"), Gap)


ATTEMPTS = [
    pytest.param(
        'SELECT last("depth") INTO "stolen" FROM "own" WHERE "service" = $service AND time > now() - 1m', id="into"
    ),
    pytest.param(
        'SELECT last("depth")\nInTo\nstolen FROM "own" WHERE "service" = $service AND time > now() - 1m',
        id="into in lines",
    ),
    pytest.param(
        'SELECT 1INTO stolen FROM "own" WHERE "service" = $service AND time > now() - 1m', id="into after a digit"
    ),
    pytest.param(
        'SELECT last("depth")/**/INTO/**/stolen FROM "own" WHERE "service" = $service AND time > now() - 1m',
        id="into between comments",
    ),
    pytest.param(
        'SELECT last("depth") FROM "own" WHERE "service" = $service AND time > now() - 1m; DROP DATABASE telegraf',
        id="a second statement",
    ),
    pytest.param(
        'SELECT last("depth") FROM "own" WHERE "service" =~ /\'/ AND "x" = $service AND time > now() - 1m'
        " AND 'y' = '; DROP DATABASE telegraf'",
        id="quotes in a pattern",
    ),
    pytest.param("DROP DATABASE telegraf", id="no SELECT"),
    pytest.param('EXPLAIN SELECT last("depth") INTO "stolen" FROM "own"', id="an explanation"),
]


@pytest.mark.parametrize("query", ATTEMPTS)
def test_an_own_query_never_writes(stage: InfluxStage, query: str) -> None:
    good = stage.write_own("web", "depth", 1.0)
    answers = stage.metrics.read([own(query), good], services=[])
    assert isinstance(answers.own["web", "wrong"], Gap)
    assert values(answers, Signal.QUERY, "web", "depth")
    (measurements,) = stage.server.query("SHOW MEASUREMENTS", database=stage.database)
    assert measurements["values"] == [["own"]]


@pytest.mark.parametrize(
    ("selected", "words"),
    [
        pytest.param('nosuch("depth")', "undefined function nosuch()", id="an unknown function"),
        pytest.param('mean((("depth")', "error parsing query", id="brackets left open"),
        pytest.param('mean("note")', "unsupported mean iterator type", id="the mean of a text"),
        pytest.param('"depth", "note"', "exactly one value", id="two values"),
    ],
)
def test_a_wrong_own_query_is_told_in_the_stores_words_and_blinds_nobody(
    stage: InfluxStage, selected: str, words: str
) -> None:
    stage.server.write(['own,service=web note="text",depth=1'], database=stage.database)
    wrong = own('SELECT WHAT FROM "own" WHERE "service" = $service AND time > now() - 1m'.replace("WHAT", selected))
    others = [stage.write_own(f"service{number}", "depth", number) for number in range(9)]
    answers = stage.metrics.read([*others[:4], wrong, *others[4:]], services=[])
    gap = answers.own["web", "wrong"]
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert words in gap.detail
    assert len([answer for answer in answers.own.values() if isinstance(answer, tuple)]) == 9


def test_a_wrong_own_query_costs_no_request_the_next_time(stage: InfluxStage) -> None:
    wrong = own('SELECT nosuch("depth") FROM "own" WHERE "service" = $service AND time > now() - 1m')
    questions = [stage.write_own("web", "depth", 1.0), wrong]
    stage.metrics.read(questions, services=[])
    before = requests_so_far(stage.server)
    stage.metrics.read(questions, services=[])
    assert requests_so_far(stage.server) - before - 1 == 1


# --- logins and outages ---------------------------------------------------------------------------------------------


def guarded(server: InfluxServer, **login: str) -> Answers:
    metrics = Influx(InfluxAccess(url=server.url, database="telegraf", **login), clock=SystemClock())
    return metrics.read([*BUILT_IN, own_question("web", "depth")], services=["web"])


@pytest.fixture
def reader(guarded_influx_server: InfluxServer) -> InfluxServer:
    """A server with a user who may read the one database and nothing else."""
    server = guarded_influx_server
    server.write(["own,service=web depth=7"], database="telegraf")
    server.query("CREATE USER reader WITH PASSWORD 'secret'")
    server.query('GRANT READ ON "telegraf" TO reader')
    return server


def test_a_user_who_may_only_read_is_enough(reader: InfluxServer) -> None:
    answers = guarded(reader, username="reader", password="secret")
    assert values(answers, Signal.QUERY, "web", "depth") == {"own": (7.0,)}


@pytest.mark.parametrize(
    "login",
    [
        pytest.param({"username": "reader", "password": "guess"}, id="a wrong password"),
        pytest.param({"username": "nobody", "password": "secret"}, id="an unknown user"),
        pytest.param({}, id="no login"),
        pytest.param({"token": "guess"}, id="a token"),
    ],
)
def test_a_wrong_login_is_a_gap_that_says_so(reader: InfluxServer, login: dict[str, str]) -> None:
    gap = guarded(reader, **login).of(signal=Signal.CPU, service="web", metric="")
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert "401" in gap.detail
    assert "guess" not in gap.detail


def test_an_own_query_into_a_foreign_database_blinds_nobody(reader: InfluxServer) -> None:
    reader.write(["own,service=web depth=9"], database="foreign")
    metrics = Influx(
        InfluxAccess(url=reader.url, database="telegraf", username="reader", password="secret"), clock=SystemClock()
    )
    foreign = own('SELECT last("depth") FROM "foreign".."own" WHERE "service" = $service AND time > now() - 1m')
    answers = metrics.read([foreign, own_question("web", "depth")], services=["web"])
    assert isinstance(answers.own["web", "wrong"], Gap)
    assert values(answers, Signal.QUERY, "web", "depth") == {"own": (7.0,)}


def test_a_missing_database_is_a_gap_that_names_it(influx_server: InfluxServer) -> None:
    metrics = Influx(InfluxAccess(url=influx_server.url, database="no such"), clock=SystemClock())
    gap = metrics.read(BUILT_IN, services=["web"]).of(signal=Signal.CPU, service="web", metric="")
    assert isinstance(gap, Gap)
    assert (gap.reason, gap.detail) == (GapReason.REFUSED, "database not found: no such")


def test_a_store_that_hangs_is_a_gap_in_time(stage: InfluxStage) -> None:
    metrics = Influx(
        InfluxAccess(url=stage.server.url, database=stage.database),
        clock=SystemClock(),
        timeout=timedelta(milliseconds=300),
    )
    metrics.read(BUILT_IN, services=["web"])
    stage.server.pause()
    gap = metrics.read(BUILT_IN, services=["web"]).of(signal=Signal.CPU, service="web", metric="")
    stage.server.resume()
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.UNREACHABLE
    assert "within 0.3 s" in gap.detail


def test_a_retention_policy_other_than_the_default_can_be_named(stage: InfluxStage) -> None:
    stage.server.query('CREATE RETENTION POLICY "short" ON "telegraf" DURATION 1d REPLICATION 1 DEFAULT')
    stage.write(Signal.CPU, "web", "one", [1.0])
    stage.server.query('ALTER RETENTION POLICY "autogen" ON "telegraf" DEFAULT')
    access = InfluxAccess(url=stage.server.url, database="telegraf", retention_policy="short")
    answers = Influx(access, clock=SystemClock()).read(BUILT_IN, services=["web"])
    assert values(answers, Signal.CPU, "web") == {"one": (1.0,)}
    assert isinstance(
        stage.metrics.read(BUILT_IN, services=["web"]).of(signal=Signal.CPU, service="web", metric=""), Gap
    )


def test_a_check_up_sees_which_nodes_report_and_since_when(stage: InfluxStage) -> None:
    stage.write(Signal.NODE_CPU, "node-1", "cpu-total", [0.4] * 6)
    swarm = FakeSwarm()
    swarm.add_node("node-2")
    world = World(
        clock=SystemClock(),
        swarm=swarm,
        metrics=stage.metrics,
        locks=FakeLocks(),
        memory=FakeMemory(),
        journal=FakeJournal(),
    )
    told = Circumstances(
        version="0.1.0",
        interval=timedelta(seconds=15),
        reconcile_interval=timedelta(seconds=30),
        defaults=LabelDefaults(),
        has_prometheus=False,
    )
    seen = examine(world, DockerInspection("tcp://127.0.0.1:1"), FakeMeters(), told).metrics
    assert isinstance(seen, MetricsFacts), seen
    assert {node.hostname: node.newest_at is not None for node in seen.nodes} == {"node-1": True, "node-2": False}
    assert abs(seen.as_of - seen.read_at) < timedelta(minutes=1)
    stage.break_down()
    assert isinstance(examine(world, DockerInspection("tcp://127.0.0.1:1"), FakeMeters(), told).metrics, str)
    stage.come_back()

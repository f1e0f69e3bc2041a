"""InfluxDB computes while the Swarm is read: what the tick before has asked is under way before it is asked again."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

import pytest

from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.influx.transport import Transport
from skep.config.labels import LabelDefaults
from skep.core.cluster import Cluster
from skep.core.metrics.series import Answers, Gap, GapReason, Question
from skep.core.policy import Signal
from skep.operations.evaluate import Pace, evaluate_services
from skep.ports import World
from tests.adapters.stand_in import Asked, Reply, StandIn
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.swarm import FakeSwarm

WINDOW = timedelta(seconds=60)
PATIENCE_S = 120.0
PACE = Pace(interval=timedelta(seconds=15), time_limit=timedelta(seconds=30))
CPU = Question(signal=Signal.CPU, window=WINDOW)
MEMORY = Question(signal=Signal.MEMORY, window=WINDOW)
OWN = Question(
    signal=Signal.QUERY,
    window=WINDOW,
    service="web",
    metric="depth",
    query='SELECT last("depth") FROM "queue" WHERE "service" = $service AND time > now() - 1m',
)
_FIELDS = {"docker_container_cpu": "usage_percent", "docker_container_mem": "usage"}


@dataclass
class Store:
    """Answers each question about containers with the number of the request in which it came.

    Attributes:
        texts: what was asked so far.
        has_come: set when something was asked since it was cleared.
        takes_several: whether one request may ask several things.
        is_down: whether it answers with an error.
    """

    texts: list[str] = field(default_factory=list)
    has_come: Event = field(default_factory=Event)
    takes_several: bool = True
    is_down: bool = False

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/ping":
            return Reply(headers={"X-Influxdb-Version": "3.11.2"}, body=b"{}")
        text = asked.parameters["q"]
        self.texts.append(text)
        self.has_come.set()
        statements = text.split(";\n")
        if self.is_down:
            return Reply(status=503, body=b'{"error":"out of order"}')
        if len(statements) > 1 and not self.takes_several:
            return Reply(status=400, body=b'{"error":"must provide only one InfluxQl statement per query"}')
        results = [
            {"statement_id": place, "series": [self._series(text)] if " FROM " in text else []}
            for place, text in enumerate(statements)
        ]
        return Reply(body=json.dumps({"results": results}).encode())

    def _series(self, statement: str) -> dict[str, object]:
        measurement = statement.partition(' FROM "')[2].partition('"')[0]
        return {
            "name": measurement,
            "tags": {"com.docker.swarm.service.name": "web", "container_name": "web.1.task1"},
            "columns": ["time", _FIELDS.get(measurement, "last")],
            "values": [[1_795_400_000_000, len(self.texts)]],
        }


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def server(store: Store) -> Iterator[StandIn]:
    with ExitStack() as servers:
        yield servers.enter_context(StandIn(store))


@pytest.fixture
def influx(server: StandIn) -> Influx:
    return Influx(InfluxAccess(url=server.url, database="telegraf"), clock=FakeClock())


@pytest.fixture
def tick(influx: Influx) -> Callable[..., Answers]:
    """Reads in a block, as an evaluation does."""

    def read(*questions: Question) -> Answers:
        with influx.ahead():
            return influx.read(questions, services=["web"])

    return read


class WaitingSwarm(FakeSwarm):
    """Is read only once the store was asked for something."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def read(self) -> Cluster:
        assert self._store.has_come.wait(PATIENCE_S)
        return super().read()


def request_of(answers: Answers, signal: Signal = Signal.MEMORY) -> float:
    """The number of the request that was answered."""
    answer = answers.of(signal=signal, service="web", metric="depth")
    assert isinstance(answer, tuple), answer
    return answer[0].values[-1]


def test_what_the_block_before_has_read_is_asked_before_it_is_read_again(
    store: Store, influx: Influx, tick: Callable[..., Answers]
) -> None:
    assert request_of(tick(MEMORY)) == 1.0
    store.has_come.clear()
    with influx.ahead():
        assert store.has_come.wait(PATIENCE_S)
        assert request_of(influx.read([MEMORY], services=["web"])) == 2.0
    assert store.texts == [store.texts[0]] * 2


def test_an_evaluation_reads_the_swarm_while_the_store_computes(store: Store, influx: Influx) -> None:
    clock, swarm = FakeClock(), WaitingSwarm(store)
    swarm.add("web", replicas=1, labels={"skep.enable": "true", "skep.max": "9", "skep.memory": "1GiB"})
    world = World(
        clock=clock,
        swarm=swarm,
        metrics=influx,
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    store.has_come.set()
    for asked in (1, 2):
        clock.advance(timedelta(seconds=15))
        evaluate_services(world, defaults=LabelDefaults(), pace=PACE)
        assert (swarm.reads, len(store.texts)) == (asked, asked)
        store.has_come.clear()


def test_what_was_not_asked_ahead_gets_an_answer_of_its_own(store: Store, tick: Callable[..., Answers]) -> None:
    tick(MEMORY)
    answers = tick(CPU, MEMORY)
    assert (request_of(answers), len(store.texts)) == (3.0, 3)
    assert request_of(tick(CPU, MEMORY)) == 4.0


def test_a_second_read_in_the_block_asks_anew(store: Store, influx: Influx, tick: Callable[..., Answers]) -> None:
    tick(MEMORY)
    with influx.ahead():
        first, second = (influx.read([MEMORY], services=["web"]) for _ in range(2))
    assert (request_of(first), request_of(second), len(store.texts)) == (2.0, 3.0, 3)


def test_reads_outside_are_neither_asked_ahead_nor_answered_by_what_is(
    store: Store, influx: Influx, tick: Callable[..., Answers]
) -> None:
    tick(MEMORY)
    assert request_of(influx.read([MEMORY], services=["web"])) == 2.0
    influx.read([CPU], services=["web"])
    tick(MEMORY)
    assert len(store.texts) == 4


def test_queries_of_an_operators_own_are_not_asked_ahead(store: Store, tick: Callable[..., Answers]) -> None:
    tick(MEMORY, OWN)
    answers = tick(MEMORY, OWN)
    assert request_of(answers) == 3.0
    assert request_of(answers, Signal.QUERY) == 4.0
    tick(OWN)
    before = len(store.texts)
    tick(OWN)
    assert len(store.texts) == before + 1


def test_what_nobody_has_read_by_the_end_of_the_block_is_dropped(
    store: Store, influx: Influx, tick: Callable[..., Answers]
) -> None:
    tick(MEMORY)
    with influx.ahead():
        pass
    assert request_of(influx.read([MEMORY], services=["web"])) == 3.0
    tick(MEMORY)
    assert len(store.texts) == 4


def test_a_block_that_fails_fails_as_it_is_and_leaves_nothing_behind(
    store: Store, influx: Influx, tick: Callable[..., Answers]
) -> None:
    tick(MEMORY)
    with pytest.raises(LookupError, match="no Swarm"), influx.ahead():
        raise LookupError("no Swarm")
    assert request_of(tick(MEMORY)) == 3.0
    assert len(store.texts) == 3


def test_a_store_that_breaks_down_meanwhile_is_a_gap_and_is_not_asked_ahead_before_it_answers_again(
    store: Store, influx: Influx, tick: Callable[..., Answers]
) -> None:
    tick(MEMORY)
    store.is_down = True
    answer = tick(MEMORY).of(signal=Signal.MEMORY, service="web", metric="")
    assert isinstance(answer, Gap)
    assert answer.reason is GapReason.UNREACHABLE
    assert "out of order" in answer.detail
    with influx.ahead():
        pass
    assert len(store.texts) == 2
    store.is_down = False
    assert request_of(tick(MEMORY)) == 3.0


def test_of_a_store_that_takes_one_statement_the_first_is_asked_ahead(
    store: Store, tick: Callable[..., Answers]
) -> None:
    store.takes_several = False
    tick(CPU, MEMORY)
    before = len(store.texts)
    answers = tick(CPU, MEMORY)
    assert (request_of(answers, Signal.CPU), request_of(answers)) == ((before + 1) / 100, before + 2)
    assert len(store.texts) == before + 2


def test_what_has_waited_for_too_long_is_asked_anew(store: Store, server: StandIn) -> None:
    access = InfluxAccess(url=server.url, database="telegraf")
    transport = Transport(
        access, timeout=timedelta(seconds=5), largest_answer_bytes=1 << 20, keeps=timedelta(seconds=-1)
    )
    with transport.ahead("SHOW DATABASES"):
        transport.query("SHOW DATABASES")
    assert store.texts == ["SHOW DATABASES"] * 2

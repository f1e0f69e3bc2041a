"""A drain while every third request to Docker fails: it ends, nobody is dropped, and nothing is posted twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lab.emulator import EmulatedEngine, Fault
from lab.emulator.things import State
from skep.adapters.swarm import DockerSwarm
from skep.config.labels import LabelDefaults
from skep.core.saga import STATE, DrainPhase
from skep.errors import Temporary
from skep.operations.drain import DrainOutcome, DrainRules, DrainVerdict, GivenDrain, begin_drain, drain_step, undrain
from skep.operations.reconcile import due_drains
from skep.ports import World
from tests.emulator.given import NOON, Given
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics

pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed <socket\.socket fd=\d+, family=1\b:ResourceWarning")

#: 35 % of all requests: most before anything was done, some after it.
EVERY_THIRD = Fault(error_ratio=0.15, drop_ratio=0.15, lost_answer_ratio=0.1)
LOOKS_EVERY = timedelta(seconds=5)
#: An order is tried so often; looks are twice as many as the slowest of these seeds needs.
MOST_TRIES, MOST_LOOKS = 20, 50
LABELS = {"skep.enable": "true", "skep.min": "1", "skep.max": "9", "skep.requests": "50/s"}
GOALS = {"web": 6, "api": 3}
NODE = "node-4"
RULES = DrainRules(defaults=LabelDefaults(), time_limit=timedelta(seconds=30), provider_of=lambda _pool: None)


class Play:
    """A Swarm at fault, and the part of skep that drains it, on one clock that is turned by hand."""

    def __init__(self, engine: EmulatedEngine, given: Given, clock: FakeClock) -> None:
        self.engine = engine
        self.given = given
        self.clock = clock
        self.world = World(
            clock=clock,
            swarm=DockerSwarm(engine.endpoint),
            metrics=FakeMetrics(clock),
            locks=FakeLocks(clock),
            memory=FakeMemory(clock),
            journal=FakeJournal(),
        )
        self.fewest = GOALS

    def drain(self) -> DrainVerdict:
        given = GivenDrain(node=NODE, actor="ada@desk", reason="new kernel")
        return self._order(lambda: begin_drain(self.world, given, RULES))

    def give_back(self) -> DrainVerdict:
        return self._order(lambda: undrain(self.world, NODE, RULES, actor="ada@desk", reason="done"))

    def _order(self, order: Callable[[], DrainOutcome]) -> DrainVerdict:
        """As the tasks do it that are orders of people."""
        for _ in range(MOST_TRIES):
            try:
                return order().verdict
            except Temporary:
                self.pass_time(timedelta(seconds=3))
        raise AssertionError(f"no order got through at {MOST_TRIES} tries")

    def look_until(self, phase: str | None) -> None:
        """Let reconcile look until the node shows this phase; a step takes the next one with it where one is due."""
        for _ in range(MOST_LOOKS):
            if self.phase == phase:
                return
            self.look()
            self.pass_time(LOOKS_EVERY)
        raise AssertionError(f"still {self.phase} after {MOST_LOOKS} looks")

    def look(self) -> None:
        try:
            for node in due_drains(self.world, RULES):
                while drain_step(self.world, node.id, RULES).is_due:
                    self.count()
        except Temporary:
            return

    def pass_time(self, span: timedelta) -> None:
        for _ in range(int(span.total_seconds())):
            self.clock.advance(timedelta(seconds=1))
            self.count()

    def count(self) -> None:
        running = self.engine.look(
            lambda swarm: {
                name: sum(task.is_live and task.state is State.RUNNING for task in swarm.service(name).tasks.values())
                for name in self.fewest
            }
        )
        self.fewest = {name: min(fewest, running[name]) for name, fewest in self.fewest.items()}

    @property
    def phase(self) -> str | None:
        """As it stands on the node; ``None`` where it is not drained."""
        labels: dict[str, str] = self.engine.look(lambda swarm: dict(swarm.node(NODE).spec["Labels"]))
        return labels.get(STATE)

    @property
    def counts(self) -> dict[str, int]:
        """What is posted."""
        return self.engine.look(lambda swarm: {name: swarm.service(name).replicas for name in self.fewest})


@pytest.fixture(params=[1, 2, 3, 4, 5, 6], ids=lambda seed: f"seed {seed}")
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    clock = FakeClock(NOON)
    given = Given(workers=4)
    for name, replicas in GOALS.items():
        given.create(
            {
                "Name": name,
                "Labels": LABELS,
                "TaskTemplate": {"ContainerSpec": {"Image": "shop:1"}},
                "Mode": {"Replicated": {"Replicas": replicas}},
            }
        )
    clock.advance(timedelta(minutes=1))
    with EmulatedEngine(given.swarm, tmp_path / "docker.sock", seed=request.param, clock=clock.now) as engine:
        engine.disturb(EVERY_THIRD)
        yield Play(engine, given, clock)


def test_a_drain_ends_and_drops_nobody(play: Play) -> None:
    assert play.drain() in {DrainVerdict.DRAINING, DrainVerdict.ALREADY}
    play.look_until(DrainPhase.DRAINED)
    assert play.engine.look(lambda swarm: len(swarm.node(NODE).tasks)) == 0
    assert (play.fewest, play.counts) == (GOALS, GOALS)


def test_a_node_is_given_back_in_the_middle_of_its_drain(play: Play) -> None:
    play.drain()
    play.look()
    assert play.give_back() in {DrainVerdict.RETURNING, DrainVerdict.ALREADY}
    play.look_until(None)
    assert play.engine.look(lambda swarm: swarm.node(NODE).spec["Availability"]) == "active"
    assert (play.fewest, play.counts) == (GOALS, GOALS)

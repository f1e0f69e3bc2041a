"""Whatever dies, comes twice or comes late: replicas never fall below the goal, and no surge is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.cluster import Availability, TaskState
from skep.core.saga import DrainPhase, drain_of, surged_count
from skep.errors import SkepError
from skep.operations.drain import DrainRules, GivenDrain, begin_drain, drain_step, undrain
from skep.operations.scale import scale_service
from skep.ports import NodeHandle, ServiceHandle, World
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.scheduling_swarm import SchedulingSwarm

ENABLED = {"skep.enable": "true", "skep.min": "1", "skep.max": "6", "skep.requests": "50/s"}
TIME_LIMIT = timedelta(seconds=30)
SERVICES = ("web", "api")
MOST_STEPS = 60
WORKERS = 4


class Killed(BaseException):
    """The worker is gone at this very point."""


class FragileSwarm(SchedulingSwarm):
    """Kills whoever writes it, before or after the write, when it was told to.

    Attributes:
        writes_left: how many writes are carried out before; ``None`` for all.
        is_last_done: whether the fatal write is.
    """

    writes_left: int | None = None
    is_last_done = False

    def set_replicas(self, handle: ServiceHandle, replicas: int) -> None:
        if self._is_fatal() and not self.is_last_done:
            raise Killed
        is_fatal = self._is_fatal()
        self._count_down()
        super().set_replicas(handle, replicas)
        if is_fatal:
            raise Killed

    def update_node(
        self,
        handle: NodeHandle,
        *,
        availability: Availability | None = None,
        labels: Mapping[str, str | None] | None = None,
    ) -> None:
        if self._is_fatal() and not self.is_last_done:
            raise Killed
        is_fatal = self._is_fatal()
        self._count_down()
        super().update_node(handle, availability=availability, labels=labels)
        if is_fatal:
            raise Killed

    def _is_fatal(self) -> bool:
        return self.writes_left == 0

    def _count_down(self) -> None:
        if self.writes_left:
            self.writes_left -= 1


@dataclass
class Play:
    """A world with a Swarm that schedules, and whoever acts in it.

    Attributes:
        goals: what each service is meant to have, by its name.
        serves_enough: names of the services that had their goal running and must not fall below it.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    goals: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.swarm = FragileSwarm(self.clock, workers=WORKERS)
        self.locks = FakeLocks(self.clock)
        self.memory = FakeMemory(self.clock)
        self.journal = FakeJournal()

    @property
    def world(self) -> World:
        return World(
            clock=self.clock,
            swarm=self.swarm,
            metrics=FakeMetrics(self.clock),
            locks=self.locks,
            memory=self.memory,
            journal=self.journal,
        )

    @property
    def rules(self) -> DrainRules:
        return DrainRules(defaults=LabelDefaults(), time_limit=TIME_LIMIT, provider_of=lambda _pool: None)

    def deploy(self, **places: list[int]) -> None:
        """Services with one running replica on each of the workers of these numbers."""
        for name, numbers in places.items():
            self.swarm.add(name, replicas=len(numbers), labels=ENABLED)
            self.goals[name] = len(numbers)
            self.swarm.follow(name)
            for task, number in zip(self.swarm.tasks(name), numbers, strict=True):
                self.swarm.set_task(name, task, node_id=f"worker-{number}-id", state=TaskState.RUNNING, error="")

    def drain(self, hostname: str) -> None:
        given = GivenDrain(node=hostname, actor="ada@desk", reason="", deadline=timedelta(minutes=15))
        begin_drain(self.world, given, self.rules)

    def step(self, hostname: str) -> None:
        drain_step(self.world, f"{hostname}-id", self.rules)

    def step_all(self) -> None:
        for node in self.swarm.read_nodes():
            if drain_of(node) is not None:
                self.step(node.hostname)

    def scale(self, name: str, replicas: int) -> None:
        service = self.swarm.service(name)
        order = ScaleOrder(
            service_id=service.id,
            service_name=name,
            replicas=replicas,
            seen_replicas=None,
            evaluation=None,
            reason="by hand",
            actor="ada@desk",
        )
        scale_service(self.world, order, defaults=LabelDefaults(), time_limit=TIME_LIMIT)

    def goal(self, name: str) -> int:
        return surged_count(self.swarm.service(name), self.swarm.read_nodes()).goal

    def go_on(self) -> None:
        """Everybody works undisturbed until all is done."""
        self.swarm.writes_left = None
        for _ in range(MOST_STEPS):
            self.clock.advance(timedelta(seconds=40))  # no lock of a dead worker stands any more
            self.step_all()
            self.swarm.settle()

    @property
    def has_no_surge(self) -> bool:
        drains = [drain_of(node) for node in self.swarm.read_nodes()]
        return all(drain is None or (not drain.surges and drain.phase is DrainPhase.DRAINED) for drain in drains)


@dataclass(frozen=True)
class Move:
    """One thing that happens."""

    what: str
    which: int = 0
    dies_after: int | None = None
    does_it: bool = False


MOVES = st.builds(
    Move,
    what=st.sampled_from(["step", "step", "step", "follow", "follow", "place", "begin", "begin", "forget", "time"]),
    which=st.integers(0, 5),
    dies_after=st.sampled_from([None, None, None, 0, 1, 2]),
    does_it=st.booleans(),
)


def make(play: Play, move: Move) -> None:
    names = tuple(play.goals)
    match move.what:
        case "follow":
            play.swarm.follow(names[move.which % len(names)])
        case "place":
            play.swarm.place()
        case "begin":
            play.swarm.begin(move.which)
        case "forget":
            play.memory.forget_everything()
            play.locks = FakeLocks(play.clock)
        case "time":
            play.clock.advance(timedelta(seconds=20))
        case _:
            act(play, move, lambda: play.step(f"worker-{move.which % 2 + 1}"))


def act(play: Play, move: Move, action: object) -> None:
    assert callable(action)
    play.swarm.writes_left, play.swarm.is_last_done = move.dies_after, move.does_it
    try:
        action()
    except (Killed, SkepError):
        pass
    finally:
        play.swarm.writes_left = None


def loses_nobody(play: Play) -> None:
    assert {name: play.swarm.serving(name) >= goal for name, goal in play.goals.items()} == dict.fromkeys(
        play.goals, True
    )


@settings(max_examples=200)
@given(
    web=st.lists(st.integers(1, WORKERS), min_size=1, max_size=7),
    api=st.lists(st.integers(1, WORKERS), min_size=1, max_size=3),
    drained=st.sampled_from([("worker-1",), ("worker-2",), ("worker-1", "worker-2")]),
    moves=st.lists(MOVES, min_size=20, max_size=80),
)
def test_running_replicas_never_fall_below_the_goal_and_no_surge_is_left(
    web: list[int], api: list[int], drained: tuple[str, ...], moves: list[Move]
) -> None:
    play = Play()
    play.deploy(web=web, api=api)
    for hostname in drained:
        play.drain(hostname)
    for move in moves:
        make(play, move)
        loses_nobody(play)
        assert {name: play.goal(name) for name in play.goals} == play.goals
    play.go_on()
    loses_nobody(play)
    assert play.has_no_surge
    assert {name: play.swarm.service(name).replicas for name in play.goals} == play.goals
    assert {h: play.swarm.node(h).availability for h in drained} == dict.fromkeys(drained, Availability.DRAIN)
    assert sum(play.swarm.on(name, hostname) for name in play.goals for hostname in drained) == 0


def test_an_unbalanced_service_keeps_all_that_run() -> None:
    """Swarm would end one of the five, which run, for the sake of the one that has yet to start."""
    play = Play()
    play.deploy(web=[1, 1, 1, 1, 1, 2, 3])
    play.drain("worker-2")
    for _ in range(MOST_STEPS):
        play.step("worker-2")
        for happens in (lambda: play.swarm.follow("web"), play.swarm.place, play.swarm.begin):
            loses_nobody(play)
            play.step("worker-2")
            loses_nobody(play)
            happens()
    play.go_on()
    loses_nobody(play)
    assert (play.swarm.service("web").replicas, play.has_no_surge) == (7, True)


@pytest.mark.parametrize("phase", range(9))
def test_a_drain_that_is_undone_at_any_point_leaves_no_surge(phase: int) -> None:
    play = Play()
    play.deploy(web=[1, 1, 2, 3])
    play.drain("worker-1")
    for _ in range(phase):
        play.step("worker-1")
        play.swarm.settle()
    undrain(play.world, "worker-1", play.rules, actor="ben@desk", reason="")
    play.go_on()
    assert play.swarm.service("web").replicas == 4
    node = play.swarm.node("worker-1")
    assert (node.availability, node.labels) == (Availability.ACTIVE, ())


def test_a_drain_without_room_is_given_up_at_its_deadline() -> None:
    play = Play()
    play.swarm.room = {f"worker-{number}": 2 for number in range(1, WORKERS + 1)}
    play.deploy(web=[1, 1, 2, 2, 3, 3, 4, 4])
    play.drain("worker-1")
    play.go_on()
    assert play.swarm.service("web").replicas == 8
    assert (play.swarm.node("worker-1").availability, play.swarm.node("worker-1").labels) == (Availability.ACTIVE, ())
    told = [entry.sentence for entry in play.journal.entries]
    assert any("not done in time: 6 of 8 replicas of web run elsewhere, 2 find no room" in words for words in told)


@pytest.mark.parametrize("ordered", [2, 3, 4, 6], ids=["fewer", "as many", "one more", "many more"])
@pytest.mark.parametrize("phase", range(7))
def test_a_new_goal_in_mid_drain_is_the_goal_afterwards(phase: int, ordered: int) -> None:
    play = Play()
    play.deploy(web=[1, 2, 3])
    play.drain("worker-1")
    for _ in range(phase):
        play.step("worker-1")
        play.swarm.settle()
    play.scale("web", ordered)
    assert play.goal("web") == ordered
    play.go_on()
    assert (play.swarm.service("web").replicas, play.has_no_surge) == (ordered, True)


@pytest.mark.parametrize("phase", range(7))
def test_a_count_that_somebody_sets_past_skep_is_the_goal_and_no_surge_is_taken_from_it(phase: int) -> None:
    play = Play()
    play.deploy(web=[1, 2, 3])
    play.drain("worker-1")
    for _ in range(phase):
        play.step("worker-1")
        play.swarm.settle()
    play.swarm.change("web", replicas=6)
    play.go_on()
    assert (play.swarm.service("web").replicas, play.has_no_surge) == (6, True)


@pytest.mark.parametrize("is_done", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("writes", range(4))
@pytest.mark.parametrize("phase", range(6))
def test_a_worker_that_dies_while_it_scales_in_mid_drain_leaves_the_old_goal_or_the_new(
    phase: int, writes: int, is_done: bool
) -> None:
    play = Play()
    play.deploy(web=[1, 2, 3])
    play.drain("worker-1")
    for _ in range(phase):
        play.step("worker-1")
        play.swarm.settle()
    act(play, Move(what="scale", dies_after=writes, does_it=is_done), lambda: play.scale("web", 5))
    play.memory.forget_everything()
    assert play.goal("web") in {3, 5}
    play.go_on()
    assert play.swarm.service("web").replicas in {3, 5}
    assert play.has_no_surge

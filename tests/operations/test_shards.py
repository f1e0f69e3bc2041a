"""An evaluation in shares comes to what one worker would have come to, whatever becomes of its messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.capacity.node_orders import NodeOrderKind
from skep.core.decision import Hold, Pause, Verdict
from skep.core.orders import ALL_SERVICES
from skep.errors import Temporary
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.scale import scale_service
from skep.operations.shards import decide_share, gather_findings, share_out, take_share
from skep.ports import Share, World
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.shards import FakeShards
from tests.fakes.swarm import FakeSwarm
from tests.operations.fleet_play import FleetPlay
from tests.operations.sharing import evaluate_in_shares

LABELS = {"skep.enable": "true", "skep.min": "1", "skep.max": "10", "skep.requests": "50/s"}
TICK = timedelta(seconds=15)
TIME_LIMIT = timedelta(seconds=30)
PACE = Pace(interval=TICK, time_limit=TIME_LIMIT)
#: By name, with the stack.
SERVICES = {"web": "shop", "cart": "shop", "blog": "press", "lone": None, "free": None, "odd": None}


@dataclass
class Town:
    """Services of several stacks, one with a wrong label and one that skep does not scale."""

    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.swarm = FakeSwarm(self.clock)
        self.metrics = FakeMetrics(self.clock)
        self.memory = FakeMemory(self.clock)
        self.memory.note_orders_known()
        self.journal = FakeJournal()
        self.shards = FakeShards(self.clock)
        self.orders: list[ScaleOrder] = []
        for name, stack in SERVICES.items():
            self.swarm.add(name, replicas=2, labels=LABELS, stack=stack)
        self.swarm.label("odd", {"skep.max": "many"})
        self.swarm.add("stranger", replicas=3)
        self.world = World(
            clock=self.clock,
            swarm=self.swarm,
            metrics=self.metrics,
            locks=FakeLocks(self.clock),
            memory=self.memory,
            journal=self.journal,
        )

    def tick(self, shares: int) -> None:
        """One evaluation and what follows from it."""
        self.clock.advance(TICK)
        if shares == 1:
            done = evaluate_services(self.world, defaults=LabelDefaults(), pace=PACE)
        else:
            done = evaluate_in_shares(self.world, self.shards, count=shares, pace=PACE)
        ordered = sorted(done.orders, key=lambda order: order.service_name)
        self.orders += ordered
        for order in ordered:
            scale_service(self.world, order, defaults=LabelDefaults(), time_limit=TIME_LIMIT)

    def begin(self, shares: int = 2) -> Share | None:
        """A tick comes, and its shares are handed out."""
        self.clock.advance(TICK)
        return share_out(self.world, self.shards, pace=PACE, count=shares, measures_nodes=True)

    def decide(self, share: Share | None) -> bool:
        """What a worker does with a share; whether it was the last."""
        assert share is not None
        return decide_share(self.world, self.shards, share, defaults=LabelDefaults(), pace=PACE).plans_nodes

    def take(self, share: Share | None, number: int) -> Share | None:
        """What a worker does with a message."""
        assert share is not None
        return take_share(self.shards, evaluation=share.evaluation, number=number, pace=PACE)

    @property
    def account(self) -> tuple[object, ...]:
        """All that was decided, explained, written down and remembered."""
        ids = [service.id for service in self.swarm.read().services]
        known = self.memory.recall()
        return (
            self.orders,
            sorted(map(repr, self.journal.entries)),
            known,
            {service_id: self.memory.histories([service_id]) for service_id in ids},
            [(service.name, service.replicas) for service in self.swarm.read().services],
        )


Event = Callable[[Town], None]


def _load(name: str, per_second: float) -> Event:
    return lambda town: town.metrics.rate(name, "proxy", per_second)


def _set(name: str, replicas: int) -> Event:
    return lambda town: town.swarm.change(name, replicas=replicas)


def _deploy_shop(town: Town) -> None:
    for name in ("web", "cart"):
        town.swarm.change(name, replicas=2)


def _make_anew(town: Town) -> None:
    town.swarm.remove("blog")
    town.swarm.add("blog", replicas=1, labels=LABELS, stack="press")


def _move_to_a_stack(town: Town) -> None:
    town.swarm.remove("free")
    town.swarm.add("free", replicas=1, labels=LABELS, stack="shop")


def _hold(town: Town) -> None:
    until = town.clock.now() + timedelta(seconds=40)
    town.memory.put_hold("web-id", Hold(replicas=4, until=until, actor="ada@desk", reason="by hand"))


def _pause(town: Town) -> None:
    until = town.clock.now() + timedelta(seconds=20)
    town.memory.put_pause(ALL_SERVICES, Pause(until=until, actor="ada@desk", reason="a release"))


def _disable(town: Town) -> None:
    town.swarm.label("lone", {"skep.enable": "false"})


EVENTS: dict[str, Event] = {
    "a surge of web": _load("web", 400),
    "a lull of web": _load("web", 20),
    "a surge of the blog": _load("blog", 260),
    "a lone load": _load("lone", 120),
    "a person sets the cart": _set("cart", 5),
    "a person sets the lone one": _set("lone", 0),
    "a deploy of the shop": _deploy_shop,
    "the blog is made anew": _make_anew,
    "one joins a stack under its name": _move_to_a_stack,
    "a hold": _hold,
    "a pause": _pause,
    "one is no longer enabled": _disable,
    "nothing": lambda _town: None,
}


def played(events: list[str], shares: int) -> Town:
    town = Town()
    town.tick(shares)
    for event in events:
        EVENTS[event](town)
        town.tick(shares)
    return town


@pytest.mark.parametrize("shares", [2, 4, 64])
def test_all_that_can_happen_comes_to_the_same_as_with_one_worker(shares: int) -> None:
    assert played(list(EVENTS), shares).account == played(list(EVENTS), 1).account


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=12), st.integers(2, 5))
def test_whatever_happens_comes_to_the_same_as_with_one_worker(events: list[str], shares: int) -> None:
    assert played(events, shares).account == played(events, 1).account


def test_the_swarm_is_read_once_and_each_share_asks_the_store_once_for_its_own() -> None:
    town = Town()
    town.tick(3)
    assert town.swarm.reads == 1
    asked = sorted(name for _, names in town.metrics.reads for name in names)
    assert asked == sorted(name for name in SERVICES if name != "odd")
    assert town.metrics.shares == [True] * 3


def test_a_message_delivered_twice_is_one_share() -> None:
    town = Town()
    first = town.begin()
    town.decide(town.take(first, 1))
    assert town.take(first, 1) is None


def test_a_second_beat_begins_nothing() -> None:
    town = Town()
    assert town.begin() is not None
    assert share_out(town.world, town.shards, pace=PACE, count=2, measures_nodes=True) is None
    assert town.swarm.reads == 1


def test_nothing_begins_while_a_share_of_the_evaluation_before_is_being_decided() -> None:
    town = Town()
    first = town.begin()
    second = town.take(first, 1)
    town.decide(first)
    assert town.begin() is None
    town.decide(second)
    assert town.begin() is not None


def test_services_of_living_shards_do_not_wait_for_a_share_that_nobody_takes() -> None:
    town = Town()
    for name in SERVICES:
        town.metrics.rate(name, "proxy", 400)
    first = town.begin()
    assert first is not None
    done = decide_share(town.world, town.shards, first, defaults=LabelDefaults(), pace=PACE)
    enabled = {s.id for s in first.cluster.services} - {"odd-id", "stranger-id"}
    assert {order.service_id for order in done.orders} == enabled
    assert not done.plans_nodes
    assert gather_findings(town.shards, first.evaluation) is None


def test_the_next_evaluation_makes_up_for_a_missing_share_and_voids_it() -> None:
    town = Town()
    before = town.begin()
    town.decide(before)
    after = town.begin()
    assert town.take(before, 1) is None
    town.decide(after)
    assert town.decide(town.take(after, 1))
    assert after is not None
    assert gather_findings(town.shards, after.evaluation) is not None
    assert len(town.memory.decisions()) == len(SERVICES)


def test_with_too_few_workers_no_service_is_left_out_for_good() -> None:
    town = Town()
    for _ in range(20):
        town.clock.advance(timedelta(milliseconds=1))  # a tick comes a little later each time, as ticks do
        town.decide(town.begin(shares=2))
    assert len(town.memory.decisions()) == len(SERVICES)


def test_a_worker_killed_over_a_share_holds_evaluations_up_until_its_time_is_over() -> None:
    town = Town()
    first = town.begin()
    town.take(first, 1)
    town.decide(first)
    begun = [town.begin() is not None for _ in range(3)]
    assert begun == [False, False, True]


def test_a_share_that_cannot_be_decided_holds_up_nobody() -> None:
    town = Town()
    first = town.begin()
    town.journal.break_down()
    town.memory.break_down()
    with pytest.raises(Temporary):
        town.decide(first)
    town.memory.come_back()
    town.journal.come_back()
    assert town.begin() is not None


def test_the_plan_is_made_by_one_only() -> None:
    town = Town()
    first = town.begin()
    second = town.take(first, 1)
    assert [town.decide(first), town.decide(second)] == [False, True]
    assert first is not None
    assert [gather_findings(town.shards, first.evaluation) is None for _ in range(2)] == [False, True]


def test_what_skep_posts_after_the_swarm_was_read_is_no_strangers_doing() -> None:
    """Each share recalls its services later than the Swarm was read, and must not know more than could be seen."""
    town = Town()
    town.metrics.rate("web", "proxy", 200)
    town.tick(2)
    town.tick(2)
    town.metrics.rate("web", "proxy", 400)
    first = town.begin()
    shares = (first, town.take(first, 1))
    assert first is not None
    order = ScaleOrder(
        service_id="web-id",
        service_name="web",
        replicas=9,
        seen_replicas=None,
        evaluation=None,
        reason="by hand",
        actor="ada@desk",
    )
    scale_service(town.world, order, defaults=LabelDefaults(), time_limit=TIME_LIMIT)
    for share in shares:
        town.decide(share)
    town.metrics.rate("web", "proxy", 400)
    town.tick(2)
    assert not [entry for entry in town.journal.entries if entry.actor == "outside"]


def test_a_wrong_label_is_refused_in_its_share() -> None:
    town = Town()
    town.tick(4)
    assert town.memory.decisions()["odd-id"].verdict is Verdict.INVALID


@pytest.mark.parametrize("shares", [2, 4])
def test_nodes_are_planned_from_all_shares_as_by_one_worker(shares: int) -> None:
    def play(shares: int) -> FleetPlay:
        play = FleetPlay(shares=shares)
        play.begin(workers=1)
        for number in range(3):
            play.swarm.add(f"other-{number}", replicas=1, stack=f"stack-{number}")
        play.busy_nodes(0.3)
        play.requests_per_second = 500.0
        play.evaluate()
        return play

    one, several = play(1), play(shares)
    assert several.ordered(NodeOrderKind.INCREASE)
    assert several.orders == one.orders
    assert several.report == one.report
    assert several.memory.recall_nodes() == one.memory.recall_nodes()


def test_a_pool_grows_and_shrinks_by_shares() -> None:
    play = FleetPlay(shares=3)
    play.begin(workers=1)
    play.requests_per_second = 500.0
    play.tick(4)
    assert play.open_workers == ["machine-1", "machine-2", "machine-3"]
    play.requests_per_second = 100.0
    play.pass_time(timedelta(minutes=30))
    assert len(play.open_workers) == 1

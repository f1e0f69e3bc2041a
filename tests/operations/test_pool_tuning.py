"""A pool whose policy tunes itself adds nodes ahead of a load that recurs; in the shadow it tells its worth."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from skep.core.bounds import Bounds
from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.core.policy import Tune
from skep.core.pool_report import PoolReport
from skep.core.pools import PoolPolicy
from skep.operations.learn_pools import learn_pools
from tests.fakes.lessons import FakeLessons
from tests.operations.fleet_play import POOL, TICK, TIME_LIMIT, FleetPlay

DAY = timedelta(days=1)
#: Four replicas fill a machine: two need half of one, the rush hour fills five.
CALM_NODES, RUSH_NODES = 0.5, 5.0
RUSH_LASTS = timedelta(hours=1)
#: When the machines ordered now would have joined, as is assumed where none has told.
AHEAD = timedelta(minutes=5)


def pool(tune: Tune, *, most: int = 6) -> PoolPolicy:
    return replace(POOL, tune=tune, bounds=Bounds(min_replicas=1, max_replicas=most))


@pytest.fixture
def play() -> FleetPlay:
    play = FleetPlay()
    play.begin(workers=1)
    return play


def remember_days(play: FleetPlay, load_at: Callable[[datetime], float], *, days: int = 3) -> None:
    """What evaluations of past days would have remembered of the pool."""
    at = play.clock.now() - days * DAY
    while at <= play.clock.now():
        play.memory.remember_pools({POOL.name: load_at(at)}, {}, at=at, most=1_000_000)
        at += TICK


def rush_hour_in(play: FleetPlay, span: timedelta) -> Callable[[datetime], float]:
    """Every day at the time that it will be after a span."""
    begins = play.clock.now() + span

    def load_at(at: datetime) -> float:
        return RUSH_NODES if (at - begins) % DAY < RUSH_LASTS else CALM_NODES

    return load_at


def learn(play: FleetPlay, lessons: FakeLessons | None = None) -> tuple[str, ...]:
    lessons = lessons or FakeLessons(play.memory)
    return learn_pools(play.world, lessons, play.pools, interval=TICK, time_limit=TIME_LIMIT)


def increases(play: FleetPlay) -> list[NodeOrder]:
    return [order for order in play.orders if order.kind is NodeOrderKind.INCREASE]


def report_of(play: FleetPlay) -> PoolReport:
    assert play.report is not None
    return play.report.pools[0]


def test_nodes_are_ordered_before_a_rush_hour_that_comes_every_day(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.AUTO))
    remember_days(play, rush_hour_in(play, AHEAD))
    assert learn(play) == (POOL.name,)
    play.evaluate()
    (order,) = increases(play)
    assert order.machines == RUSH_NODES - 1
    assert "ahead of what is expected" in order.reason
    assert "peak of other days" in order.reason
    tuning = report_of(play).tuning
    assert tuning is not None
    assert (tuning.mode, tuning.replicas) == (Tune.AUTO, RUSH_NODES)
    assert "a machine has joined 300 s (assumed) after its order" in tuning.delays


def test_what_a_rule_of_a_pool_would_have_cost_is_told_in_nodes(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.AUTO))
    remember_days(play, rush_hour_in(play, AHEAD))
    learn(play)
    play.evaluate()
    tuning = report_of(play).tuning
    assert tuning is not None
    assert re.search(r"that would have cost [0-9.]+ nodes, the next best", tuning.why)


def test_one_node_that_is_expected_to_be_needed_is_told_as_one(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.AUTO))
    remember_days(play, lambda _: CALM_NODES)
    learn(play)
    play.tick(30)
    assert play.report is not None
    (kept,) = [veto for verdict in play.report.verdicts for veto in verdict.vetoes if veto.by == "expected"]
    assert "its pool is expected to need 1 node: " in kept.reason


def test_without_the_rule_nothing_is_ordered_ahead(play: FleetPlay) -> None:
    remember_days(play, rush_hour_in(play, AHEAD))
    assert learn(play) == ()
    play.evaluate()
    assert increases(play) == []
    assert report_of(play).tuning is None


def test_no_more_nodes_are_ordered_than_the_pool_may_have(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.AUTO, most=3))
    remember_days(play, rush_hour_in(play, AHEAD))
    learn(play)
    play.evaluate()
    (order,) = increases(play)
    assert order.machines == 2


def test_nodes_that_are_on_their_way_are_not_ordered_again(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.AUTO))
    play.joins = False
    remember_days(play, rush_hour_in(play, AHEAD))
    learn(play)
    play.tick()
    play.evaluate()
    assert increases(play) == []


def test_what_is_expected_to_be_needed_is_not_removed_and_goes_once_it_is_over(play: FleetPlay) -> None:
    play.change_pool(replace(pool(Tune.AUTO), delay_after_up=timedelta(0)))
    remember_days(play, rush_hour_in(play, AHEAD))
    lessons = FakeLessons(play.memory)
    learn(play, lessons)
    play.tick(60)
    assert len(play.workers) == RUSH_NODES
    assert play.report is not None
    kept = [veto for verdict in play.report.verdicts for veto in verdict.vetoes if veto.by == "expected"]
    assert "its pool is expected to need 5 nodes" in kept[0].reason
    for _ in range(8):
        play.pass_time(timedelta(minutes=15))
        learn(play, lessons)
    assert len(play.workers) < RUSH_NODES


def test_a_rule_that_expects_less_takes_no_node_that_is_needed_now(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.AUTO))
    remember_days(play, lambda _at: CALM_NODES)
    learn(play)
    play.requests_per_second = 50.0 * 12
    play.tick(6)
    assert len(play.workers) >= 3


def test_in_the_shadow_nothing_is_ordered_and_what_it_were_worth_is_told(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.SHADOW))
    remember_days(play, rush_hour_in(play, AHEAD))
    learn(play)
    play.tick(80)
    assert len(play.workers) == 1
    tuning = report_of(play).tuning
    assert tuning is not None
    assert tuning.mode is Tune.SHADOW
    assert tuning.replicas == RUSH_NODES
    assert tuning.comparison is not None
    assert tuning.comparison.tuned_replicas > tuning.comparison.acting_replicas
    assert any(
        verdict.vetoes == () or "expected" not in {v.by for v in verdict.vetoes} for verdict in play.report.verdicts
    )


def test_a_rule_that_wants_fewer_nodes_than_there_are_has_saved_nothing_because_it_takes_none_away() -> None:
    play = FleetPlay(pools=(replace(pool(Tune.SHADOW), scale_down=None),))
    play.begin(workers=3)
    remember_days(play, lambda _at: CALM_NODES)
    learn(play)
    play.tick(80)
    tuning = report_of(play).tuning
    assert tuning is not None
    assert tuning.replicas == 1
    assert tuning.comparison is not None
    assert tuning.comparison.saved_ratio == 0.0


def test_evaluations_remember_what_the_pool_carries(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.SHADOW))
    play.tick(4)
    loads = play.memory.pool_loads(POOL.name, last=10)
    assert [load for _, load in loads] == [CALM_NODES] * 4


def test_a_pool_that_does_not_tune_itself_leaves_nothing_behind(play: FleetPlay) -> None:
    play.tick(4)
    assert play.memory.pool_loads(POOL.name, last=10) == ()


def test_how_long_machines_take_to_join_is_measured(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.SHADOW))
    remember_days(play, lambda _at: CALM_NODES)
    play.requests_per_second = 50.0 * 12
    play.tick(6)
    assert len(play.workers) >= 3
    lessons = FakeLessons(play.memory)
    learn(play, lessons)
    study = lessons.recall([f"pool:{POOL.name}"])[f"pool:{POOL.name}"]
    assert study.start_delay is not None
    assert timedelta(0) < study.start_delay <= 2 * TICK


def test_a_pool_is_looked_at_every_quarter_of_an_hour_and_forgotten_with_its_key(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.SHADOW))
    remember_days(play, lambda _at: CALM_NODES)
    lessons = FakeLessons(play.memory)
    assert learn(play, lessons) == (POOL.name,)
    assert learn(play, lessons) == ()
    play.pass_time(timedelta(minutes=15))
    assert learn(play, lessons) == (POOL.name,)
    play.change_pool(pool(Tune.OFF))
    learn(play, lessons)
    assert lessons.looked_at() == {}
    assert play.memory.pool_loads(POOL.name, last=10) == ()


def test_with_less_than_a_day_the_fixed_rule_looks_on(play: FleetPlay) -> None:
    play.change_pool(pool(Tune.SHADOW))
    play.pass_time(timedelta(minutes=10))
    learn(play)
    play.tick()
    tuning = report_of(play).tuning
    assert tuning is not None
    assert "until a day of its load is known" in tuning.why

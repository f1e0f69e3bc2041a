"""The weather: the same for the same seed, and never two faults of one thing at a time."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.storm import TARGETS, WORKERS
from tests.faults.weather import Blow, Fault, forecast

DURATION = timedelta(minutes=10)
SEEDS = st.integers(min_value=0, max_value=2**32)


@given(seed=SEEDS)
def test_a_seed_tells_all_of_it(seed: int) -> None:
    first, second = (forecast(seed, duration=DURATION, targets=TARGETS, counts=(2, 8)) for _ in range(2))
    assert first == second


@given(seed=SEEDS)
def test_everything_works_before_and_after_and_breaks_once_at_a_time(seed: int) -> None:
    faults: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in forecast(seed, duration=DURATION, targets=TARGETS, counts=(2, 8)).faults:
        assert fault.at >= timedelta(seconds=10)
        assert fault.at + fault.lasts < DURATION
        assert fault.blow in TARGETS[fault.target]
        faults[fault.target].append(fault)
    for of_one in faults.values():
        assert all(one.at + one.lasts < other.at for one, other in pairwise(of_one))


def test_ten_minutes_break_everything_in_every_way() -> None:
    weather = forecast(1, duration=DURATION, targets=TARGETS, counts=(2, 8))
    assert {(fault.target, fault.blow) for fault in weather.faults} == {
        (target, blow) for target, blows in TARGETS.items() for blow in blows
    }
    assert {blow for fault in weather.faults for blow in [fault.blow]} == set(Blow)


def test_the_load_lasts_as_long_as_the_storm_and_orders_stay_within_bounds() -> None:
    weather = forecast(7, duration=DURATION, targets=TARGETS, counts=(2, 8))
    assert sum((step.duration for step in weather.load), timedelta(0)) >= DURATION
    assert {order.replicas for order in weather.orders} <= set(range(2, 9))
    assert len({order.task_id for order in weather.orders}) == len(weather.orders) > 10


@given(seed=SEEDS)
def test_one_node_at_a_time_is_emptied_and_taken_back(seed: int) -> None:
    weather = forecast(seed, duration=DURATION, targets=TARGETS, counts=(2, 8), nodes=WORKERS)
    turns = [weather.node_orders[at : at + 2] for at in range(0, len(weather.node_orders), 2)]
    assert turns
    for turn in turns:
        assert [order.task for order in turn] == ["drain.node", "drain.back"][: len(turn)]
        assert len({order.hostname for order in turn}) == 1
        assert turn[0].hostname in WORKERS


@given(seed=SEEDS)
def test_high_and_low_water_take_turns_from_before_the_first_fault_on(seed: int) -> None:
    weather = forecast(seed, duration=DURATION, targets=TARGETS, counts=(2, 8), tide_counts=(0, 4))
    high, low = weather.tides[::2], weather.tides[1::2]
    assert weather.tides[0].at < min(fault.at for fault in weather.faults)
    assert {tide.replicas for tide in high} <= {3, 4}
    assert {tide.replicas for tide in low} <= {0, 1, 2}
    assert all(one.at < other.at < DURATION for one, other in pairwise(weather.tides))


@given(seed=SEEDS)
def test_a_seed_breaks_the_same_whether_there_is_a_pool_or_not(seed: int) -> None:
    with_pool, without = (
        forecast(seed, duration=DURATION, targets=TARGETS, counts=(2, 8), nodes=WORKERS, tide_counts=counts)
        for counts in ((0, 4), (0, 0))
    )
    assert (with_pool.faults, with_pool.node_orders) == (without.faults, without.node_orders)
    assert (without.tides, without.deaths) == ((), ())

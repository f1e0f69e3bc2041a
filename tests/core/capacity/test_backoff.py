"""A pool whose provider fails is left in peace, longer each time, and not for ever."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.capacity.backoff import PoolEvent, PoolEventKind, backoff, grown_at, removal_failed_at
from tests.builders import NOW, ago

FIRST = timedelta(minutes=5)
MINUTE = 60.0
HOUR = 3600.0
REFUSED, NEVER_JOINED, JOINED, GREW = (
    PoolEventKind.REFUSED,
    PoolEventKind.NEVER_JOINED,
    PoolEventKind.JOINED,
    PoolEventKind.GREW,
)


def event(kind: PoolEventKind, age_s: float, reason: str = "quota") -> PoolEvent:
    return PoolEvent(kind=kind, at=ago(age_s), reason=reason)


@pytest.mark.parametrize(
    ("ages_s", "minutes"),
    [
        pytest.param([0.0], 5, id="one failure"),
        pytest.param([10 * MINUTE, 0.0], 10, id="two"),
        pytest.param([30 * MINUTE, 20 * MINUTE, 0.0], 20, id="three"),
        pytest.param([90 * MINUTE, 60 * MINUTE, 30 * MINUTE, 0.0], 30, id="four, and never longer"),
        pytest.param([3 * HOUR, 0.0], 5, id="a failure of three hours ago is forgotten"),
        pytest.param([0.0, 0.0], 5, id="two at one instant are one"),
    ],
)
def test_each_failure_doubles_the_wait(ages_s: list[float], minutes: int) -> None:
    waits = backoff([event(REFUSED, age_s) for age_s in ages_s], now=NOW, first=FIRST)
    assert waits is not None
    assert waits.until == NOW + timedelta(minutes=minutes)


def test_a_pool_may_have_another_first_wait_and_the_longest_is_six_times_that() -> None:
    failures = [event(REFUSED, minute * MINUTE) for minute in (9, 6, 3, 0)]
    waits = backoff(failures, now=NOW, first=timedelta(seconds=10))
    assert waits is not None
    assert waits.until == NOW + timedelta(seconds=60)


def test_the_wait_ends_at_its_instant() -> None:
    events = [event(NEVER_JOINED, 5 * MINUTE)]
    assert backoff(events, now=NOW - timedelta(seconds=1), first=FIRST) is not None
    assert backoff(events, now=NOW, first=FIRST) is None


def test_a_machine_that_joins_ends_all_failures() -> None:
    events = [event(REFUSED, 40 * MINUTE), event(REFUSED, 20 * MINUTE), event(JOINED, MINUTE)]
    assert backoff(events, now=NOW, first=FIRST) is None
    again = backoff([*events, event(REFUSED, 0.0)], now=NOW, first=FIRST)
    assert again is not None
    assert again.failures == 1


def test_an_order_that_was_taken_ends_nothing() -> None:
    assert backoff([event(REFUSED, MINUTE), event(GREW, 0.0)], now=NOW, first=FIRST) is not None


def test_the_operator_reads_how_often_and_why() -> None:
    waits = backoff([event(REFUSED, 10 * MINUTE), event(NEVER_JOINED, 0.0, "m1 did not join")], now=NOW, first=FIRST)
    assert waits is not None
    assert waits.sentence == "no machine is ordered for a while after 2 failures: m1 did not join"


@given(st.lists(st.tuples(st.sampled_from(PoolEventKind), st.floats(0.0, 86400.0)), max_size=30))
def test_whatever_happened_no_pool_waits_for_longer_than_half_an_hour(
    happened: list[tuple[PoolEventKind, float]],
) -> None:
    events = sorted((event(kind, age_s) for kind, age_s in happened), key=lambda each: each.at)
    waits = backoff(events, now=NOW, first=FIRST)
    assert waits is None or NOW < waits.until <= NOW + timedelta(minutes=30)


def test_growth_and_failed_removals_are_found_again() -> None:
    events = [event(GREW, 60.0), event(PoolEventKind.REMOVAL_FAILED, 30.0), event(REFUSED, 10.0)]
    assert (grown_at(events), removal_failed_at(events)) == (ago(60.0), ago(30.0))
    assert (grown_at([]), removal_failed_at([])) == (None, None)

"""Scores, counted by hand."""

import pytest

from skep.core.foresight.contenders.oracle import ORACLE
from skep.core.foresight.contenders.static_peak import STATIC_PEAK
from skep.core.foresight.course import Course
from skep.core.foresight.scoring import score
from skep.core.foresight.supply import Supply, supply_of
from tests.core.foresight.courses import MODEL, SLOT, course

#: Slots of a steady 14, 28, 28 and 14 requests per second, which need 2, 4, 4 and 2 replicas.
HILL = Course(
    name="hill",
    model=MODEL,
    points_rps=(14.0,) * 3 + (28.0,) * 6 + (14.0,) * 3,
    rates_rps=(14.0, 28.0, 28.0, 14.0),
    measured_rps=(14.0, 14.0, 14.0, 28.0),
    demanded=(2, 4, 4, 2),
    scored_from=0,
)


def test_missing_and_idle_replicas_count_in_proportion_to_the_demand_and_by_time() -> None:
    found = score(HILL, Supply(paid=(2, 4, 4, 4), serving=(2, 1, 4, 4)))
    assert found.missing_ratio == pytest.approx((3 / 4) / 4)
    assert found.missing_time_ratio == pytest.approx(1 / 4)
    assert found.idle_ratio == pytest.approx((2 / 2) / 4)
    assert found.idle_time_ratio == pytest.approx(1 / 4)


def test_a_request_beyond_the_capacity_is_dropped_and_one_near_it_meets_busy_replicas() -> None:
    # One replica serves 10 of 28: three points drop 18 each. All of their 84 requests met more than 90 % of capacity.
    found = score(HILL, Supply(paid=(2, 4, 4, 4), serving=(2, 1, 4, 4)))
    total = 14 * 3 + 28 * 6 + 14 * 3
    assert found.dropped_ratio == pytest.approx(3 * 18 / total)
    assert found.busy_ratio == pytest.approx(3 * 28 / total)


def test_replica_hours_and_actions_are_those_of_the_count_in_the_spec() -> None:
    found = score(HILL, Supply(paid=(2, 4, 4, 3), serving=(2, 1, 4, 3)))
    assert found.replica_hours == pytest.approx(13 * 15 / 3600)
    assert found.actions_per_day == pytest.approx(2 * 24 * 60)


def test_supply_that_moves_with_demand_is_stable() -> None:
    assert score(HILL, Supply(paid=HILL.demanded, serving=HILL.demanded)).instability_ratio == 0


def test_supply_that_moves_elsewhere_is_unstable() -> None:
    # Demand moves up, not at all, and down; supply not at all, up, and down.
    found = score(HILL, Supply(paid=(2, 4, 4, 2), serving=(2, 2, 4, 2)))
    assert found.instability_ratio == pytest.approx(2 / 3)


def test_history_is_not_scored() -> None:
    late = course([70] * 3 + [7] * 3, history=8 * SLOT)
    found = score(late, Supply(paid=(1,) * 20, serving=(1,) * 20))
    assert found.missing_time_ratio == pytest.approx(sum(d > 1 for d in late.demanded[8:]) / 12)
    assert found.replica_hours == pytest.approx(12 * 15 / 3600)


@pytest.mark.parametrize(
    ("paid", "late", "serving"),
    [
        pytest.param((1, 3, 3, 3), 2, (1, 1, 1, 3), id="new ones serve after the start delay"),
        pytest.param((3, 1, 3, 3), 1, (3, 1, 1, 3), id="those taken away are gone at once"),
        pytest.param((1, 4, 2, 4, 4, 4), 2, (1, 1, 1, 2, 2, 4), id="the newest go first"),
        pytest.param((2, 5), 0, (2, 5), id="without delay all serve"),
        pytest.param((), 2, (), id="nothing"),
    ],
)
def test_what_serves_is_the_least_of_what_was_asked_for_during_the_start_delay(
    paid: tuple[int, ...], late: int, serving: tuple[int, ...]
) -> None:
    assert supply_of(paid, start_ticks=late) == Supply(paid=paid, serving=serving)


def test_the_oracle_is_never_late_and_pays_for_the_start_delay_and_one_slot() -> None:
    jump = course([7] * 3 + [70] * 3, every_s=60)
    counts = ORACLE.counts(jump)
    first_needed = next(slot for slot, demand in enumerate(jump.demanded) if demand > 1)
    assert counts[first_needed - 3] > 1
    assert counts[first_needed - 4] == 1
    assert score(jump, supply_of(counts, start_ticks=2)).missing_time_ratio == 0


def test_the_static_peak_never_moves_and_never_lacks() -> None:
    jump = course([7] * 3 + [70] * 3, every_s=60)
    found = score(jump, supply_of(STATIC_PEAK.counts(jump), start_ticks=2))
    assert (found.actions_per_day, found.missing_time_ratio) == (0, 0)

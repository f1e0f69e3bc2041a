"""What comes, what of it is seen, and what it needs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.foresight.course import demanded_replicas
from skep.core.foresight.model import ServiceModel, fitted_capacity_rps
from skep.core.foresight.terms import Terms
from tests.core.foresight.courses import MODEL, SLOT, course


def test_a_slot_has_the_mean_of_its_points() -> None:
    assert course([0, 60, 60], every_s=15).rates_rps == (20, 60)


def test_what_is_measured_is_the_mean_of_half_a_minute_that_ended_a_quarter_minute_ago() -> None:
    # The first evaluations see what there is; at 45 s it is the mean of 0 to 30 s: four points of 0 and two of 30.
    assert course([0] * 4 + [30] * 9, every_s=5).measured_rps == (0, 0, 0, 10)


def test_without_delay_the_newest_point_is_measured() -> None:
    prompt = replace(MODEL, metric_delay=timedelta(0), metric_window=timedelta(seconds=5))
    assert course([0, 10, 20, 30, 40, 50, 60], every_s=5, model=prompt).measured_rps == (0, 20)


@pytest.mark.parametrize(
    ("rate_rps", "replicas"),
    [
        pytest.param(0.0, 1, id="no load needs one"),
        pytest.param(7.0, 1, id="at its target"),
        pytest.param(7.01, 2, id="beyond its target"),
        pytest.param(0.7 * 3 * 10, 3, id="rounding noise is no load"),
    ],
)
def test_demand_is_the_fewest_replicas_that_carry_the_load_at_their_target(rate_rps: float, replicas: int) -> None:
    assert demanded_replicas(rate_rps, MODEL) == replicas


def test_the_busiest_thousandth_may_need_more_than_twenty_replicas() -> None:
    rates = tuple(float(number) for number in range(1001))
    capacity = fitted_capacity_rps(rates, target_ratio=0.7)
    assert demanded_replicas(999.0, ServiceModel(capacity_rps=capacity)) == 20
    assert demanded_replicas(1000.0, ServiceModel(capacity_rps=capacity)) == 21


def test_a_model_counts_its_delays_in_evaluations() -> None:
    terms = Terms.of(MODEL)
    assert (MODEL.start_ticks, terms.start_ticks, terms.sight_ticks, terms.lead_ticks) == (2, 2, 3, 4.5)
    slow = replace(MODEL, start_delay=timedelta(seconds=100))
    assert slow.start_ticks == 7


def test_history_that_takes_all_of_a_trace_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves nothing"):
        course([1, 1, 1], history=timedelta(minutes=2))


def test_what_is_scored_begins_after_the_history() -> None:
    assert course([1] * 5, history=2 * SLOT).scored_from == 2
    assert course([1] * 5, history=2 * SLOT).scored_length == timedelta(minutes=4) - 2 * SLOT


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"capacity_rps": 0.0}, id="no capacity"),
        pytest.param({"target_ratio": 1.5}, id="more than all of it"),
        pytest.param({"interval": timedelta(seconds=7)}, id="an interval that is no whole number of points"),
        pytest.param({"metric_window": timedelta(0)}, id="nothing measured"),
        pytest.param({"start_delay": timedelta(seconds=-1)}, id="before it is ordered"),
    ],
)
def test_what_cannot_be_replayed_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"no replica carries|is a multiple of|cannot serve before"):
        replace(MODEL, **changes)  # type: ignore[arg-type]  # of each attribute its own type

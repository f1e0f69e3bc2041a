"""Predictors, counted by hand."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.foresight.predictors import Peaks, Predictor, predictors
from skep.core.foresight.predictors.present import Present
from skep.core.foresight.predictors.recurring import Recurring
from skep.core.foresight.predictors.smoothed import Smoothed
from skep.core.foresight.predictors.trend import Trend

SLOT = timedelta(seconds=15)
EVERY = [pytest.param(predictor, id=predictor.name) for predictor in predictors(SLOT)]


def follow(predictor: Predictor, loads: list[float], *, lead_ticks: float = 4.0) -> float:
    state = predictor.begin(loads[0])
    for load in loads[1:]:
        state = predictor.advance(state, load)
    return predictor.forecast(state, lead_ticks)


def test_the_present_stays() -> None:
    assert follow(Present(), [5, 9, 2]) == 2


def test_a_mean_moves_half_of_the_way_in_its_half_life() -> None:
    minute = Smoothed(half_life=timedelta(minutes=1), interval=SLOT)
    assert follow(minute, [0, 100, 100, 100, 100]) == pytest.approx(50)


def test_a_trend_goes_on_with_a_straight_line() -> None:
    trend = Trend(half_life=timedelta(seconds=15), interval=SLOT)
    rising = [10.0 + 3 * step for step in range(200)]
    assert follow(trend, rising, lead_ticks=5) == pytest.approx(rising[-1] + 15, rel=1e-6)


def test_a_trend_of_a_level_load_is_level() -> None:
    assert follow(Trend(half_life=timedelta(minutes=1), interval=SLOT), [7.0] * 50, lead_ticks=100) == pytest.approx(7)


def test_what_recurs_follows_its_predictor_of_the_day() -> None:
    trend = Trend(half_life=timedelta(minutes=1), interval=SLOT)
    recurring = Recurring(within_day=trend, peaks=Peaks.USUAL)
    loads = [1.0, 5.0, 2.0, 8.0]
    assert follow(recurring, loads) == follow(trend, loads)
    assert (recurring.within_day, recurring.peaks) == (trend, Peaks.USUAL)


@pytest.mark.parametrize("predictor", EVERY)
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40), st.floats(0, 40))
def test_a_forecast_is_a_number_whatever_the_loads(predictor: Predictor, loads: list[float], lead: float) -> None:
    assert abs(follow(predictor, loads, lead_ticks=lead)) <= 1e9 * (2 + lead) * 4


@pytest.mark.parametrize("predictor", EVERY)
def test_a_steady_load_is_expected_to_stay(predictor: Predictor) -> None:
    assert follow(predictor, [42.0] * 30) == pytest.approx(42)


def test_no_two_predictors_share_a_name() -> None:
    names = [predictor.name for predictor in predictors(SLOT)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("predictor", EVERY)
@given(st.lists(st.floats(0, 1e9), max_size=40), st.floats(0, 40))
def test_a_course_is_to_the_last_bit_what_evaluations_make_of_one_load_after_the_other(
    predictor: Predictor, loads: list[float], lead: float
) -> None:
    state = predictor.begin(3.0)
    course = predictor.course(state, loads, lead)
    forecasts = []
    for load in loads:
        state = predictor.advance(state, load)
        forecasts.append(predictor.forecast(state, lead))
    assert course == (state, forecasts)

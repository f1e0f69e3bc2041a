"""Rates of counters survive resets, silence and nonsense."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.metrics.counters import counter_rate
from skep.core.metrics.series import Gap, GapReason, Reading, Series
from tests.builders import NOW, counter

WINDOW = timedelta(seconds=30)
MAX_AGE = timedelta(seconds=45)


def rate_of(series: Series) -> Reading | Gap:
    return counter_rate(series, as_of=NOW, window=WINDOW, max_age=MAX_AGE)


@pytest.mark.parametrize(
    ("values", "expected_per_s"),
    [
        pytest.param([100, 150, 200], 10.0, id="steady growth"),
        pytest.param([100, 100, 100], 0.0, id="a silent service is zero, not a gap"),
        pytest.param([100, 150, 200, 5, 40], (50 + 50 + 35) / 15, id="a reset leaves out its own interval"),
        pytest.param([900, 0, 0], 0.0, id="a reset to a silent counter is zero"),
        pytest.param([0, 1000] + [1000] * 7, 0.0, id="growth before the window does not count"),
    ],
)
def test_rate_is_the_mean_increase_over_the_window(values: list[float], expected_per_s: float) -> None:
    reading = rate_of(counter("proxy", values))
    assert isinstance(reading, Reading)
    assert reading.value == pytest.approx(expected_per_s)


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        pytest.param(counter("p", []), GapReason.NO_DATA, id="no points"),
        pytest.param(counter("p", [5]), GapReason.NO_DATA, id="one point has no rate"),
        pytest.param(counter("p", [500, 3]), GapReason.NO_DATA, id="only a reset"),
        pytest.param(counter("p", [1, 2, 3], age_s=46), GapReason.STALE, id="older than allowed"),
        pytest.param(counter("p", [1, 2, 3], age_s=-60), GapReason.FROM_THE_FUTURE, id="a clock that runs ahead"),
        pytest.param(counter("p", [1, float("nan")]), GapReason.NOT_A_NUMBER, id="not a number"),
        pytest.param(counter("p", [1, float("inf")]), GapReason.NOT_A_NUMBER, id="infinite"),
        pytest.param(counter("p", [-5, 1]), GapReason.NEGATIVE, id="negative"),
    ],
)
def test_what_cannot_be_trusted_is_a_gap_with_its_reason(series: Series, reason: GapReason) -> None:
    gap = rate_of(series)
    assert isinstance(gap, Gap)
    assert gap.reason is reason


@given(
    values=st.lists(st.floats(min_value=0, max_value=1e12), min_size=2, max_size=40),
    every_s=st.floats(min_value=0.1, max_value=30),
)
def test_a_rate_is_never_negative_and_never_above_the_steepest_interval(values: list[float], every_s: float) -> None:
    reading = rate_of(counter("proxy", values, every_s=every_s))
    if isinstance(reading, Reading):
        steepest = max(max(b - a, 0.0) for a, b in pairwise(values)) / every_s
        assert 0.0 <= reading.value <= steepest * (1 + 1e-6) + 1e-6

"""The peaks of the times of day."""

import numpy as np
import pytest

from skep.core.foresight.day_peaks import BIN_S, DayPeaks, ahead, no_peaks, with_loads
from skep.core.foresight.predictors import Peaks

DAY_S = 86_400


def after(days: list[float], *, bin_number: int = 100) -> DayPeaks:
    """What is known after one bin of each day went up to these loads, and the next bin was begun."""
    known = no_peaks()
    for day, peak in enumerate(days):
        start = day * DAY_S + bin_number * BIN_S
        loads, at = [peak / 2, peak, 0.0], [start, start + 15.0, start + BIN_S]
        known = with_loads(known, np.array(loads), np.array(at))
    return known


def test_nothing_is_known_at_first() -> None:
    assert no_peaks().of(Peaks.HIGHEST).max() == 0


def test_the_first_day_is_the_usual_one() -> None:
    known = after([80.0])
    assert known.of(Peaks.USUAL)[100] == pytest.approx(80)
    assert known.of(Peaks.HIGHEST)[100] == pytest.approx(80)


def test_further_days_move_the_usual_peak_and_the_highest_fades() -> None:
    known = after([80.0, 0.0])
    assert known.of(Peaks.USUAL)[100] == pytest.approx(80 - 0.3 * 80)
    assert known.of(Peaks.HIGHEST)[100] == pytest.approx(0.85 * 80)


def test_a_higher_day_is_the_highest_at_once() -> None:
    assert after([80.0, 200.0]).of(Peaks.HIGHEST)[100] == pytest.approx(200)


def test_a_bin_counts_when_it_is_over() -> None:
    known = with_loads(no_peaks(), np.array([5.0]), np.array([0.0]))
    assert known.of(Peaks.USUAL)[0] == 0
    known = with_loads(known, np.array([9.0]), np.array([60.0]))
    known = with_loads(known, np.array([1.0]), np.array([120.0]))
    assert known.of(Peaks.USUAL)[0] == pytest.approx(9)


def test_looking_ahead_finds_the_highest_bin_that_the_horizon_reaches() -> None:
    table = np.zeros(720, dtype=np.float32)
    table[[3, 4]] = (10.0, 20.0)
    at = np.array([0.0, 300.0, 420.0, 480.0, 600.0])
    assert ahead(table, at, horizon_s=90.0).tolist() == [0.0, 10.0, 20.0, 20.0, 0.0]


def test_looking_ahead_goes_on_into_the_next_day() -> None:
    table = np.zeros(720, dtype=np.float32)
    table[0] = 7.0
    assert ahead(table, np.array([DAY_S - 30.0]), horizon_s=60.0).tolist() == [7.0]


def test_no_peaks_are_no_peaks() -> None:
    assert after([80.0]).of(Peaks.NONE).max() == 0

"""What the load comes up to at each time of day: the usual peak of other days, and the highest.

Two numbers for every two minutes of the day (of UTC), kept over the days with fading weight. Short bins, because what
a clock starts (a job every hour, a show at eight) starts within seconds.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skep.core.foresight.predictors import Peaks

__all__ = ["BIN_S", "PEAKS_BYTES", "DayPeaks", "ahead", "no_peaks", "with_loads"]

BIN_S = 120
_DAY_S = 86_400
_BINS = _DAY_S // BIN_S
#: So long is each of the two tables.
PEAKS_BYTES = 4 * _BINS
#: The part of the newest day in the usual peak, and what is left of the highest after another day.
_NEWEST_DAY = 0.3
_KEPT_PER_DAY = 0.85

_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPeaks:
    """The peaks of every bin of the day, as numbers of four bytes each; below zero where none is known yet.

    Attributes:
        open_bin: the bin that is not over yet, counted from 1970; ``None`` before the first load.
        open_peak: its peak so far.
    """

    usual: bytes
    highest: bytes
    open_bin: int | None = None
    open_peak: float = 0.0

    def of(self, peaks: Peaks) -> _Floats:
        """The peaks of one kind, bin by bin; 0 where none is known."""
        if peaks is Peaks.NONE:
            return np.zeros(_BINS, dtype=np.float32)
        table = self.usual if peaks is Peaks.USUAL else self.highest
        return np.maximum(np.frombuffer(table, dtype=np.float32), 0.0)


def no_peaks() -> DayPeaks:
    """Nothing known yet."""
    unknown = np.full(_BINS, -1.0, dtype=np.float32).tobytes()
    return DayPeaks(usual=unknown, highest=unknown)


def with_loads(known: DayPeaks, loads: NDArray[np.float64], at_epoch_s: NDArray[np.float64]) -> DayPeaks:
    """What is known after more loads, none of them older than those before.

    Args:
        known: what was known before.
        loads: at least one.
        at_epoch_s: when each was measured, ascending.
    """
    bins = (at_epoch_s // BIN_S).astype(np.int64)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(bins)) + 1))
    peaks = np.maximum.reduceat(loads, starts)
    numbers = bins[starts]
    if known.open_bin == numbers[0]:
        peaks[0] = max(peaks[0], known.open_peak)
    elif known.open_bin is not None:
        numbers = np.insert(numbers, 0, known.open_bin)
        peaks = np.insert(peaks, 0, known.open_peak)
    usual = np.frombuffer(known.usual, dtype=np.float32).astype(np.float64)
    highest = np.frombuffer(known.highest, dtype=np.float32).astype(np.float64)
    over, days = numbers[:-1], np.flatnonzero(np.diff(numbers[:-1] // _BINS)) + 1
    for places, peak in zip(np.split(over % _BINS, days), np.split(peaks[:-1], days), strict=True):
        before = usual[places]
        usual[places] = np.where(before < 0, peak, before + _NEWEST_DAY * (peak - before)).astype(np.float32)
        highest[places] = np.maximum(peak, _KEPT_PER_DAY * highest[places]).astype(np.float32)
    return replace(
        known,
        usual=usual.astype(np.float32).tobytes(),
        highest=highest.astype(np.float32).tobytes(),
        open_bin=int(numbers[-1]),
        open_peak=float(peaks[-1]),
    )


def ahead(table: _Floats, at_epoch_s: NDArray[np.float64], *, horizon_s: float) -> _Floats:
    """The highest of the peaks from each instant on, over a horizon of less than a day.

    Args:
        table: peaks bin by bin.
        at_epoch_s: the instants.
        horizon_s: how far to look.
    """
    first = (at_epoch_s // BIN_S).astype(np.int64)
    last = ((at_epoch_s + horizon_s) // BIN_S).astype(np.int64)
    highest = table[first % _BINS]
    for step in range(1, int(horizon_s // BIN_S) + 2):
        is_within = first + step <= last
        highest = np.where(is_within, np.maximum(highest, table[(first + step) % _BINS]), highest)
    return highest

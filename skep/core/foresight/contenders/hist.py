"""Hist (Urgaonkar et al. 2008): what nine tenths of this hour's minutes needed on other days, corrected by its errors.

Constants as in the public simulation of its evaluators (Ali-Eldin, ``ahmedaley/Autoscalers``).
"""

import math
from bisect import insort
from collections import deque
from collections.abc import Sequence

from skep.core.foresight.contenders.minutely import minutely

__all__ = ["HIST"]

_REMEMBERED = 730
_ERRORS, _LONGEST_ERRORS = 5, 10


class _Hist:
    """A histogram of needs for each hour of the day."""

    def __init__(self) -> None:
        self._ordered: list[list[int]] = [[] for _ in range(24)]
        self._seen: list[deque[int]] = [deque() for _ in range(24)]
        self._errors: deque[float] = deque(maxlen=_LONGEST_ERRORS)

    def __call__(self, loads: Sequence[float], count: float) -> float:
        hour = (len(loads) - 1) // 60 % 24
        needed = math.ceil(loads[-1])
        self._errors.append(count - needed)
        goal = self._expected(hour, count)
        self._see(hour, needed)
        if sum(error < 0 for error in self._errors) > _ERRORS:
            self._errors.clear()
            return math.ceil(1.05 * loads[-1])
        return goal

    def _expected(self, hour: int, count: float) -> float:
        newest = list(self._errors)[-_ERRORS:]
        error = sum(newest) / _ERRORS if len(newest) == _ERRORS else 0.0
        ordered = self._ordered[hour]
        usual = ordered[int(len(ordered) * 0.9)] if ordered else count
        return usual - error if usual - error > 0 else usual - error / _ERRORS

    def _see(self, hour: int, needed: int) -> None:
        seen, ordered = self._seen[hour], self._ordered[hour]
        seen.append(needed)
        insort(ordered, needed)
        if len(seen) > _REMEMBERED:
            ordered.remove(seen.popleft())


HIST = minutely("Hist", "Urgaonkar et al. 2008: the 90th percentile of this hour on other days", _Hist)

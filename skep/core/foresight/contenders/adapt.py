"""Adapt (Ali-Eldin et al. 2012): what is missing or too many, by the mean capacity, and down four times slower.

Constants as in the public simulation of its author (``ahmedaley/Autoscalers``).
"""

import math
from collections.abc import Sequence

from skep.core.foresight.contenders.minutely import minutely

__all__ = ["ADAPT"]


class _Adapt:
    """Gathers fractions of servers until they are whole ones."""

    def __init__(self) -> None:
        self._minutes = 0
        self._sum_of_counts = 1.0
        self._gathered = 0.0

    def __call__(self, loads: Sequence[float], count: float) -> float:
        self._minutes += 1
        needed = math.ceil(loads[-1])
        mean_count = self._sum_of_counts / self._minutes
        change = (count / mean_count) * (needed - count)
        self._gathered += change / 4 if change < 0 else change
        goal = self._goal(needed, count)
        self._sum_of_counts += goal
        return goal

    def _goal(self, needed: int, count: float) -> float:
        whole = int(self._gathered)
        if self._gathered < 0:
            self._gathered -= whole
            return max(count + whole, needed)
        self._gathered -= whole
        if needed > count:
            return math.ceil(1.1 * needed) + whole
        return count


ADAPT = minutely("Adapt", "Ali-Eldin et al. 2012: the change in proportion to the mean capacity", _Adapt)

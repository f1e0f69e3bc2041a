"""Reg (Iqbal et al. 2011): up as soon as there are too few, down to a parabola through the last hour, a fifth added.

Constants as in the public simulation of its evaluators (Ali-Eldin, ``ahmedaley/Autoscalers``).
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from skep.core.foresight.contenders.minutely import Controller, minutely

__all__ = ["REG"]

_MINUTES = 60
_PARABOLA = 3


def _begin() -> Controller:
    return _next


def _next(loads: Sequence[float], count: float) -> float:
    load = loads[-1]
    if count > math.ceil(load):
        fitted = _newest_of_parabola(loads[-_MINUTES:])
        return min(1.2 * math.ceil(fitted), count) if math.ceil(fitted) > 0 else count
    return math.ceil(1.05 * load) if load > count else count


def _newest_of_parabola(loads: Sequence[float]) -> float:
    needed = np.ceil(np.asarray(loads))
    if len(needed) < _PARABOLA:
        return float(needed[-1])
    return float(needed @ _weights(len(needed)))


@lru_cache(maxsize=_MINUTES + 1)
def _weights(minutes: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What each minute counts in the newest value of the parabola that fits them best."""
    powers = np.vander(np.arange(minutes, dtype=np.float64) - (minutes - 1), _PARABOLA)
    weights: np.ndarray[tuple[int], np.dtype[np.float64]] = np.linalg.pinv(powers)[-1]
    return weights


REG = minutely("Reg", "Iqbal et al. 2011: reactive up, down along a fitted parabola", _begin)

"""React (Chieu et al. 2009): a fifth more than is missing at once, down to a fifth above the load.

Constants as in the public simulation of its evaluators (Ali-Eldin, ``ahmedaley/Autoscalers``).
"""

import math
from collections.abc import Sequence

from skep.core.foresight.contenders.minutely import Controller, minutely

__all__ = ["REACT"]


def _begin() -> Controller:
    return _next


def _next(loads: Sequence[float], count: float) -> float:
    load = loads[-1]
    missing = math.ceil(load) - count
    if missing > 0:
        return count + int(1.2 * missing)
    if 1.1 * load < count:
        return 1.2 * math.ceil(load)
    return count


REACT = minutely("React", "Chieu et al. 2009: thresholds, a fifth more than needed", _begin)

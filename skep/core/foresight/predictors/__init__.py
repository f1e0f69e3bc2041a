"""Predictors: from the loads measured so far to the load that will be there when new replicas serve. One per file.

A predictor remembers a few numbers, and each evaluation costs a few operations. The same arithmetic looks back over
days when rules are compared and looks ahead in each evaluation.
"""

from datetime import timedelta
from functools import lru_cache

from skep.core.foresight.predictors.predictor import Peaks, Predictor, State
from skep.core.foresight.predictors.present import Present
from skep.core.foresight.predictors.recurring import Recurring
from skep.core.foresight.predictors.smoothed import Smoothed
from skep.core.foresight.predictors.trend import Trend

__all__ = ["Peaks", "Predictor", "State", "predictors"]

_MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=64)
def predictors(interval: timedelta) -> tuple[Predictor, ...]:
    """All that there are, for evaluations that far apart."""
    present = Present()
    steep = Trend(half_life=_MINUTE / 4, interval=interval)
    return (
        present,
        Smoothed(half_life=_MINUTE, interval=interval),
        Smoothed(half_life=5 * _MINUTE, interval=interval),
        Smoothed(half_life=15 * _MINUTE, interval=interval),
        steep,
        Trend(half_life=_MINUTE, interval=interval),
        Recurring(within_day=present, peaks=Peaks.USUAL),
        Recurring(within_day=present, peaks=Peaks.HIGHEST),
        Recurring(within_day=steep, peaks=Peaks.USUAL),
        Recurring(within_day=steep, peaks=Peaks.HIGHEST),
    )

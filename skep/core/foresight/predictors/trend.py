"""The load goes on rising or falling as it has of late: what is ordered now serves a little later.

Brown's double exponential smoothing: the mean, and the mean of the means, which lags behind twice as far. Their
distance tells the slope.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from skep.core.foresight.predictors.predictor import Peaks, Predictor, State
from skep.core.foresight.predictors.smoothed import weight

__all__ = ["Trend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Expects a straight line through the loads so far, in which newer ones count more."""

    half_life: timedelta
    interval: timedelta
    _weight: float = field(init=False, repr=False)
    _slope_per_distance: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out the weights once."""
        part = weight(half_life=self.half_life, interval=self.interval)
        object.__setattr__(self, "_weight", part)
        object.__setattr__(self, "_slope_per_distance", part / (1.0 - part))

    @property
    def name(self) -> str:
        """The trend of the last seconds or minutes."""
        seconds = self.half_life.total_seconds()
        return f"the trend of the last {f'{seconds / 60:g} min' if seconds >= 60 else f'{seconds:g} s'}"  # noqa: PLR2004 - a minute

    @property
    def within_day(self) -> Predictor:
        """Itself."""
        return self

    @property
    def peaks(self) -> Peaks:
        """None."""
        return Peaks.NONE

    def begin(self, load: float) -> State:
        """Level, without a slope."""
        return (load, load)

    def advance(self, state: State, load: float) -> State:
        """Both means moved a part of the way, the second towards the first."""
        mean, slow = state
        mean += self._weight * (load - mean)
        return (mean, slow + self._weight * (mean - slow))

    def forecast(self, state: State, lead_ticks: float) -> float:
        """The line, carried on."""
        mean, slow = state
        distance = mean - slow
        return mean + distance + self._slope_per_distance * distance * lead_ticks

    def course(self, state: State, loads: Sequence[float], lead_ticks: float) -> tuple[State, list[float]]:
        """The line after each load, carried on."""
        mean, slow = state
        weight, slope = self._weight, self._slope_per_distance
        lines: list[float] = []
        for load in loads:
            mean += weight * (load - mean)
            slow += weight * (mean - slow)
            distance = mean - slow
            lines.append(mean + distance + slope * distance * lead_ticks)
        return (mean, slow), lines

"""The load comes back to its mean of late: good where it is mere noise around a level."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from skep.core.foresight.predictors.predictor import Peaks, Predictor, State

__all__ = ["Smoothed", "weight"]


def weight(*, half_life: timedelta, interval: timedelta) -> float:
    """The part that one measurement has in a mean in which older ones count half as much after each half-life."""
    remaining: float = 0.5 ** (interval / half_life)
    return 1.0 - remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """Expects an exponentially weighted mean of the loads so far."""

    half_life: timedelta
    interval: timedelta
    _weight: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out the weight once."""
        object.__setattr__(self, "_weight", weight(half_life=self.half_life, interval=self.interval))

    @property
    def name(self) -> str:
        """The mean of the last minutes."""
        return f"the mean of the last {self.half_life.total_seconds() / 60:g} min"

    @property
    def within_day(self) -> Predictor:
        """Itself."""
        return self

    @property
    def peaks(self) -> Peaks:
        """None."""
        return Peaks.NONE

    def begin(self, load: float) -> State:
        """The load is the mean."""
        return (load,)

    def advance(self, state: State, load: float) -> State:
        """The mean moved a part of the way towards the load."""
        return (state[0] + self._weight * (load - state[0]),)

    def forecast(self, state: State, _lead_ticks: float) -> float:
        """The mean, however far ahead."""
        return state[0]

    def course(self, state: State, loads: Sequence[float], _lead_ticks: float) -> tuple[State, list[float]]:
        """The mean after each load."""
        (mean,) = state
        weight = self._weight
        means: list[float] = []
        for load in loads:
            mean += weight * (load - mean)
            means.append(mean)
        return (mean,), means

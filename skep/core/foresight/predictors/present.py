"""The load stays as it is: for a short time nothing is better, and a margin does the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from skep.core.foresight.predictors.predictor import Peaks, Predictor, State

__all__ = ["Present"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Expects the load of now."""

    @property
    def name(self) -> str:
        """The load of now."""
        return "the load of now"

    @property
    def within_day(self) -> Predictor:
        """Itself."""
        return self

    @property
    def peaks(self) -> Peaks:
        """None."""
        return Peaks.NONE

    def begin(self, load: float) -> State:
        """The load alone."""
        return (load,)

    def advance(self, _state: State, load: float) -> State:
        """The new load, without a memory of the old one."""
        return (load,)

    def forecast(self, state: State, _lead_ticks: float) -> float:
        """The newest load, however far ahead."""
        return state[0]

    def course(self, state: State, loads: Sequence[float], _lead_ticks: float) -> tuple[State, list[float]]:
        """Each load as it came."""
        return (loads[-1],) if loads else state, list(loads)

"""What was at this time on other days comes again: peaks that no trend could tell, because they come at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from skep.core.foresight.predictors.predictor import Peaks, Predictor, State

__all__ = ["Recurring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """Expects what another predictor expects of the day so far, and no less than the peaks of other days.

    Peaks are learned apart from the state (see ``day_peaks``), since all predictors share them.
    """

    within_day: Predictor
    peaks: Peaks

    @property
    def name(self) -> str:
        """What it expects within the day, and of other days."""
        return f"{self.within_day.name} or the {self.peaks} peak of this time of day"

    def begin(self, load: float) -> State:
        """As the predictor within the day."""
        return self.within_day.begin(load)

    def advance(self, state: State, load: float) -> State:
        """As the predictor within the day."""
        return self.within_day.advance(state, load)

    def forecast(self, state: State, lead_ticks: float) -> float:
        """As the predictor within the day; whoever knows the peaks takes the larger."""
        return self.within_day.forecast(state, lead_ticks)

    def course(self, state: State, loads: Sequence[float], lead_ticks: float) -> tuple[State, list[float]]:
        """As the predictor within the day."""
        return self.within_day.course(state, loads, lead_ticks)

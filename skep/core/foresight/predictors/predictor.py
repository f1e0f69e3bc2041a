"""What every predictor can do."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

__all__ = ["Peaks", "Predictor", "State"]

#: What a predictor remembers from one evaluation to the next; each knows how many numbers its own are.
State = tuple[float, ...]


class Peaks(StrEnum):
    """Which peaks of the same time on other days are expected again: none, the usual ones, or the highest."""

    NONE = "none"
    USUAL = "usual"
    HIGHEST = "highest"


class Predictor(Protocol):
    """A way to tell the load to come from the loads so far, without a random part and without a memory of its own."""

    @property
    def name(self) -> str:
        """By which rules name it, and which completes "expects …"."""

    @property
    def within_day(self) -> "Predictor":
        """What it makes of the last minutes and hours; itself, unless it also looks at other days."""

    @property
    def peaks(self) -> Peaks:
        """The peaks of other days that it will not stay below."""

    def begin(self, load: float) -> State:
        """The state after a first measurement."""

    def advance(self, state: State, load: float) -> State:
        """The state after one more measurement, an interval later."""

    def forecast(self, state: State, lead_ticks: float) -> float:
        """The load that many intervals after the newest measurement; may be negative, where a trend goes on down."""

    def course(self, state: State, loads: Sequence[float], lead_ticks: float) -> tuple[State, list[float]]:
        """The state after measurements an interval apart, and what was forecast at each.

        To the last bit what :meth:`advance` and :meth:`forecast` say in turn, and several times as fast: of a week
        there are 40,000 measurements.
        """

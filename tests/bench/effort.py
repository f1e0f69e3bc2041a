"""How often things are repeated."""

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "Effort"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Repetitions.

    Attributes:
        quiet_ticks: evaluations of the worker, one each five seconds, without load.
        in_process_ticks: evaluations one after the other.
        surges: half a minute each.
        starts: of a program.
    """

    quiet_ticks: int
    in_process_ticks: int
    surges: int
    starts: int


FULL = Effort(quiet_ticks=30, in_process_ticks=30, surges=5, starts=9)
QUICK = Effort(quiet_ticks=6, in_process_ticks=10, surges=2, starts=3)

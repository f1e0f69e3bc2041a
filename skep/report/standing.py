"""What reports need to know of a service: the shape of an answer, wherever it was made."""

from datetime import timedelta
from typing import Protocol

from skep.core.bounds import Bounds
from skep.core.decision import Decision, Hold, Pause

__all__ = ["OLD_DECISION", "Asked", "Standing"]

#: Evaluations come every few seconds; a decision older than this means that nobody decides any more.
OLD_DECISION = timedelta(minutes=2)


class Standing(Protocol):
    """How one service stands right now."""

    @property
    def name(self) -> str:
        """The service's name."""

    @property
    def replicas(self) -> int | None:
        """The count in its spec; ``None`` where its mode has none."""

    @property
    def running(self) -> int:
        """How many replicas serve."""

    @property
    def is_enabled(self) -> bool:
        """Whether its labels ask skep to scale it, rightly or wrongly written."""

    @property
    def bounds(self) -> Bounds | None:
        """Its bounds; ``None`` where skep does not scale it or its labels are wrong."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with its labels, a sentence each."""

    @property
    def decision(self) -> Decision | None:
        """The latest decision, if there was one."""

    @property
    def hold(self) -> Hold | None:
        """A person's hold in force."""

    @property
    def pause(self) -> Pause | None:
        """The pause in force, of this service or of all."""


class Asked(Protocol):
    """What the metrics store is asked about a service."""

    @property
    def about(self) -> str:
        """The signal, or the operator's name for a metric."""

    @property
    def statement(self) -> str:
        """For this service alone."""

"""What may go wrong with a statement, as values: each becomes a gap with a reason."""

from dataclasses import dataclass
from enum import StrEnum

from skep.core.metrics.series import Gap, GapReason

__all__ = ["Fault", "StoreFailure", "Trouble"]


class Fault(StrEnum):
    """Who may be to blame, which says what to do with an operator's query."""

    #: The store or the way to it: no statement could change that.
    STORE = "store"
    #: Perhaps the statement, with the data as it is now: too much, too slow, a wrong type, a foreign database.
    QUERY = "query"
    #: The text of a statement: it will be refused for as long as it stays the same.
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no answer to a statement.

    Attributes:
        detail: what happened and what mends it, in words for the operator.
        is_shared: the request carried other statements too, and any of them may be to blame.
    """

    fault: Fault
    reason: GapReason
    detail: str
    is_shared: bool = False

    @property
    def gap(self) -> Gap:
        """The gap that it leaves."""
        return Gap(reason=self.reason, detail=self.detail)


class StoreFailure(Exception):
    """A request brought no answer at all; carries its trouble to the one place that reads it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble

"""The outcome of one look."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Check", "Health"]


class Health(StrEnum):
    """How something stands."""

    WELL = "well"
    #: It works, and should not stay so.
    WARNING = "warning"
    FAILURE = "failure"
    #: Nobody looked, because something else failed before, or because where it is was not said.
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        about: what, in a word or two.
        found: a sentence.
        mend: what to do about it; empty where it is well.
    """

    about: str
    health: Health
    found: str
    mend: str = ""

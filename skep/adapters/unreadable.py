"""Stored values that cannot be read: written by another version, or damaged."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

__all__ = ["Unreadable"]

_LOG = logging.getLogger(__name__)

_MOST_REMEMBERED = 10_000

#: Beyond wrong JSON there may be numbers that are none, instants that no calendar has, and lists in lists without end.
_FAULTS = (msgspec.DecodeError, ValueError, OverflowError, OSError, RecursionError)

_Value = TypeVar("_Value")


class Unreadable:
    """Says of each such value once that it is treated as absent, however often it is met again."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said: set[str] = set()

    def decoded(self, what: str, raw: object, decode: Callable[[Any], _Value]) -> _Value | None:
        """The value of what is stored; ``None`` where nothing is, or, which is noted, where it cannot be read.

        Args:
            what: names it in the log.
            raw: as it is stored.
            decode: raises one of the errors of msgspec, or of numbers and instants, where it cannot read it.
        """
        if raw is None:
            return None
        try:
            return decode(raw)
        except _FAULTS as error:
            self.note(what, error)
            return None

    def note(self, what: str, error: Exception) -> None:
        """Log that ``what`` could not be read, unless that was said before."""
        if what in self._said:
            return
        if len(self._said) >= _MOST_REMEMBERED:
            self._said.clear()
        self._said.add(what)
        _LOG.warning("%s cannot be read and counts as absent: %s", what, error)

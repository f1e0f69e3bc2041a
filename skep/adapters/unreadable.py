"""Stored values that cannot be read: written by another version, or damaged."""

import logging

__all__ = ["Unreadable"]

_LOG = logging.getLogger(__name__)

_MOST_REMEMBERED = 10_000


class Unreadable:
    """Says of each such value once that it is treated as absent, however often it is met again."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said: set[str] = set()

    def note(self, what: str, error: Exception) -> None:
        """Log that ``what`` could not be read, unless that was said before."""
        if what in self._said:
            return
        if len(self._said) >= _MOST_REMEMBERED:
            self._said.clear()
        self._said.add(what)
        _LOG.warning("%s cannot be read and counts as absent: %s", what, error)

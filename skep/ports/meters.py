"""Counts of skep's own work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from skep.core.meters import Reading, Readings

__all__ = ["MeterArchive", "Meters"]


class Meters(Protocol):
    """The numbers that skep tells about itself, shared by all its processes."""

    def count(self, counts: Sequence[Reading]) -> None:
        """Add to counters. Never raises: what is counted is more important than that it is."""

    def put(self, gauges: Sequence[Reading], *, at: datetime) -> None:
        """Replace all gauges.

        Raises:
            Temporary: the store is out of reach (as for all that follow).
        """

    def drop(self, gone: Sequence[Reading]) -> None:
        """Forget the series of counters that nobody will add to any more."""

    def read(self) -> Readings:
        """All that can be read now; nothing, where that was lost."""


class MeterArchive(Protocol):
    """Where the course of skep's own numbers is kept."""

    def write(self, readings: Sequence[Reading], *, at: datetime) -> None:
        """Add a point of each.

        Raises:
            Temporary: the store is out of reach.
            Permanent: it refuses us.
        """

"""The clock of this machine: the one place that may ask what time it is."""

from datetime import UTC, datetime

__all__ = ["SystemClock"]


class SystemClock:
    """Implements :class:`skep.ports.Clock`."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

__all__ = ["FakeClock"]


class FakeClock:
    """Implements :class:`skep.ports.Clock`."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Jump to an instant, backwards too: clocks are corrected."""
        self._now = now

    def advance(self, span: timedelta) -> None:
        """Let time pass."""
        self._now += span

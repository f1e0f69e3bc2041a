"""How long a command waits."""

from datetime import timedelta

from cli.desk import Timer

__all__ = ["Deadline"]


class Deadline:
    """A time from now on, after which nobody waits any longer."""

    def __init__(self, timer: Timer, patience: timedelta) -> None:
        self._timer = timer
        self._end_s = timer.monotonic() + patience.total_seconds()

    @property
    def left(self) -> timedelta:
        """What is left of it; nothing once it has passed."""
        return timedelta(seconds=max(self._end_s - self._timer.monotonic(), 0.0))

    @property
    def has_passed(self) -> bool:
        """Whether it is over."""
        return not self.left

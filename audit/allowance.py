"""How often somebody may come: so many at once, and as many again per minute."""

import time
from collections.abc import Callable

__all__ = ["Allowance"]

_MINUTE_S = 60.0


class Allowance:
    """A bucket of tokens that fills by itself; whoever comes takes one."""

    def __init__(self, per_minute: int, *, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        """Begin with a full bucket.

        Args:
            per_minute: what it holds, and what flows in per minute.
            elapsed_s: seconds since some instant; never goes back.
        """
        self._per_minute = per_minute
        self._elapsed_s = elapsed_s
        self._tokens = float(per_minute)
        self._filled_at_s = elapsed_s()

    def take(self) -> float:
        """Take a token: 0 where there was one, else in how many seconds there will be."""
        now_s = self._elapsed_s()
        flowed_in = (now_s - self._filled_at_s) * self._per_minute / _MINUTE_S
        self._tokens = min(self._tokens + flowed_in, float(self._per_minute))
        self._filled_at_s = now_s
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) * _MINUTE_S / self._per_minute

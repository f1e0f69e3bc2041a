"""Waiting for what must come true, without betting on how long it takes."""

import time
from collections.abc import Callable

__all__ = ["eventually"]

#: Less than an ordinary test may take in all, so that the condition is named, and not only the test.
_PATIENCE_S = 50.0


def eventually(condition: Callable[[], object], *, within_s: float = _PATIENCE_S, every_s: float = 0.01) -> None:
    """Wait until ``condition`` holds.

    Raises:
        AssertionError: if it does not within a time that is generous on any machine.
    """
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, f"{condition} did not come true within {within_s} s"
        time.sleep(every_s)

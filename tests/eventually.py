"""Waiting for what must come true, without betting on how long it takes."""

import time
from collections.abc import Callable

__all__ = ["eventually"]


def eventually(condition: Callable[[], object], *, within_s: float = 20.0, every_s: float = 0.01) -> None:
    """Wait until ``condition`` holds.

    Raises:
        AssertionError: if it does not within a time that is generous on any machine.
    """
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, f"{condition} did not come true within {within_s} s"
        time.sleep(every_s)

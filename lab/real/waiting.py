"""Wait for a condition by asking for it, never by sleeping for a guessed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from lab.real.errors import LabUnavailable

_PAUSE = timedelta(milliseconds=50)


class WaitedInVainError(LabUnavailable):
    """The condition did not come true in time."""


def until(condition: Callable[[], bool], *, patience: timedelta, what: str, every: timedelta = _PAUSE) -> None:
    """Return as soon as `condition()` holds, which is looked at once in `every`.

    Raises:
        WaitedInVainError: when it does not hold within `patience`; `what` completes the sentence "Waited 30 s for ...".
    """
    deadline = time.monotonic() + patience.total_seconds()
    while not condition():
        if time.monotonic() >= deadline:
            message = f"Waited {patience.total_seconds():g} s for {what}, in vain."
            raise WaitedInVainError(message)
        time.sleep(every.total_seconds())

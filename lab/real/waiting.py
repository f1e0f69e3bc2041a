"""Wait for a condition by asking for it, never by sleeping for a guessed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from lab.real.errors import LabUnavailable

_PAUSE_S = 0.05


class WaitedInVainError(LabUnavailable):
    """The condition did not come true in time."""


def until(condition: Callable[[], bool], *, patience: timedelta, what: str) -> None:
    """Return as soon as `condition()` holds.

    Raises:
        WaitedInVainError: when it does not hold within `patience`; `what` completes the sentence "Waited 30 s for ...".
    """
    deadline = time.monotonic() + patience.total_seconds()
    while not condition():
        if time.monotonic() >= deadline:
            message = f"Waited {patience.total_seconds():g} s for {what}, in vain."
            raise WaitedInVainError(message)
        time.sleep(_PAUSE_S)

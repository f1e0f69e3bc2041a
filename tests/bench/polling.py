"""Looking now and then whether something has come, seldom enough to disturb nothing that is being measured."""

import time
from collections.abc import Callable
from datetime import timedelta

from lab.real import LabUnavailable

__all__ = ["poll"]


def poll(condition: Callable[[], bool], *, every: timedelta, patience: timedelta, what: str) -> None:
    """Return soon after ``condition()`` holds.

    Raises:
        LabUnavailable: when it does not within ``patience``; ``what`` ends the sentence.
    """
    deadline_s = time.monotonic() + patience.total_seconds()
    while not condition():
        if time.monotonic() > deadline_s:
            raise LabUnavailable(f"Waited {patience.total_seconds():g} s for {what}, in vain.")
        time.sleep(every.total_seconds())

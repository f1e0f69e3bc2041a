"""Waiting for the world: it is looked at again and again until it is as it should be, or patience ends."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

__all__ = ["becomes"]

Sight = TypeVar("Sight")

_PAUSE_S = 0.05
# Nothing here is waited for that takes longer than half a minute on two idle cores.
_PATIENCE = timedelta(seconds=120)


def becomes(
    look: Callable[[], Sight], is_right: Callable[[Sight], object], *, what: str, within: timedelta = _PATIENCE
) -> Sight:
    """The first sight that is right.

    Args:
        look: what is there now.
        is_right: whether that is what was waited for.
        what: completes the sentence "waited 120 s for ...".
        within: generous on any machine; nobody measures by it.

    Raises:
        AssertionError: with what was seen last, when patience ends.
    """
    give_up_at = time.monotonic() + within.total_seconds()
    while not is_right(seen := look()):
        assert time.monotonic() < give_up_at, f"waited {within.total_seconds():g} s for {what}; saw at last: {seen}"
        time.sleep(_PAUSE_S)
    return seen

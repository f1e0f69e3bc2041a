"""Keys, one by one and without Enter, as long as a view is shown."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Keys", "keys"]

_ESCAPE = "\x1b"
_LONGEST = 8


class Keys:
    """What is pressed at the terminal of standard input."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def next(self, *, within_s: float) -> str:
        """The next key, ``up`` and ``down`` by name; empty if none was pressed in time."""
        ready, _, _ = select.select([self._descriptor], [], [], within_s)
        if not ready:
            return ""
        pressed = os.read(self._descriptor, _LONGEST).decode(errors="replace")
        return _NAMES.get(pressed, pressed[:1])


_NAMES = {f"{_ESCAPE}[A": "up", f"{_ESCAPE}[B": "down", f"{_ESCAPE}OA": "up", f"{_ESCAPE}OB": "down"}


@contextmanager
def keys() -> Iterator[Keys]:
    """Keys as they are pressed, without showing them; the terminal is left as it was found."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

"""Somebody who looks again and again beside whoever sits at the keys, so that no key waits for an answer."""

import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Generic, Self, TypeVar

__all__ = ["Lookout"]

T = TypeVar("T")

#: An answer that is on its way is waited for so long at the end, and then left.
_GRACE_S = 1.0


class Lookout(Generic[T]):
    """Looks in a thread of its own from entering a ``with`` block to its end."""

    def __init__(self, look: Callable[[], T], *, every: timedelta) -> None:
        """Keep what to do.

        Args:
            look: raises nothing.
            every: the time between the end of a look and the next.
        """
        self._look = look
        self._every_s = every.total_seconds()
        self._is_over = threading.Event()
        self._latest: tuple[T, ...] = ()
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join(_GRACE_S)

    def take(self) -> T | None:
        """What was seen since this was last asked; ``None`` for nothing new."""
        latest, self._latest = self._latest, ()
        return latest[0] if latest else None

    def _run(self) -> None:
        while not self._is_over.is_set():
            self._latest = (self._look(),)
            self._is_over.wait(self._every_s)

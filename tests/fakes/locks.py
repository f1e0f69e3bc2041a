"""Locks that live as long as the test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from skep.errors import Temporary
from skep.ports import Clock
from tests.fakes.clock import FakeClock

__all__ = ["FakeLocks"]


class FakeLocks:
    """Implements :class:`skep.ports.Locks` for any number of threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._ends: dict[str, tuple[object, datetime]] = {}
        self._one_at_a_time = Lock()
        self._is_down = False
        self._before: dict[str, Callable[[], object]] = {}

    def just_before(self, name: str, happens: Callable[[], object]) -> None:
        """Have something happen, once, when somebody is about to take that lock: too late for what was read before."""
        self._before[name] = happens

    def break_down(self) -> None:
        """Be out of reach until :meth:`come_back`."""
        self._is_down = True

    def come_back(self) -> None:
        """Answer again."""
        self._is_down = False

    def is_held(self, name: str) -> bool:
        """Whether anybody holds the lock now."""
        return name in self._ends and self._clock.now() < self._ends[name][1]

    def claim(self, name: str, *, ttl: timedelta) -> bool:
        return self._take(f"claim of {name}", object(), ttl)

    @contextmanager
    def hold(self, name: str, *, ttl: timedelta) -> Iterator[bool]:
        if name in self._before:
            self._before.pop(name)()
        owner = object()
        is_held = self._take(name, owner, ttl)
        try:
            yield is_held
        finally:
            if is_held and not self._is_down:
                self._release(name, owner)

    def _take(self, name: str, owner: object, ttl: timedelta) -> bool:
        if ttl < timedelta(milliseconds=1):
            raise ValueError(f"it must be taken for at least a millisecond, not {ttl}")
        if self._is_down:
            raise Temporary("the fake locks are out of reach")
        with self._one_at_a_time:
            if self.is_held(name):
                return False
            self._ends[name] = (owner, self._clock.now() + ttl)
            return True

    def _release(self, name: str, owner: object) -> None:
        with self._one_at_a_time:
            if name in self._ends and self._ends[name][0] is owner:
                del self._ends[name]

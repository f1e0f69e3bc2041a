"""Locks that all workers share."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

__all__ = ["Locks"]


class Locks(Protocol):
    """Mutual exclusion between workers; an optimisation, since Swarm's version index is the fence."""

    def hold(self, name: str, *, ttl: timedelta) -> AbstractContextManager[bool]:
        """Try once, without waiting; the block runs either way and is told whether the lock is held.

        The lock ends with the block or after ``ttl``, and only its owner releases it.

        Raises:
            Temporary: the store of locks is out of reach.
        """

    def claim(self, name: str, *, ttl: timedelta) -> bool:
        """Take ``name`` for ``ttl`` and never give it back early: whether this caller was the first.

        For what must happen once per period however many ask for it.

        Raises:
            Temporary: the store of locks is out of reach.
        """

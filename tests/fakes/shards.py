"""Shares handed out and in, in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

from skep.core.cluster import Cluster
from skep.errors import Temporary
from skep.ports import Clock, Gathered, Share, Wants
from tests.fakes.clock import FakeClock

__all__ = ["FakeShards"]


class FakeShards:
    """Implements :class:`skep.ports.Shards` for any number of threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._one_at_a_time = Lock()
        self._is_down = False
        self._first: Share | None = None
        self._cluster: Cluster | None = None
        self._shares: dict[int, Share] = {}
        self._until: dict[int, datetime] = {}
        self._wants: dict[int, Wants] = {}

    def break_down(self) -> None:
        """Be out of reach until :meth:`come_back`."""
        self._is_down = True

    def come_back(self) -> None:
        """Answer again."""
        self._is_down = False

    def begin(self, shares: Sequence[Share], *, cluster: Cluster | None, ttl: timedelta) -> bool:
        self._reach()
        now = self._clock.now()
        with self._one_at_a_time:
            if any(now < until for until in self._until.values()):
                return False
            self._first, self._cluster = shares[0], cluster
            self._shares = {share.number: share for share in shares[1:]}
            self._until, self._wants = {0: now + ttl}, {}
            return True

    def take(self, evaluation: int, number: int, *, ttl: timedelta) -> Share | None:
        self._reach()
        with self._one_at_a_time:
            share = self._shares.pop(number, None) if self._is_of(evaluation) else None
            if share is not None:
                self._until[number] = self._clock.now() + ttl
            return share

    def hand_in(self, evaluation: int, number: int, wants: Wants) -> bool:
        self._reach()
        with self._one_at_a_time:
            if not self._is_of(evaluation) or self._until.pop(number, None) is None:
                return False
            self._wants[number] = wants
            return self._is_complete()

    def give_up(self, evaluation: int, number: int) -> None:
        self._reach()
        with self._one_at_a_time:
            if self._is_of(evaluation):
                self._until.pop(number, None)

    def gather(self, evaluation: int) -> Gathered | None:
        self._reach()
        with self._one_at_a_time:
            first, cluster = self._first, self._cluster
            if first is None or cluster is None or not self._is_of(evaluation) or not self._is_complete():
                return None
            self._cluster = None
            return Gathered(
                evaluation=evaluation,
                now=first.now,
                cluster=cluster,
                knowledge=first.knowledge,
                wants=tuple(wants for _, wants in sorted(self._wants.items())),
            )

    def _is_of(self, evaluation: int) -> bool:
        return self._first is not None and self._first.evaluation == evaluation

    def _is_complete(self) -> bool:
        return self._first is not None and len(self._wants) == self._first.of

    def _reach(self) -> None:
        if self._is_down:
            raise Temporary("the fake shards are out of reach")

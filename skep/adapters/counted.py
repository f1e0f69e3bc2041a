"""Memory, journal and locks that count what passes through them; they are what they wrap in every other respect."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import redis

from skep.adapters.redis_memory import RedisMemory
from skep.core.decision import Decision, Recommendation
from skep.core.foresight.following import Followed
from skep.core.meters import Reading, counts_of_decisions, counts_of_entries
from skep.core.outside import Sighting
from skep.core.policy import Signal
from skep.core.record import Entry
from skep.ports import Backlog, Excerpt, Journal, Locks, Meters

__all__ = ["CountedJournal", "CountedLocks", "CountedMemory"]


class CountedMemory(RedisMemory):
    """Counts decisions when an evaluation has them remembered."""

    def __init__(self, client: redis.Redis, meters: Meters, *, prefix: str = "skep:") -> None:
        """As :class:`RedisMemory`, counting on ``meters``."""
        super().__init__(client, prefix=prefix)
        self._meters = meters

    def remember(
        self,
        *,
        recommendations: Mapping[str, Sequence[Recommendation]],
        decisions: Sequence[Decision],
        sightings: Mapping[str, Sighting] | None = None,
        followed: Mapping[str, Followed] | None = None,
        ages: Mapping[Signal, timedelta] | None = None,
        forget: Iterable[str] = (),
    ) -> None:
        """Remember, then count."""
        super().remember(
            recommendations=recommendations,
            decisions=decisions,
            sightings=sightings,
            followed=followed,
            ages=ages,
            forget=forget,
        )
        self._meters.count(counts_of_decisions(decisions))


class CountedJournal:
    """Counts entries once they are written."""

    def __init__(self, journal: Journal, meters: Meters) -> None:
        """Wrap a journal."""
        self._journal = journal
        self._meters = meters

    def append(self, entries: Sequence[Entry]) -> None:
        """Append, then count."""
        self._journal.append(entries)
        self._meters.count(counts_of_entries(entries))

    def append_once(self, entry: Entry, name: str) -> bool:
        """Append, then count what was added."""
        is_new = self._journal.append_once(entry, name)
        if is_new:
            self._meters.count(counts_of_entries([entry]))
        return is_new

    def read(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> tuple[Entry, ...]:
        """As the journal itself."""
        return self._journal.read(service=service, since=since, until=until, limit=limit, with_states=with_states)

    def excerpt(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> Excerpt:
        """As the journal itself."""
        return self._journal.excerpt(service=service, since=since, until=until, limit=limit, with_states=with_states)

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> Excerpt:
        """As the journal itself."""
        return self._journal.courses(services, since=since, every=every)

    def orders(self) -> tuple[Entry, ...]:
        """As the journal itself."""
        return self._journal.orders()

    def forward(self, *, limit: int = 1000) -> int:
        """As the journal itself."""
        return self._journal.forward(limit=limit)

    def backlog(self) -> Backlog:
        """As the journal itself."""
        return self._journal.backlog()


class CountedLocks:
    """Counts locks that somebody else holds, by what stands before the colon of their name."""

    def __init__(self, locks: Locks, meters: Meters) -> None:
        """Wrap locks."""
        self._locks = locks
        self._meters = meters

    @contextmanager
    def hold(self, name: str, *, ttl: timedelta) -> Iterator[bool]:
        """Hold, and count where that was refused."""
        with self._locks.hold(name, ttl=ttl) as is_held:
            if not is_held:
                kind = name.partition(":")[0]
                self._meters.count([Reading(meter="skep_lock_busy_total", labels=(kind,), value=1)])
            yield is_held

    def claim(self, name: str, *, ttl: timedelta) -> bool:
        """As the locks themselves: who comes second to a claim waits for nothing."""
        return self._locks.claim(name, ttl=ttl)

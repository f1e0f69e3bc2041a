"""The journal as a whole: written to Redis at once, carried to InfluxDB when it can be, read from both."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from skep.adapters.filing import Filed, Shelf, Span, newest_first, sampled
from skep.adapters.influx_journal import EntriesRefused, InfluxJournal
from skep.adapters.redis_journal import RedisJournal
from skep.core.record import Entry
from skep.errors import SkepError
from skep.ports import Backlog, Excerpt

__all__ = ["ArchivedJournal"]

_LOG = logging.getLogger(__name__)

#: So many entries travel in one request, whole decisions included.
_AT_ONCE = 500
_MOST_WAITING = 10_000


class ArchivedJournal:
    """A journal whose recent part is in Redis and whose whole is in InfluxDB.

    Writing needs Redis alone. What InfluxDB does not have yet waits in Redis until :meth:`forward` carries it
    there; what Redis no longer has is read from InfluxDB.
    """

    def __init__(self, *, recent: RedisJournal, archive: InfluxJournal) -> None:
        """Join the two parts."""
        self._recent = recent
        self._archive = archive

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, oldest first.

        Raises:
            Temporary: Redis is out of reach; InfluxDB need not be within.
            Permanent: Redis refuses us.
        """
        self._recent.append(entries)

    def append_once(self, entry: Entry, name: str) -> bool:
        """Add an entry, unless one has been added under that name within the last day; whether it was.

        Raises:
            Temporary: Redis is out of reach; InfluxDB need not be within.
            Permanent: Redis refuses us.
        """
        return self._recent.append_once(entry, name)

    def read(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> tuple[Entry, ...]:
        """The newest entries first, in the order in which they were filed.

        Where the recent part does not reach back far enough, InfluxDB is asked for the rest. If it does not
        answer, the recent part is all that is told, and the log says so.

        Args:
            service: name of one service, or all.
            since: none older than this.
            until: none younger than this.
            limit: at most so many.
            with_states: false leaves out the regular states, which would outnumber all else.

        Raises:
            Temporary: Redis is out of reach.
            Permanent: Redis refuses us.
        """
        return self.excerpt(service=service, since=since, until=until, limit=limit, with_states=with_states).entries

    def excerpt(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> Excerpt:
        """As :meth:`read`, and whether InfluxDB was asked in vain.

        Raises:
            Temporary: Redis is out of reach.
            Permanent: Redis refuses us.
        """
        shelves = tuple(Shelf) if with_states else (Shelf.CHANGES,)
        span = Span(since=since, until=until)
        recent = self._recent.newest(service=service, span=span, limit=limit)
        try:
            older = [self._older(shelf, recent[shelf], service, span, limit) for shelf in shelves]
            missing = ""
        except SkepError as error:
            older, missing = [], _told_from_recent_part(error)
        return Excerpt(
            entries=newest_first(*(recent[shelf] for shelf in shelves), *older, limit=limit), missing=missing
        )

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> Excerpt:
        """How services fared: of each the last entry in each span of the length ``every``.

        Raises:
            Temporary: Redis is out of reach.
            Permanent: Redis refuses us.
        """
        recent = self._recent.courses(services, since=since, every=every)
        try:
            older, missing = self._archive.courses(services, since=since, every=every), ""
        except SkepError as error:
            older, missing = (), _told_from_recent_part(error)
        return Excerpt(entries=sampled((*older, *recent), every=every), missing=missing)

    def orders(self) -> tuple[Entry, ...]:
        """All entries with orders of people that may still stand, oldest first.

        What is not in InfluxDB yet is in Redis, if Redis has lost nothing since.

        Raises:
            Temporary: InfluxDB or Redis is out of reach, so nobody can say.
            Permanent: one of them refuses us.
        """
        archived = self._archive.orders()
        waiting = self._recent.waiting(Shelf.CHANGES, limit=_MOST_WAITING)
        newest = archived[-1].filed_at_ns if archived else -1
        unforwarded = tuple(filed for filed in (waiting.filed if waiting else ()) if filed.filed_at_ns > newest)
        return tuple(filed.entry for filed in (*archived, *unforwarded) if filed.entry.order is not None)

    def forward(self, *, limit: int = 1000) -> int:
        """Carry entries that wait to InfluxDB, changes first; how many were carried.

        If this ends between writing and noting it, the same entries are written again, which changes nothing. An
        entry that InfluxDB will never take is logged and counted as lost, so that it does not hold up the others.

        Args:
            limit: at most so many.

        Raises:
            Temporary: InfluxDB or Redis is out of reach; what was carried before is noted.
            Permanent: one of them refuses us.
        """
        carried = 0
        for shelf in Shelf:
            while carried < limit and (some := self._recent.waiting(shelf, limit=min(_AT_ONCE, limit - carried))):
                refused = self._store(some.filed)
                self._recent.settle(shelf, some, refused=refused)
                carried += some.count
        return carried

    def backlog(self) -> Backlog:
        """How many entries wait for InfluxDB, and how many never reached it.

        Raises:
            Temporary: Redis is out of reach.
            Permanent: Redis refuses us.
        """
        return self._recent.backlog()

    def _older(
        self, shelf: Shelf, recent: tuple[Filed, ...], service: str | None, span: Span, limit: int
    ) -> tuple[Filed, ...]:
        """What the recent part no longer has of a shelf."""
        if len(recent) >= limit:
            return ()
        return self._archive.newest(
            shelf,
            service=service,
            span=span,
            before_ns=recent[-1].filed_at_ns if recent else None,
            limit=limit - len(recent),
        )

    def _store(self, entries: Sequence[Filed]) -> int:
        """Write entries; how many of them InfluxDB will never take, which halving finds."""
        try:
            self._archive.write(entries)
        except EntriesRefused as error:
            if len(entries) == 1:
                _LOG.error("an entry of %s is lost: %s", entries[0].entry.service_name, error)
                return 1
            middle = len(entries) // 2
            return self._store(entries[:middle]) + self._store(entries[middle:])
        return 0


def _told_from_recent_part(error: SkepError) -> str:
    _LOG.warning("the journal is told from its recent part alone: %s", error)
    return str(error)

"""A journal that lives as long as the test."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from skep.adapters.filing import sampled
from skep.core.record import Entry, EntryKind
from skep.errors import Temporary
from skep.ports import Backlog, Excerpt

__all__ = ["FakeJournal"]

_ARCHIVE_IS_DOWN = "the fake archive is out of reach"


class FakeJournal:
    """Implements :class:`skep.ports.Journal`.

    Attributes:
        entries: everything appended, oldest first.
        forwarded: how many of them the permanent store has.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.forwarded = 0
        self._names: set[str] = set()
        self._is_down = False
        self._is_archive_down = False

    def break_down(self) -> None:
        """Be out of reach until :meth:`come_back`."""
        self._is_down = True

    def lose_archive(self) -> None:
        """Have the permanent store out of reach until :meth:`come_back`; appending and reading go on."""
        self._is_archive_down = True

    def come_back(self) -> None:
        """Answer again, and the permanent store too."""
        self._is_down = False
        self._is_archive_down = False

    def forget_recent(self) -> None:
        """Lose what the permanent store does not have, as a Redis without its file would."""
        del self.entries[self.forwarded :]

    def append(self, entries: Sequence[Entry]) -> None:
        self._reach()
        self.entries.extend(entries)

    def append_once(self, entry: Entry, name: str) -> bool:
        self._reach()
        if name in self._names:
            return False
        self._names.add(name)
        self.append([entry])
        return True

    def read(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> tuple[Entry, ...]:
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
        self._reach()
        fitting = [
            entry
            for entry in reversed(self.entries)
            if service in (None, entry.service_name)
            and (since is None or entry.at >= since)
            and (until is None or entry.at < until + timedelta(milliseconds=1))
            and (with_states or entry.kind is not EntryKind.STATE)
        ]
        missing = _ARCHIVE_IS_DOWN if self._is_archive_down and len(fitting) < limit else ""
        return Excerpt(entries=tuple(fitting[: max(limit, 0)]), missing=missing)

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> Excerpt:
        self._reach()
        mine = [entry for entry in self.entries if entry.service_name in services and entry.at >= since]
        return Excerpt(entries=sampled(mine, every=every), missing=_ARCHIVE_IS_DOWN if self._is_archive_down else "")

    def orders(self) -> tuple[Entry, ...]:
        self._reach()
        if self._is_archive_down:
            raise Temporary(_ARCHIVE_IS_DOWN)
        return tuple(entry for entry in self.entries if entry.order is not None)

    def forward(self, *, limit: int = 1000) -> int:
        self._reach()
        if self._is_archive_down:
            raise Temporary(_ARCHIVE_IS_DOWN)
        carried = min(limit, len(self.entries) - self.forwarded)
        self.forwarded += carried
        return carried

    def backlog(self) -> Backlog:
        self._reach()
        return Backlog(waiting=len(self.entries) - self.forwarded, lost=0)

    def _reach(self) -> None:
        if self._is_down:
            raise Temporary("the fake journal is out of reach")

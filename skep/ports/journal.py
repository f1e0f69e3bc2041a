"""The record of what was done and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from skep.core.record import Entry

__all__ = ["Backlog", "Excerpt", "Journal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What the permanent store of the journal does not have.

    Attributes:
        waiting: entries still to be forwarded.
        lost: entries pushed out before they were, or refused there, since this was first counted.
    """

    waiting: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What was found in the journal.

    Attributes:
        entries: the newest first.
        missing: why what is older than these could not be read, as a sentence; empty where nothing is missing.
    """

    entries: tuple[Entry, ...]
    missing: str = ""


class Journal(Protocol):
    """The record of what was done and why."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, oldest first.

        Raises:
            Temporary: the store is out of reach.
        """

    def append_once(self, entry: Entry, name: str) -> bool:
        """Add an entry, unless one has been added under that name within the last day; whether it was.

        For what may have to be told again by somebody who cannot know whether it was told.

        Raises:
            Temporary: the store is out of reach.
        """

    def read(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> tuple[Entry, ...]:
        """The newest entries first.

        Args:
            service: name of one service, or all.
            since: none older than this.
            until: none younger than this, to the millisecond.
            limit: at most so many.
            with_states: false leaves out the regular states, which would outnumber all else.

        Raises:
            Temporary: the store is out of reach.
        """

    def excerpt(
        self,
        *,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        with_states: bool = True,
    ) -> Excerpt:
        """As :meth:`read`, and whether something is missing because the permanent store is out of reach.

        Raises:
            Temporary: the store is out of reach.
        """

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> Excerpt:
        """How services fared, in as many round trips for many as for one.

        Args:
            services: their names.
            since: none older than this.
            every: of each service only the last entry in each span of this length.

        Raises:
            Temporary: the store is out of reach.
        """

    def orders(self) -> tuple[Entry, ...]:
        """All entries with orders of people that may still stand, oldest first, from the permanent store.

        Raises:
            Temporary: the permanent store is out of reach, so nobody can say.
            Permanent: it refuses us.
        """

    def forward(self, *, limit: int = 1000) -> int:
        """Carry entries that wait for the permanent store there; how many were carried.

        Raises:
            Temporary: the permanent store is still out of reach.
        """

    def backlog(self) -> Backlog:
        """How many entries wait for the permanent store, and how many never reached it.

        Raises:
            Temporary: the store is out of reach.
        """

"""How journal entries are filed: on which shelf, and under which instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from skep.core.record import Entry, EntryKind

__all__ = ["ALWAYS", "Filed", "Shelf", "Span", "newest_first", "sampled"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Shelf(StrEnum):
    """What is kept apart, so that thousands of regular states never push a change out of the journal."""

    CHANGES = "changes"
    STATES = "states"

    @classmethod
    def of(cls, kind: EntryKind) -> "Shelf":
        """The shelf for entries of one kind."""
        return cls.STATES if kind is EntryKind.STATE else cls.CHANGES

    @property
    def kinds(self) -> tuple[EntryKind, ...]:
        """The kinds of entries on this shelf."""
        return tuple(kind for kind in EntryKind if Shelf.of(kind) is self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """An entry in its place.

    Attributes:
        filed_at_ns: nanoseconds since 1970, unique and rising on its shelf. Usually the instant of the entry;
            later where something later was filed before it, the present where the entry claims to be of the future.
    """

    filed_at_ns: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time that entries are wanted of, both ends included; ``None`` where it is open.

    Its end is the end of a millisecond: places are no finer, and what was cut off by a limit cannot be told from what
    came later within the same one.
    """

    since: datetime | None = None
    until: datetime | None = None

    @property
    def since_ms(self) -> int | None:
        """Its beginning in whole milliseconds since 1970, which are those of places; not before."""
        return None if self.since is None else max(_milliseconds(self.since), 0)

    @property
    def until_ms(self) -> int | None:
        """Its end in the same way."""
        return None if self.until is None else max(_milliseconds(self.until), 0)

    def covers(self, at: datetime) -> bool:
        """Whether an instant lies within."""
        if self.since is not None and at < self.since:
            return False
        return self.until is None or _milliseconds(at) <= _milliseconds(self.until)


ALWAYS = Span()


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def newest_first(*found: tuple[Filed, ...], limit: int) -> tuple[Entry, ...]:
    """The newest entries of several findings, at most ``limit``."""
    everything = [filed for some in found for filed in some]
    everything.sort(key=lambda filed: filed.filed_at_ns, reverse=True)
    return tuple(filed.entry for filed in everything[:limit])


def sampled(entries: Iterable[Entry], *, every: timedelta) -> tuple[Entry, ...]:
    """Of each service the last entry in each span of this length, the newest first."""
    last: dict[tuple[str, int], Entry] = {}
    for entry in sorted(entries, key=lambda each: each.at):
        last[entry.service_name, (entry.at - _EPOCH) // every] = entry
    return tuple(sorted(last.values(), key=lambda each: each.at, reverse=True))

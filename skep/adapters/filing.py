"""How journal entries are filed: on which shelf, and under which instant."""

from dataclasses import dataclass
from enum import StrEnum

from skep.core.record import Entry, EntryKind

__all__ = ["Filed", "Shelf", "newest_first"]


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


def newest_first(*found: tuple[Filed, ...], limit: int) -> tuple[Entry, ...]:
    """The newest entries of several findings, at most ``limit``."""
    everything = [filed for some in found for filed in some]
    everything.sort(key=lambda filed: filed.filed_at_ns, reverse=True)
    return tuple(filed.entry for filed in everything[:limit])

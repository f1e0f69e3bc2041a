"""Recount how a service stood over a span of time, and what happened to it."""

from datetime import datetime

from skep.core.chronicle import Chronicle, chronicle
from skep.ports import World

__all__ = ["recount"]

#: A month has about so many states.
_MOST_ENTRIES = 9_000


def recount(world: World, service: str, *, since: datetime, limit: int = _MOST_ENTRIES) -> Chronicle:
    """The chronicle of a service, by its whole name; an empty one where the journal does not know it.

    Args:
        world: everything outside.
        service: whose.
        since: from when; to now.
        limit: at most so many entries, the newest.

    Raises:
        Temporary: the journal is out of reach.
    """
    until = world.clock.now()
    entries = world.journal.read(service=service, since=since, until=until, limit=limit)
    return chronicle(entries, service=service, since=since, until=until, is_cut=len(entries) == limit)

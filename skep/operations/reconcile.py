"""Pick up what a dead worker left, and carry the journal to where it stays for ever."""

from contextlib import suppress
from datetime import timedelta

from skep.errors import Temporary
from skep.ports import PendingOrder, World

__all__ = ["reconcile"]


def reconcile(world: World, *, time_limit: timedelta) -> tuple[PendingOrder, ...]:
    """Return orders that were begun longer ago than any worker may take, to be carried out again.

    Each is idempotent: if the change was made its record is completed, if not it is made now or found stale. The
    journal's backlog is forwarded as far as its store is within reach.

    Raises:
        Temporary: the memory is out of reach.
    """
    # Out of reach, the backlog stays where it is until the next pass; orders matter more now.
    with suppress(Temporary):
        world.journal.forward()
    now = world.clock.now()
    return tuple(pending for pending in world.memory.pending().values() if now - pending.at > time_limit)

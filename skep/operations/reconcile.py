"""Pick up what a dead worker left, and carry the journal to where it stays for ever."""

from contextlib import suppress
from datetime import timedelta

from skep.core.cluster import Node
from skep.core.saga import Nothing, Wait, drain_of
from skep.errors import Temporary
from skep.operations.drain import DrainRules, next_of
from skep.operations.limits import ARCHIVING, lock_ttl
from skep.ports import PendingOrder, World

__all__ = ["AGAIN_AFTER", "due_drains", "reconcile"]

#: An order that was picked up is not picked up again before this. Let its message expire no later: of two copies one
#: could come after a newer order, and undo it.
AGAIN_AFTER = timedelta(seconds=30)
_SWEEP = "sweep:orders"
_SWEPT_EVERY = timedelta(hours=1)
#: By them an order that is delivered late is known to be an old one.
_ENDED_ARE_KEPT = timedelta(days=1)


def reconcile(world: World, *, time_limit: timedelta) -> tuple[PendingOrder, ...]:
    """Return orders that were begun so long ago that their worker's lock has ended, to be carried out again.

    Each is idempotent: if the change was made its record is completed, if not it is made now or found stale. The
    journal's backlog is forwarded as far as its store is within reach.

    Raises:
        Temporary: the memory is out of reach.
    """
    # Out of reach, the backlog stays where it is until the next pass; orders matter more now.
    with suppress(Temporary), world.locks.hold(ARCHIVING, ttl=lock_ttl(time_limit)) as is_ours:
        if is_ours:
            world.journal.forward()
    if world.locks.claim(_SWEEP, ttl=_SWEPT_EVERY):
        world.memory.sweep_orders(ended_before=world.clock.now() - _ENDED_ARE_KEPT)
    oldest_under_way = world.clock.now() - lock_ttl(time_limit)
    return tuple(
        pending
        for service_id, pending in world.memory.pending().items()
        if pending.at < oldest_under_way and world.locks.claim(f"resume:{service_id}", ttl=AGAIN_AFTER)
    )


def due_drains(world: World, rules: DrainRules) -> tuple[Node, ...]:
    """Return the nodes whose drain has a step that is due.

    All there is to know stands in their labels, whoever began; so what a dead worker left is picked up here, too.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    if not any(drain_of(node) for node in world.swarm.read_nodes()):
        return ()
    cluster = world.swarm.read()
    return tuple(
        node
        for node in cluster.nodes
        if drain_of(node) is not None and not isinstance(next_of(world, node, cluster, rules), Wait | Nothing)
    )

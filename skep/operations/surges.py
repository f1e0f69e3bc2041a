"""Counts while nodes are being emptied: what is posted is the goal and all surges, and a new goal is noted first."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from skep.core.cluster import Node, Service
from skep.core.saga import Drain, SurgedCount, drain_labels, drain_of, surged_count
from skep.errors import Temporary
from skep.ports import NodeHandle, OutOfSequence, World

__all__ = ["change_drain", "note_goals", "read_surged", "read_without_surge"]

#: How often a node is written again that somebody, mostly Swarm itself, wrote in between.
_ATTEMPTS = 5


def read_surged(world: World, service: Service) -> tuple[SurgedCount, tuple[Node, ...]]:
    """What the count of a service is made of, and the nodes that have recorded a surge of it.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    nodes = world.swarm.read_nodes()
    recorded = (node for node in nodes if (drain := drain_of(node)) is not None and drain.surge_of(service.id))
    return surged_count(service, nodes), tuple(recorded)


def read_without_surge(world: World, service: Service) -> Service:
    """A service with its goal for a count.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    surged, leaving = read_surged(world, service)
    return replace(service, replicas=surged.goal) if leaving else service


def note_goals(world: World, service_id: str, nodes: Sequence[Node], goals: tuple[int, ...]) -> None:
    """Write on the nodes that have recorded a surge of a service what its goal is.

    Args:
        world: everything outside.
        service_id: whose goal; its lock is held.
        nodes: as :func:`read_surged` told.
        goals: the goal; the old and the new one while a new count is being posted.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """

    def noted(drain: Drain) -> Drain | None:
        surges = tuple(replace(s, goals=goals) if s.service_id == service_id else s for s in drain.surges)
        return replace(drain, surges=surges) if surges != drain.surges else None

    for node in nodes:
        change_drain(world, node.id, noted)


def change_drain(world: World, node_id: str, change: Callable[[Drain], Drain | None]) -> None:
    """Write what a drain has become, reading it again where somebody wrote the node in between.

    Args:
        world: everything outside.
        node_id: whose; nothing is done where it is gone, or no drain of it is left.
        change: from the drain as it is to what it is to be; ``None`` leaves it.

    Raises:
        Temporary: the Swarm is out of reach, or others wrote the node all the time.
        Permanent: the Swarm refuses us.
    """
    for _ in range(_ATTEMPTS):
        handle = world.swarm.read_node(node_id)
        drain = None if handle is None else drain_of(handle.node)
        changed = None if drain is None else change(drain)
        if handle is None or changed is None or _was_written(world, handle, changed):
            return
    raise Temporary(f"{node_id} was changed by others {_ATTEMPTS} times in a row while skep looked")


def _was_written(world: World, handle: NodeHandle, drain: Drain) -> bool:
    try:
        world.swarm.update_node(handle, labels=drain_labels(drain))
    except OutOfSequence:
        return False
    return True

"""How swarm tasks lie across the nodes right now."""

from collections import defaultdict
from dataclasses import dataclass

from skep.core.cluster import Node, Service, SwarmTask
from skep.ports import World

__all__ = ["Box", "ClusterMap", "NodeColumn", "cluster_map"]

#: So many swarm tasks of one node are told one by one.
_MOST_BOXES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One swarm task that Swarm wants to run.

    Attributes:
        slot: its number within the service; ``None`` for services that run on every node.
        state: in the engine's words.
    """

    service: str
    slot: int | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeColumn:
    """One node with its swarm tasks, by service and slot.

    Attributes:
        more: how many it has beyond those told.
    """

    hostname: str
    is_ready: bool
    availability: str
    boxes: tuple[Box, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMap:
    """Some nodes of the Swarm, by host name, and what no node has yet.

    Attributes:
        total: how many nodes there are in all.
        unplaced: a column for swarm tasks without a node.
    """

    total: int
    columns: tuple[NodeColumn, ...]
    unplaced: NodeColumn


def cluster_map(world: World, *, first: int, count: int) -> ClusterMap:
    """Look at ``count`` nodes from the one numbered ``first``, beginning with 0.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    cluster = world.swarm.read()
    boxes: dict[str | None, list[Box]] = defaultdict(list)
    for service in cluster.services:
        for task in service.tasks:
            if task.is_wanted:
                boxes[task.node_id].append(_box(service, task))
    nodes = sorted(cluster.nodes, key=lambda node: node.hostname)
    return ClusterMap(
        total=len(nodes),
        columns=tuple(_column(node, boxes[node.id]) for node in nodes[first : first + count]),
        unplaced=_filled("no node yet", is_ready=False, availability="", boxes=boxes[None]),
    )


def _box(service: Service, task: SwarmTask) -> Box:
    return Box(service=service.name, slot=task.slot, state=str(task.state))


def _column(node: Node, boxes: list[Box]) -> NodeColumn:
    return _filled(node.hostname, is_ready=node.is_ready, availability=str(node.availability), boxes=boxes)


def _filled(hostname: str, *, is_ready: bool, availability: str, boxes: list[Box]) -> NodeColumn:
    told = sorted(boxes, key=lambda box: (box.service, box.slot or 0))
    return NodeColumn(
        hostname=hostname,
        is_ready=is_ready,
        availability=availability,
        boxes=tuple(told[:_MOST_BOXES]),
        more=max(len(told) - _MOST_BOXES, 0),
    )

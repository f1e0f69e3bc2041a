"""How swarm tasks lie across the nodes right now."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skep.core.cluster import Cluster, Node, Service, SwarmTask, TaskState
from skep.ports import World

__all__ = ["Box", "ClusterMap", "NodeColumn", "NodeOutline", "cluster_map", "lay_out"]

_POOL = "skep.pool"
#: So many swarm tasks of one node are told one by one; where there are more, those of a service in a state are one box.
_MOST_BOXES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One swarm task that Swarm wants to run, or all those of a service that are in one state on a full node.

    Attributes:
        slot: its number within the service; ``None`` for services that run on every node, and for several.
        state: in the engine's words.
        count: how many it stands for.
        error: the engine's words where it cannot be placed or failed.
    """

    service: str
    slot: int | None
    state: str
    count: int = 1
    error: str = ""

    @property
    def runs(self) -> bool:
        """Whether it serves."""
        return self.state == TaskState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeColumn:
    """One node with its swarm tasks, by service and slot.

    Attributes:
        pool: of its label ``skep.pool``; empty if it has none.
        more: how many swarm tasks it has beyond those told.
    """

    hostname: str
    is_ready: bool
    availability: str
    pool: str = ""
    boxes: tuple[Box, ...] = ()
    more: int = 0

    @property
    def swarm_tasks(self) -> int:
        """How many it has in all."""
        return sum(box.count for box in self.boxes) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOutline:
    """A node as it is seen from afar.

    Attributes:
        waiting: how many of its swarm tasks do not run yet.
    """

    hostname: str
    is_ready: bool
    availability: str
    swarm_tasks: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMap:
    """Some nodes of the Swarm, by host name as people read it, and what no node has yet.

    Attributes:
        total: how many nodes there are in all.
        unplaced: a column for swarm tasks without a node.
        outlines: all nodes, where there are more than are told as columns.
    """

    total: int
    columns: tuple[NodeColumn, ...]
    unplaced: NodeColumn
    outlines: tuple[NodeOutline, ...] = ()


def cluster_map(world: World, *, first: int, count: int) -> ClusterMap:
    """Look at ``count`` nodes from the one numbered ``first``, beginning with 0.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    return lay_out(world.swarm.read(), first=first, count=count)


def lay_out(cluster: Cluster, *, first: int, count: int) -> ClusterMap:
    """Where each swarm task lies; ``count`` nodes become columns, from the one numbered ``first``."""
    lying = _lying(cluster)
    nodes = sorted(cluster.nodes, key=lambda node: node.place_in_lists)
    shown = nodes[first : first + count]
    return ClusterMap(
        total=len(nodes),
        columns=tuple(_column(node, lying.get(node.id, ())) for node in shown),
        unplaced=_unplaced(lying.get(None, ())),
        outlines=tuple(_outline(node, lying.get(node.id, ())) for node in nodes) if len(shown) < len(nodes) else (),
    )


def _lying(cluster: Cluster) -> Mapping[str | None, Sequence[Box]]:
    """The swarm tasks of each node, by service and slot."""
    boxes: dict[str | None, list[Box]] = defaultdict(list)
    for service in sorted(cluster.services, key=lambda each: each.name):
        for task in sorted(service.tasks, key=lambda each: (each.slot or 0, each.id)):
            if task.is_wanted:
                boxes[task.node_id].append(_box(service, task))
    return boxes


def _box(service: Service, task: SwarmTask) -> Box:
    return Box(service=service.name, slot=task.slot, state=str(task.state), error=task.error)


def _column(node: Node, boxes: Sequence[Box]) -> NodeColumn:
    told = _told(boxes)
    return NodeColumn(
        hostname=node.hostname,
        is_ready=node.is_ready,
        availability=str(node.availability),
        pool=dict(node.labels).get(_POOL, ""),
        boxes=told,
        more=len(boxes) - sum(box.count for box in told),
    )


def _unplaced(boxes: Sequence[Box]) -> NodeColumn:
    told = _told(boxes)
    return NodeColumn(
        hostname="no node yet",
        is_ready=False,
        availability="",
        boxes=told,
        more=len(boxes) - sum(box.count for box in told),
    )


def _told(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Each by itself where there is room for that, else those of a service together; never more than there is room."""
    if len(boxes) <= _MOST_BOXES:
        return tuple(boxes)
    together = Counter((box.service, box.state) for box in boxes)
    errors = {(box.service, box.state): box.error for box in boxes}
    several = [
        Box(service=service, slot=None, state=state, count=count, error=errors[service, state])
        for (service, state), count in together.items()
    ]
    # What does not run yet is what somebody looks for.
    several.sort(key=lambda box: (box.runs, box.service))
    return tuple(several[:_MOST_BOXES])


def _outline(node: Node, boxes: Sequence[Box]) -> NodeOutline:
    return NodeOutline(
        hostname=node.hostname,
        is_ready=node.is_ready,
        availability=str(node.availability),
        swarm_tasks=len(boxes),
        waiting=sum(not box.runs for box in boxes),
    )

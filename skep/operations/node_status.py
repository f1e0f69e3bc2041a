"""Answers to the questions of people about nodes: how they stand, and what is being done to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from skep.core.capacity.node_memory import NodesUse
from skep.core.cluster import Availability, Cluster, Node, Resources, Service
from skep.core.saga import Drain, Wait, drain_of
from skep.operations.drain import DrainRules, next_of
from skep.ports import World

__all__ = ["DrainStatus", "NodeStatus", "node_status"]

_POOL = "skep.pool"
#: What was measured longer ago says nothing about now: nodes may not have been evaluated since.
_USE_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainStatus:
    """The drain of a node, as it stands right now.

    Attributes:
        phase: ``draining``, ``returning`` or ``drained``.
        surge: how many replicas it has recorded beyond the goals of services.
        waits_for: what it waits for; empty where a step is due, or nothing is left.
    """

    phase: str
    since: datetime
    deadline: datetime
    actor: str
    reason: str
    surge: int = 0
    removes: bool = False
    waits_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """How one node stands right now.

    Attributes:
        pool: of its label ``skep.pool``; ``None`` if it has none.
        swarm_tasks: how many it is meant to run.
        reserved: what those have set aside.
        used: what was measured on it when nodes were last evaluated; ``None`` where that is not known.
        used_at: when that was; ``None`` where nothing is known of any node.
        verdict: whether its pool could do without it, and why not, by the latest evaluation; empty where none looked.
    """

    id: str
    hostname: str
    is_manager: bool
    is_ready: bool
    availability: Availability
    pool: str | None
    swarm_tasks: int
    reserved: Resources
    capacity: Resources
    drain: DrainStatus | None = None
    verdict: str = ""
    used: Resources = field(default_factory=Resources)
    used_at: datetime | None = None


def node_status(world: World, rules: DrainRules) -> tuple[NodeStatus, ...]:
    """How all nodes stand, by host name.

    Raises:
        Temporary, Permanent: the Swarm or a provider is out of reach, or refuses us.
    """
    cluster = world.swarm.read()
    memory = world.memory.recall_nodes()
    report, use = memory.report, _recent(memory.use, world.clock.now())
    verdicts = {} if report is None else {each.node_id: each.sentence for each in report.verdicts}
    lying = _services_by_node(cluster)
    return tuple(
        replace(
            _status(world, node, cluster, rules, lying.get(node.id, ())),
            verdict=verdicts.get(node.id, ""),
            used=Resources() if use is None else use.by_node.get(node.id, Resources()),
            used_at=None if use is None else use.at,
        )
        for node in sorted(cluster.nodes, key=lambda n: n.place_in_lists)
    )


def _recent(use: NodesUse | None, now: datetime) -> NodesUse | None:
    return use if use is not None and now - use.at <= _USE_LASTS else None


def _status(world: World, node: Node, cluster: Cluster, rules: DrainRules, here: Sequence[Service]) -> NodeStatus:
    """How a node stands on which swarm tasks of these services lie, one for each."""
    drain = drain_of(node)
    return NodeStatus(
        id=node.id,
        hostname=node.hostname,
        is_manager=node.is_manager,
        is_ready=node.is_ready,
        availability=node.availability,
        pool=dict(node.labels).get(_POOL),
        swarm_tasks=len(here),
        reserved=Resources(
            cpu_cores=sum(service.reservations.cpu_cores or 0.0 for service in here),
            memory_bytes=sum(service.reservations.memory_bytes or 0 for service in here),
        ),
        capacity=node.capacity,
        drain=None if drain is None else _drain_status(world, node, drain, cluster, rules),
    )


def _services_by_node(cluster: Cluster) -> Mapping[str, Sequence[Service]]:
    """The service of each swarm task that a node is meant to run; in one pass, as large Swarms have many of both."""
    lying: dict[str, list[Service]] = defaultdict(list)
    for service in cluster.services:
        for task in service.tasks:
            if task.is_wanted and task.node_id is not None:
                lying[task.node_id].append(service)
    return lying


def _drain_status(world: World, node: Node, drain: Drain, cluster: Cluster, rules: DrainRules) -> DrainStatus:
    step = next_of(world, node, cluster, rules)
    return DrainStatus(
        phase=drain.phase,
        since=drain.since,
        deadline=drain.deadline,
        actor=drain.actor,
        reason=drain.reason,
        surge=sum(surge.amount for surge in drain.surges),
        removes=drain.removes,
        waits_for=step.reason if isinstance(step, Wait) else "",
    )

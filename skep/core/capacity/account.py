"""What is set aside and what is needed on each node, which the engine tells nobody (moby#31555)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from skep.core.capacity.needs import NOTHING_MEASURED, Measured, need, reserved
from skep.core.cluster import Cluster, Node, Resources, Service, SwarmTask

__all__ = ["NodeAccount", "accounts", "headroom", "tasks_by_node"]

Running = tuple[Service, SwarmTask]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAccount:
    """One node, and what its swarm tasks take of it.

    Attributes:
        reserved: by swarm tasks that would have to run elsewhere without it; never ``None``.
        reserved_everywhere: by those of global services, which end with the node; never ``None``.
        needed: by all of them, as :mod:`skep.core.capacity.needs` has it; ``None`` where that of one is not known.
        tasks: how many swarm tasks take room there.
        movable: how many of them would have to run elsewhere.
    """

    node: Node
    reserved: Resources
    reserved_everywhere: Resources
    needed: Resources
    tasks: int
    movable: int

    @property
    def free(self) -> Resources:
        """What is not reserved, below zero where more was promised than there is; ``None`` of unknown capacity."""
        capacity, mine, everywhere = self.node.capacity, self.reserved, self.reserved_everywhere
        cores, memory = capacity.cpu_cores, capacity.memory_bytes
        return Resources(
            cpu_cores=None if cores is None else cores - (mine.cpu_cores or 0.0) - (everywhere.cpu_cores or 0.0),
            memory_bytes=None if memory is None else memory - (mine.memory_bytes or 0) - (everywhere.memory_bytes or 0),
        )


def accounts(cluster: Cluster, measured: Measured = NOTHING_MEASURED) -> tuple[NodeAccount, ...]:
    """The account of every node, in the order of the cluster."""
    running = tasks_by_node(cluster)
    return tuple(_account(node, running.get(node.id, ()), measured) for node in cluster.nodes)


def tasks_by_node(cluster: Cluster) -> dict[str, tuple[Running, ...]]:
    """The swarm tasks that take room on each node, with their services."""
    found: dict[str, list[Running]] = {}
    for service in cluster.services:
        for task in service.tasks:
            if task.takes_room and task.node_id is not None:
                found.setdefault(task.node_id, []).append((service, task))
    return {node_id: tuple(running) for node_id, running in found.items()}


def headroom(of: Iterable[NodeAccount]) -> Resources:
    """What is free together on those of some nodes that take new swarm tasks."""
    free = [account.free for account in of if account.node.takes_tasks]
    return Resources(
        cpu_cores=sum(max(0.0, each.cpu_cores or 0.0) for each in free),
        memory_bytes=sum(max(0, each.memory_bytes or 0) for each in free),
    )


def _account(node: Node, running: tuple[Running, ...], measured: Measured) -> NodeAccount:
    needed = [need(service, measured, task) for service, task in running]
    return NodeAccount(
        node=node,
        reserved=_sum(reserved(service, task) for service, task in running if not service.mode.is_on_every_node),
        reserved_everywhere=_sum(reserved(service, task) for service, task in running if service.mode.is_on_every_node),
        needed=Resources(
            cpu_cores=_known_sum(each.cpu_cores for each in needed),
            memory_bytes=_known_whole_sum(each.memory_bytes for each in needed),
        ),
        tasks=len(running),
        movable=sum(not service.mode.is_on_every_node for service, _ in running),
    )


def _sum(amounts: Iterable[Resources]) -> Resources:
    every = tuple(amounts)
    return Resources(
        cpu_cores=sum(each.cpu_cores or 0.0 for each in every),
        memory_bytes=sum(each.memory_bytes or 0 for each in every),
    )


def _known_sum(amounts: Iterator[float | None]) -> float | None:
    total = 0.0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _known_whole_sum(amounts: Iterator[int | None]) -> int | None:
    total = _known_sum(amounts)
    return None if total is None else int(total)

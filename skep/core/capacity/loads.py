"""What nodes carry, and what they would if swarm tasks moved to them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from skep.core.capacity.account import NodeAccount, accounts
from skep.core.capacity.situation import Situation
from skep.core.cluster import Node, Resources
from skep.core.pools import UseLimits

__all__ = ["Loads", "carried", "loads", "unknown"]

_UNKNOWN = Resources()
_WHOLE_RATIO = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """What each node carries, by its id.

    Attributes:
        carried: ``None`` of a resource, and a node that is missing, where nobody knows.
        limits: up to which use a node may be filled; all of it where nothing is said.
    """

    carried: Mapping[str, Resources]
    limits: Mapping[str, UseLimits]

    def plus(self, more: Iterable[tuple[str, Resources, int]]) -> "Loads":
        """With more on some nodes.

        Args:
            more: a node's id, what a replica needs, and how many come. What is not known stays so.
        """
        carried = dict(self.carried)
        for node_id, needed, replicas in more:
            carried[node_id] = _plus(carried.get(node_id, _UNKNOWN), needed, replicas)
        return replace(self, carried=carried)

    def trouble(self, node: Node) -> str | None:
        """Why a node should not carry what it does; ``None`` where it may."""
        there = self.carried.get(node.id, _UNKNOWN)
        missing = unknown(there)
        if missing:
            return f"how much {missing} is in use on {node.hostname} is not known"
        beyond = (
            f"{limit:.0%} of its {what}" for what, amount, limit, whole in self._uses(node) if amount > limit * whole
        )
        first = next(beyond, None)
        return None if first is None else f"{node.hostname} would be used beyond {first}"

    def _uses(self, node: Node) -> Iterator[tuple[str, float, float, float]]:
        there, limits = self.carried.get(node.id, _UNKNOWN), self.limits.get(node.id)
        cpu_ratio = limits.cpu_ratio if limits is not None else None
        memory_ratio = limits.memory_ratio if limits is not None else None
        yield "CPU", there.cpu_cores or 0.0, _or_all(cpu_ratio), node.capacity.cpu_cores or 0.0
        yield "memory", there.memory_bytes or 0, _or_all(memory_ratio), node.capacity.memory_bytes or 0


def loads(situation: Situation) -> Loads:
    """What every node of a situation carries, and up to where its pool lets it be filled before it grows."""
    limits = {
        node_id: pool.policy.scale_up
        for pool in situation.pools
        for node_id in pool.members
        if pool.policy.scale_up is not None
    }
    every = accounts(situation.cluster, situation.measured)
    return Loads(
        carried={each.node.id: carried(each, situation.used.get(each.node.id)) for each in every}, limits=limits
    )


def carried(account: NodeAccount, used: Resources | None) -> Resources:
    """What a node carries: as measured on the node, else the sum of what its swarm tasks need."""
    seen = used or _UNKNOWN
    return Resources(
        cpu_cores=account.needed.cpu_cores if seen.cpu_cores is None else seen.cpu_cores,
        memory_bytes=account.needed.memory_bytes if seen.memory_bytes is None else seen.memory_bytes,
    )


def unknown(amounts: Resources) -> str:
    """Which resources are not known, in words; empty where all are."""
    missing = ["CPU"] if amounts.cpu_cores is None else []
    missing += ["memory"] if amounts.memory_bytes is None else []
    return " and ".join(missing)


def _or_all(ratio: float | None) -> float:
    return _WHOLE_RATIO if ratio is None else ratio


def _plus(there: Resources, needed: Resources, replicas: int) -> Resources:
    cores = _sum(there.cpu_cores, needed.cpu_cores, replicas)
    memory = _sum(there.memory_bytes, needed.memory_bytes, replicas)
    return Resources(cpu_cores=cores, memory_bytes=None if memory is None else round(memory))


def _sum(there: float | None, needed: float | None, replicas: int) -> float | None:
    return None if there is None or needed is None else there + replicas * needed

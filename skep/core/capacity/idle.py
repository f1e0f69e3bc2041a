"""Which nodes a pool could do without: hardly used, for long enough, and above the pool's minimum.

The rules are those of the Kubernetes Cluster Autoscaler: what counts is what is set aside on a node, not what is used
at the moment, since that is what keeps others off it. Whether all of it fits elsewhere is another question, asked after
this one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.cluster import Resources

__all__ = [
    "Idle",
    "IdlePolicy",
    "NodeUse",
    "PoolCount",
    "Retained",
    "idle_again",
    "idle_since",
    "removable_now",
    "retained",
    "share_in_use",
]


_NOTHING = Resources()


class Retained(StrEnum):
    """Why a node is no candidate for removal."""

    LEAVING = "it is being removed already"
    PROTECTED = "somebody protects it"
    UNKNOWN = "its capacity is unknown"
    UNREADY = "it is not ready"
    USED = "it is in use"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUse:
    """One node and what is set aside on it.

    Attributes:
        capacity: what its engine reports.
        reserved: by swarm tasks that would have to run elsewhere without it.
        reserved_everywhere: by global services, whose swarm tasks end with the node.
        is_leaving: its removal is under way.
        is_protected: somebody wants it kept.
    """

    node_id: str
    capacity: Resources
    reserved: Resources = _NOTHING
    reserved_everywhere: Resources = _NOTHING
    is_ready: bool = True
    is_leaving: bool = False
    is_protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePolicy:
    """When a node counts as hardly used; the defaults are those of the Cluster Autoscaler.

    Attributes:
        threshold_ratio: up to this share in use, itself included.
        after: how long without a break before it may go.
        takes_unready: whether a node that is not ready may go as well.
        ignores_global: leave out what global services set aside, of the use and of the capacity.
    """

    threshold_ratio: float = 0.5
    after: timedelta = timedelta(minutes=10)
    takes_unready: bool = True
    ignores_global: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A node that a pool could do without.

    Attributes:
        since: when it was first seen so, without a break.
        is_empty: nothing on it would have to run elsewhere.
    """

    node_id: str
    since: datetime
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCount:
    """How many nodes a pool has, may not fall below, and is losing already."""

    nodes: int
    min_nodes: int
    leaving: int = 0

    @property
    def spare(self) -> int:
        """How many more may go."""
        return max(0, self.nodes - self.leaving - self.min_nodes)


def retained(node: NodeUse, policy: IdlePolicy) -> Retained | None:
    """Why a node is kept; ``None`` where it is a candidate for removal."""
    if node.is_leaving:
        return Retained.LEAVING
    if node.is_protected:
        return Retained.PROTECTED
    share = share_in_use(node, ignores_global=policy.ignores_global)
    if share is None:
        return Retained.UNKNOWN
    if not (node.is_ready or policy.takes_unready):
        return Retained.UNREADY
    return Retained.USED if share > policy.threshold_ratio else None


def share_in_use(node: NodeUse, *, ignores_global: bool) -> float | None:
    """The share of a node that is set aside: that of processor or memory, whichever is more.

    Args:
        node: what is set aside on it.
        ignores_global: leave out what global services set aside, of the use and of the capacity.

    Returns:
        0 for none, 1 for all of it; ``None`` where its capacity is unknown.
    """
    if not node.capacity.cpu_cores or not node.capacity.memory_bytes:
        return None
    mine, everywhere = node.reserved, node.reserved_everywhere
    return max(
        _share(node.capacity.cpu_cores, mine.cpu_cores, everywhere.cpu_cores, ignores_global=ignores_global),
        _share(node.capacity.memory_bytes, mine.memory_bytes, everywhere.memory_bytes, ignores_global=ignores_global),
    )


def _share(capacity: float, mine: float | None, everywhere: float | None, *, ignores_global: bool) -> float:
    reserved, by_global = mine or 0.0, everywhere or 0.0
    if not ignores_global:
        return (reserved + by_global) / capacity
    left = capacity - by_global
    if left <= 0:
        return 0.0 if reserved == 0 else 1.0
    return reserved / left


def idle_since(known: Mapping[str, datetime], idle: Iterable[str], *, now: datetime) -> dict[str, datetime]:
    """Since when each node is idle without a break, after one more look.

    Args:
        known: what the look before came to.
        idle: the nodes seen idle now; all others have to begin anew.
        now: the instant of this look.
    """
    return {node_id: known.get(node_id, now) for node_id in idle}


def idle_again(marks: Mapping[str, datetime | None], *, now: datetime, lasts: timedelta) -> dict[str, datetime]:
    """Since when nodes are idle by the marks they carry, for whoever has forgotten it all.

    Args:
        marks: by node; ``None`` where it carries none, or one that nobody can read.
        now: the present instant.
        lasts: a mark older than this says nothing any more, since nobody has looked for too long.
    """
    return {node_id: since for node_id, since in marks.items() if since is not None and now - since <= lasts}


def removable_now(idle: Sequence[Idle], pool: PoolCount, *, now: datetime, after: timedelta) -> tuple[Idle, ...]:
    """The nodes that may go now: the empty ones first, then those idle for longest, and never below the minimum.

    Args:
        idle: the nodes of one pool that are candidates.
        pool: how many nodes it has; those that are leaving count as gone.
        now: the present instant.
        after: how long a node must have been idle.
    """
    ripe = [node for node in idle if now - node.since >= after]
    ripe.sort(key=lambda node: (not node.is_empty, node.since, node.node_id))
    return tuple(ripe[: pool.spare])

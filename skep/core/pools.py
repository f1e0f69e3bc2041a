"""What an operator wants of a pool of nodes: bounds, when to add and remove, and how carefully.

The defaults are those of the Kubernetes Cluster Autoscaler, of Karpenter and, for growing by use, of AWS target
tracking and the HorizontalPodAutoscaler.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from skep.core.bounds import Bounds
from skep.core.policy import Tune
from skep.core.schedule import Schedule

__all__ = [
    "DEFAULT_BUDGETS",
    "DEFAULT_POOL_DOWN",
    "DEFAULT_POOL_UP",
    "Budget",
    "Headroom",
    "HealPolicy",
    "PoolPolicy",
    "RemovalCause",
    "UseLimits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseLimits:
    """The use of a pool or node that calls for a change when it has lasted.

    Attributes:
        cpu_ratio: of the processors; ``None`` where it does not count.
        memory_ratio: of the memory; ``None`` where it does not count.
        after: for how long it must have been so.
    """

    cpu_ratio: float | None
    memory_ratio: float | None
    after: timedelta


#: Above the use at which the HorizontalPodAutoscaler would add replicas, for as long as AWS target tracking looks.
DEFAULT_POOL_UP = UseLimits(cpu_ratio=0.8, memory_ratio=0.8, after=timedelta(minutes=3))
#: The threshold and the unneeded time of the Cluster Autoscaler.
DEFAULT_POOL_DOWN = UseLimits(cpu_ratio=0.5, memory_ratio=0.5, after=timedelta(minutes=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """Room kept free on purpose: whole empty nodes, and a share of what all nodes have."""

    nodes: int = 0
    cpu_ratio: float = 0.0
    memory_ratio: float = 0.0


class RemovalCause(StrEnum):
    """Why a node may go; Karpenter's two that Swarm knows, by its names for them."""

    #: Nothing but global services runs there.
    EMPTY = "empty"
    #: What runs there fits elsewhere.
    UNDERUSED = "underused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many nodes may be disturbed at once; exactly one of ``nodes`` and ``ratio`` is given.

    Attributes:
        ratio: of the nodes of the pool, rounded up.
        schedule: when the budget counts; only its hours matter. ``None`` for always.
        cause: for the removal of which nodes it counts. ``None`` for any.
    """

    nodes: int | None = None
    ratio: float | None = None
    schedule: Schedule | None = None
    cause: RemovalCause | None = None


#: Karpenter's.
DEFAULT_BUDGETS = (Budget(ratio=0.1),)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealPolicy:
    """What is done about a node that is down.

    Attributes:
        grace: how long it may be down before it is replaced.
        may_delete_unreachable: whether its machine may be deleted though the provider does not report it failed.
    """

    grace: timedelta = timedelta(minutes=20)
    may_delete_unreachable: bool = False


def _no_options() -> Mapping[str, object]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPolicy:
    """All that an operator said about one pool.

    Attributes:
        name: the value of the node label ``skep.pool``.
        bounds: fewest and most nodes.
        provider: the word for what makes and takes away its machines.
        options: the provider's own settings, by name: texts, tuples of them, and mappings to them; read-only.
        scale_up: the use above which it grows though everything fits; ``None`` where only missing room counts.
        scale_down: the use below which a node may go; ``None`` where nodes never go.
        delay_after_up: how long after a node was added none is removed.
        delay_after_failure: how long after a failed removal none is tried.
        budgets: all that count at an instant hold.
        heal: ``None`` where a node that is down is left alone.
        join_timeout: a machine that has not joined by then is replaced.
        retry_after: how long no machine is ordered after the provider gave none, or one that never joined; longer after
            each further failure.
        drain_deadline: a drain that has not ended by then is given up.
        node_labels: what a new node is labelled with.
        tune: whether nodes are added ahead of time by a rule that was learned, or it only looks on.
        price: of a missing node, in idle ones.
    """

    name: str
    bounds: Bounds
    provider: str
    options: Mapping[str, object] = field(default_factory=_no_options, hash=False)
    headroom: Headroom = Headroom()
    scale_up: UseLimits | None = DEFAULT_POOL_UP
    scale_down: UseLimits | None = DEFAULT_POOL_DOWN
    delay_after_up: timedelta = timedelta(minutes=10)
    delay_after_failure: timedelta = timedelta(minutes=3)
    budgets: tuple[Budget, ...] = DEFAULT_BUDGETS
    heal: HealPolicy | None = HealPolicy()
    join_timeout: timedelta = timedelta(minutes=15)
    retry_after: timedelta = timedelta(minutes=5)
    drain_deadline: timedelta = timedelta(minutes=15)
    node_labels: tuple[tuple[str, str], ...] = ()
    tune: Tune = Tune.OFF
    price: float = 10.0

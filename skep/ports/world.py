"""What an operation is given of all this."""

from collections.abc import Callable
from dataclasses import dataclass

from skep.core.pools import PoolPolicy
from skep.ports.clock import Clock
from skep.ports.journal import Journal
from skep.ports.locks import Locks
from skep.ports.memory import Memory
from skep.ports.metrics import Metrics
from skep.ports.node_provider import NodeProvider
from skep.ports.swarm import Swarm

__all__ = ["Fleet", "World"]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that an operation works with."""

    clock: Clock
    swarm: Swarm
    metrics: Metrics
    locks: Locks
    memory: Memory
    journal: Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All pools of nodes, and who makes their machines.

    Attributes:
        pools: as the policy file has them now; none, and nothing is ever done to a node.
        provider_of: the provider of a pool; raises :class:`~skep.errors.Permanent` where it is set up wrongly.
    """

    pools: tuple[PoolPolicy, ...]
    provider_of: Callable[[PoolPolicy], NodeProvider]

    def pool(self, name: str) -> PoolPolicy | None:
        """The pool of that name; ``None`` where the policy file does not have it (any more)."""
        return next((pool for pool in self.pools if pool.name == name), None)

"""One way of making room: so many machines of one pool."""

from dataclasses import dataclass

from skep.core.capacity.pool import Pool

__all__ = ["Option"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """So many more machines of a pool.

    Attributes:
        helps: how many swarm tasks would find a node.
        waste_ratio: which share of the new machines nobody would have reserved; 0 is none, 1 all of it.
    """

    pool: Pool
    machines: int
    helps: int
    waste_ratio: float

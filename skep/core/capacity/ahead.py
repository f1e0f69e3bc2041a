"""What is expected of a pool: how many nodes its load will need by the time that a machine ordered now has joined."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["Ahead", "Foresight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What a rule that was learned makes of the load of now.

    Attributes:
        nodes: so many it wants the pool to have, within the pool's bounds.
        needed: so many it asks for by the load of this evaluation alone, without what it still holds.
        acts: whether nodes are added and kept by it, or it only looks on.
        sentence: what it rests on, for the operator.
    """

    nodes: int
    needed: int
    acts: bool
    sentence: str


class Foresight(Protocol):
    """Looks ahead for one pool."""

    def look(self, load_nodes: float, *, now: datetime) -> Ahead:
        """What to expect.

        Args:
            load_nodes: what runs and waits, in machines of the pool (:mod:`skep.core.capacity.pool_load`).
            now: the present instant.
        """

"""When so many nodes are away at once that the reason lies elsewhere: nothing is done to any node then.

A network that is split, or a clock that jumped, looks as if half of the machines had died; replacing them would make
it worse. The limits are those of the Kubernetes Cluster Autoscaler (more than 3 and more than 45 %), and for Swarms of
up to 20 nodes, where three are many, two suffice.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from skep.core.cluster import Node

__all__ = ["Halt", "halt"]

_MOST_AWAY_RATIO = 0.45
_FEW_NODES = 20
_LEAST_AWAY_OF_FEW = 2
_LEAST_AWAY_OF_MANY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Nothing is done to any node.

    Attributes:
        away: how many nodes are not ready.
        nodes: of so many.
    """

    away: int
    nodes: int

    @property
    def sentence(self) -> str:
        """For an operator."""
        return (
            f"{self.away} of {self.nodes} nodes are not ready, more than {_MOST_AWAY_RATIO:.0%}: "
            "no node is touched until that is over"
        )


def halt(nodes: Sequence[Node], gone: AbstractSet[str] = frozenset()) -> Halt | None:
    """Whether all that concerns nodes has to stop; ``None`` if not.

    Args:
        nodes: of the whole Swarm.
        gone: ids of those whose machines are gone for certain (:mod:`skep.core.capacity.gone`); they do not count.
    """
    counted = [node for node in nodes if node.id not in gone]
    away = sum(not node.is_ready for node in counted)
    least = _LEAST_AWAY_OF_FEW if len(counted) <= _FEW_NODES else _LEAST_AWAY_OF_MANY
    if away < least or away <= _MOST_AWAY_RATIO * len(counted):
        return None
    return Halt(away=away, nodes=len(counted))

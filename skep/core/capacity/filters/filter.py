"""What a filter is."""

from collections.abc import Callable
from dataclasses import dataclass

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.node_room import NodeRoom

__all__ = ["Filter", "on_nodes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One reason for which Swarm's scheduler passes over a node.

    Attributes:
        is_asked: whether the applicant cares at all.
        passes: whether the node would do.
        words: of so many nodes that would not, in Swarm's own words.
        because: the same without nodes.
        is_lasting: whether the answer stays the same whatever comes to run on the node.
    """

    is_asked: Callable[[Applicant], bool]
    passes: Callable[[Applicant, NodeRoom], bool]
    words: Callable[[int], str]
    because: str
    is_lasting: bool


def on_nodes(because: str) -> Callable[[int], str]:
    """Words such as ``insufficient resources on 2 nodes``."""
    return lambda nodes: f"{because} on {nodes} node{'' if nodes == 1 else 's'}"

"""Only a ready node whose availability is active is given new swarm tasks."""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter
from skep.core.capacity.node_room import NodeRoom

__all__ = ["READY"]


def _passes(_: Applicant, node: NodeRoom) -> bool:
    return node.is_open


def _words(nodes: int) -> str:
    return f"{nodes} node{'' if nodes == 1 else 's'} not available for new tasks"


READY = Filter(
    is_asked=lambda _: True, passes=_passes, words=_words, because="not available for new tasks", is_lasting=False
)

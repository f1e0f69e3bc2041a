"""No more replicas of a service on one node than its operator allows."""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter
from skep.core.capacity.node_room import NodeRoom

__all__ = ["MAX_REPLICAS"]

_WORDS = "max replicas per node limit exceed"


def _passes(applicant: Applicant, node: NodeRoom) -> bool:
    limit = applicant.service.requirements.max_replicas_per_node
    return limit is None or node.copies[applicant.service.id] < limit


MAX_REPLICAS = Filter(
    is_asked=lambda applicant: applicant.service.requirements.max_replicas_per_node is not None,
    passes=_passes,
    # Swarm names no number of nodes here.
    words=lambda _: _WORDS,
    because=_WORDS,
    is_lasting=False,
)

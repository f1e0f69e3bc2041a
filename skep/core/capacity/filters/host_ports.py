"""A port that a service publishes on the node itself must be free there."""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter, on_nodes
from skep.core.capacity.node_room import NodeRoom

__all__ = ["HOST_PORTS"]


def _passes(applicant: Applicant, node: NodeRoom) -> bool:
    return not any(node.ports[port] for port in applicant.burden.ports)


HOST_PORTS = Filter(
    is_asked=lambda applicant: bool(applicant.burden.ports),
    passes=_passes,
    words=on_nodes("host-mode port already in use"),
    because="host-mode port already in use",
    is_lasting=False,
)

"""Volumes that Swarm itself manages (CSI) are on some nodes only, which lists of nodes and services do not tell.

Where one would be available cannot be simulated, so nothing is promised: no node will do for its service. Such a
service never moves, and never asks for nodes.
"""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter, on_nodes
from skep.core.capacity.node_room import NodeRoom

__all__ = ["VOLUMES"]


def _passes(_applicant: Applicant, _node: NodeRoom) -> bool:
    return False


VOLUMES = Filter(
    is_asked=lambda applicant: bool(applicant.standard.cluster_mounts),
    passes=_passes,
    words=on_nodes("cannot fulfill requested CSI volume mounts"),
    because="cannot fulfill requested CSI volume mounts",
    is_lasting=True,
)

"""What a swarm task reserves must be left on the node: processor, memory, and generic resources."""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters.filter import Filter, on_nodes
from skep.core.capacity.node_room import NodeRoom

__all__ = ["RESOURCES"]


def _is_asked(applicant: Applicant) -> bool:
    wanted = applicant.burden
    return bool(wanted.nano_cpus or wanted.memory_bytes or wanted.generic)


def _passes(applicant: Applicant, node: NodeRoom) -> bool:
    """What is not wanted may be overdrawn, as it is where a node was given less than was promised before.

    Swarm compares all of them as soon as one is wanted, also with nothing: a node whose memory is overdrawn takes no
    task that reserves processor alone.
    """
    wanted = applicant.burden
    if wanted.nano_cpus > node.nano_cpus or wanted.memory_bytes > node.memory_bytes:
        return False
    return all(0 < node.generic[kind] >= amount for kind, amount in wanted.generic)


RESOURCES = Filter(
    is_asked=_is_asked,
    passes=_passes,
    words=on_nodes("insufficient resources"),
    because="insufficient resources",
    is_lasting=False,
)

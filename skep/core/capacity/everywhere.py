"""The share that global services take of a node as soon as it is open: what is left is for the others."""

from collections.abc import Iterable

from skep.core.capacity.filters.constraints import holds
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.room import Room
from skep.core.cluster import Service, ServiceMode

__all__ = ["settle_everywhere"]


def settle_everywhere(room: Room, node: NodeRoom, services: Iterable[Service]) -> None:
    """Let every global service run on the node that wants to and can (source: swarmkit, orchestrator/global).

    Swarm makes one swarm task for a node that fulfils the constraints, whether there is room or not; one that does not
    fit waits, and takes nothing. Jobs are left out: they end, and most have ended long ago.
    """
    for service in services:
        if service.mode is not ServiceMode.GLOBAL or node.copies[service.id]:
            continue
        applicant = room.applicant(service)
        if all(holds(constraint, node) for constraint in applicant.standard.constraints) and room.test(applicant)(node):
            room.take(node, applicant.burden)

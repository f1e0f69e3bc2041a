"""The services as they would be without one node, and what of them would have to run elsewhere."""

from collections.abc import Iterable
from dataclasses import replace

from skep.core.capacity.want import Want
from skep.core.cluster import Service

__all__ = ["without_node"]


def without_node(services: Iterable[Service], node_id: str) -> tuple[tuple[Service, ...], tuple[Want, ...]]:
    """Take all swarm tasks of a node away.

    Args:
        services: with their swarm tasks.
        node_id: of the node that goes.

    Returns:
        The services without those swarm tasks, and a want for each that had some that are wanted; those of global
        services end with the node.
    """
    left, wants = [], []
    for service in services:
        here = [task for task in service.tasks if task.node_id == node_id]
        wanted = sum(task.is_wanted for task in here)
        stays = service if not here else replace(service, tasks=tuple(t for t in service.tasks if t.node_id != node_id))
        left.append(stays)
        if wanted and not service.mode.is_on_every_node:
            wants.append(Want(service=stays, replicas=wanted))
    return tuple(left), tuple(wants)

"""What has no node yet: swarm tasks that wait, and replicas that were just decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from skep.core.cluster import Cluster, Service, ServiceMode

__all__ = ["Want", "wants"]

_NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """So many more replicas of a service look for a node."""

    service: Service
    replicas: int


def wants(
    cluster: Cluster, *, goals: Mapping[str, int] = _NOTHING, surges: Mapping[str, int] = _NOTHING
) -> tuple[Want, ...]:
    """What of the cluster has no node yet.

    A replicated service wants a node for each swarm task that waits, and for each replica that was decided and has no
    swarm task yet; but never more than its goal comes to, so that a replica beyond the goal, as for a surge, asks for
    nothing. A replicated job wants as many as wait. A global service wants nothing: its swarm tasks come with nodes.

    Args:
        cluster: services with their swarm tasks.
        goals: what was decided for services, by id; the count in the spec where nothing was.
        surges: how many replicas beyond its goal a service's spec has, by id.
    """
    found = (Want(service=service, replicas=_missing(service, goals, surges)) for service in cluster.services)
    return tuple(want for want in found if want.replicas > 0)


def _missing(service: Service, goals: Mapping[str, int], surges: Mapping[str, int]) -> int:
    waiting = sum(task.is_unplaced for task in service.tasks)
    if service.mode is ServiceMode.REPLICATED_JOB:
        return waiting
    if service.mode is not ServiceMode.REPLICATED:
        return 0
    replicas = service.replicas or 0
    goal = goals.get(service.id, replicas - surges.get(service.id, 0))
    placed = sum(task.is_wanted and task.takes_room for task in service.tasks)
    return min(waiting + max(0, goal - replicas), goal - placed)

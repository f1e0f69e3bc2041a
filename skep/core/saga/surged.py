"""The goal behind a count that surges have raised.

A surge is recorded on its node before it is posted, and taken off after the goal was posted again. A worker may die in
between, and others may write the count past skep; so the record tells the goal too, and the count tells how much of
the surges is in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from skep.core.cluster import Availability, Cluster, Node, Service, SwarmTask
from skep.core.saga.state import Surge, surges_of

__all__ = ["SurgedCount", "surged_count", "without_surge", "without_surges"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgedCount:
    """What the count of a service is made of.

    Attributes:
        goal: the count without surges; never the surged one.
        surge: the sum of the surges recorded on all nodes.
        is_replaced: somebody else has written the count since, if only to confirm it: that is the goal now, and no
            surge is in it.
    """

    goal: int
    surge: int = 0
    is_replaced: bool = False

    @property
    def posted(self) -> int:
        """The only count that is ever posted while the surges are recorded."""
        return self.goal + self.surge


def surged_count(service: Service, nodes: Iterable[Node]) -> SurgedCount:
    """What the count of a replicated service is made of.

    Args:
        service: as it is.
        nodes: all of them; on each a surge of the service may be recorded.
    """
    count = service.replicas or 0
    surges = [surge for node in nodes for surge in surges_of(node) if surge.service_id == service.id]
    if not surges:
        return SurgedCount(goal=count)
    total = sum(surge.amount for surge in surges)
    goal = _goal_within(count, surges)
    if goal is None or (goal < count and service.is_confirmed):
        return SurgedCount(goal=count, surge=total, is_replaced=True)
    return SurgedCount(goal=goal, surge=total)


def _goal_within(count: int, surges: Sequence[Surge]) -> int | None:
    """The recorded goal that the count is, with some of the surges in it; in doubt the larger: never shrink then."""
    sums = {0}
    for surge in surges:
        sums |= {posted + surge.amount for posted in sums}
    goals = {goal for surge in surges for goal in surge.goals}
    return max((goal for goal in goals if count - goal in sums), default=None)


def without_surges(cluster: Cluster) -> Cluster:
    """The cluster as it would be without surges: what is decided about a service must never see a surged count."""
    surged = {surge.service_id for node in cluster.nodes for surge in surges_of(node)}
    if not surged:
        return cluster
    return replace(
        cluster,
        services=tuple(
            without_surge(service, cluster.nodes) if service.id in surged else service for service in cluster.services
        ),
    )


def without_surge(service: Service, nodes: Sequence[Node]) -> Service:
    """One service as it would be without surges: with its goal for a count, and no more swarm tasks than that.

    The swarm tasks left out are first those that have yet to run, then those that are about to leave their node.
    """
    if service.replicas is None:
        return service
    goal = surged_count(service, nodes).goal
    surplus = max(0, service.replicas - goal)
    leaving = {node.id for node in nodes if node.availability is not Availability.ACTIVE}

    def rank(task: SwarmTask) -> tuple[bool, bool]:
        return task.is_running, task.node_id not in leaving

    wanted = sorted((task for task in service.tasks if task.is_wanted), key=rank)
    left_out = {task.id for task in wanted[: min(surplus, max(0, len(wanted) - goal))]}
    return replace(service, replicas=goal, tasks=tuple(task for task in service.tasks if task.id not in left_out))

"""Strategies: from the demand of one metric to the replicas it asks for. One formula per file."""

from dataclasses import dataclass
from datetime import datetime

from skep.core.demand import Demand, ReplicaDemand
from skep.core.metrics.series import Gap, Idle
from skep.core.policy import MetricKind, MetricPolicy, OutagePolicy, Tolerance
from skep.core.strategies import per_replica, per_service, threshold
from skep.core.strategies.outage import during_outage
from skep.core.strategies.proposal import Proposal, at_rest

__all__ = ["Carriers", "Proposal", "propose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """Who carries the load of a service.

    Attributes:
        replicas: the present count in the spec.
        running: how many of them serve now.
        all_since: since when as many have served as the spec says; ``None`` while they do not.
    """

    replicas: int
    running: int
    all_since: datetime | None = None


def propose(
    metric: MetricPolicy,
    demand: Demand,
    *,
    tolerance: Tolerance,
    carriers: Carriers,
    now: datetime,
    outage: OutagePolicy | None = None,
    previous: Proposal | None = None,
) -> Proposal:
    """Ask the strategy that fits the shape of the demand.

    Args:
        metric: what is measured.
        demand: its value, or the gap in its place.
        tolerance: how far off the target is still fine.
        carriers: who carries the load.
        now: the present instant.
        outage: what the operator wants done about a gap; holding, where nothing is said.
        previous: what the metric asked for in the evaluation before.
    """
    if isinstance(demand, Gap):
        return during_outage(
            metric,
            demand,
            policy=outage or OutagePolicy(),
            previous=previous,
            now=now,
            tolerance=tolerance,
            replicas=carriers.replicas,
            running=carriers.running,
        )
    if isinstance(demand, Idle):
        return at_rest(metric, demand.at, demand.reason)
    if isinstance(demand, ReplicaDemand):
        return per_replica.propose(demand, tolerance=tolerance, replicas=carriers.replicas)
    if metric.kind is MetricKind.THRESHOLD:
        is_settled = carriers.all_since is not None and now - carriers.all_since >= metric.window
        return threshold.propose(demand, tolerance=tolerance, replicas=carriers.replicas, is_settled=is_settled)
    return per_service.propose(demand, tolerance=tolerance, replicas=carriers.replicas, running=carriers.running)

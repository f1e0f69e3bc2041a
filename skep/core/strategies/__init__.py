"""Strategies: from the demand of one metric to the replicas it asks for. One formula per file."""

from skep.core.demand import Demand, ReplicaDemand
from skep.core.metrics.series import Gap
from skep.core.policy import MetricPolicy, Tolerance
from skep.core.strategies import per_replica, per_service
from skep.core.strategies.proposal import Proposal, missing

__all__ = ["Proposal", "propose"]


def propose(metric: MetricPolicy, demand: Demand, *, tolerance: Tolerance, replicas: int, running: int) -> Proposal:
    """Ask the strategy that fits the shape of the demand."""
    if isinstance(demand, Gap):
        return missing(metric, demand)
    if isinstance(demand, ReplicaDemand):
        return per_replica.propose(demand, tolerance=tolerance, replicas=replicas)
    return per_service.propose(demand, tolerance=tolerance, replicas=replicas, running=running)

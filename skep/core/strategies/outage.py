"""What a metric without a value is taken for, as its operator chose.

Whatever stands in for a value, bounds hold, and only ``static`` may shrink: it is an operator's word and no
measurement. The modes are those of KEDA's fallback, and the last known value with a limit on its age, which its users
asked for.
"""

from dataclasses import replace
from datetime import datetime

from skep.core.demand import ServiceDemand
from skep.core.metrics.series import Gap
from skep.core.policy import MetricKind, MetricPolicy, OnMissing, OutagePolicy, Tolerance
from skep.core.strategies import per_service
from skep.core.strategies.proposal import Proposal, missing

__all__ = ["during_outage"]


def during_outage(
    metric: MetricPolicy,
    gap: Gap,
    *,
    policy: OutagePolicy,
    previous: Proposal | None,
    now: datetime,
    tolerance: Tolerance,
    replicas: int,
    running: int,
) -> Proposal:
    """The proposal of a metric without a value.

    Args:
        metric: what has no value.
        gap: why.
        policy: what its operator wants done.
        previous: its proposal of the evaluation before, which tells since when it has been missing and what it was.
        now: the present instant.
        tolerance: of the service.
        replicas: the present count.
        running: replicas that carry the load now.
    """
    since = now if previous is None or previous.gap_since is None else previous.gap_since
    blind = replace(missing(metric, gap), gap_since=since)
    if policy.mode is OnMissing.LAST:
        return _last(blind, metric, policy, previous, now, tolerance, replicas, running) or blind
    if policy.mode is OnMissing.HOLD or policy.replicas is None or now - since < policy.after:
        return blind
    asked = policy.replicas if policy.mode is OnMissing.STATIC else max(replicas, policy.replicas)
    return replace(
        blind,
        replicas=asked,
        stand_in=policy.mode,
        formula=f"no value, {policy.mode} {policy.replicas}",
        may_shrink=policy.mode is OnMissing.STATIC,
    )


def _last(
    blind: Proposal,
    metric: MetricPolicy,
    policy: OutagePolicy,
    previous: Proposal | None,
    now: datetime,
    tolerance: Tolerance,
    replicas: int,
    running: int,
) -> Proposal | None:
    """The last value once more, while it is young enough; ``None`` if there is none to go by."""
    if previous is None or previous.value is None or previous.at is None or now - previous.at > policy.longest:
        return None
    if metric.kind is MetricKind.THRESHOLD:
        return None
    value = previous.value if previous.total is None else previous.total
    demand = ServiceDemand(metric=metric, value=value, at=previous.at)
    again = per_service.propose(demand, tolerance=tolerance, replicas=replicas, running=running)
    return replace(
        again,
        gap=blind.gap,
        gap_since=blind.gap_since,
        stand_in=OnMissing.LAST,
        formula=f"last value, {(now - previous.at).total_seconds():.0f} s old: {again.formula}",
        may_shrink=False,
    )

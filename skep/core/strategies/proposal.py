"""What one metric asks for, and why."""

from dataclasses import dataclass
from datetime import datetime

from skep.core.metrics.series import Gap
from skep.core.policy import MetricPolicy, OnMissing, Unit

__all__ = ["LARGEST_COUNT", "WITHIN_TOLERANCE", "Proposal", "at_rest", "missing", "whole_replicas"]

#: Products beyond this are clamped, as Kubernetes does: a count is a 32-bit number in every API.
LARGEST_COUNT = 2**31 - 1
#: Ends a formula whose result is close enough to the present count to leave alone.
WITHIN_TOLERANCE = ", within the tolerance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One metric's proposal, or the gap that stands in its place.

    Attributes:
        metric: the operator's name for it.
        target_value: the set point per replica, in ``unit``.
        value: the load per replica that was measured, in ``unit``; ``None`` for a gap.
        total: the load of the whole service, where the metric is a total.
        at: instant of the newest point in ``value``.
        replicas: the count it asks for; ``None`` where it asks for none: a gap, or a threshold that is kept.
        needed: the replicas that would carry the load at exactly the target, unrounded; ``None`` where that has no
            meaning.
        is_active: whether there is any load above the activation; ``None`` where the metric cannot tell.
        formula: the arithmetic with its numbers, for people.
        gap: why there is no value.
        gap_since: when it was first missing.
        stand_in: what a gap is taken for, where that is more than holding.
        may_shrink: false where the value is only a lower bound of the load.
    """

    metric: str
    unit: Unit
    target_value: float
    value: float | None = None
    total: float | None = None
    at: datetime | None = None
    replicas: int | None = None
    needed: float | None = None
    is_active: bool | None = None
    formula: str = ""
    gap: Gap | None = None
    gap_since: datetime | None = None
    stand_in: OnMissing | None = None
    may_shrink: bool = True


def missing(metric: MetricPolicy, gap: Gap) -> Proposal:
    """The proposal of a metric without a value."""
    return Proposal(metric=metric.name, unit=metric.unit, target_value=metric.target_value, gap=gap)


def at_rest(metric: MetricPolicy, at: datetime, reason: str) -> Proposal:
    """The proposal of a metric that has nothing to be measured on, and so asks for nothing and forbids nothing."""
    return Proposal(metric=metric.name, unit=metric.unit, target_value=metric.target_value, at=at, formula=reason)


def whole_replicas(count: float) -> int:
    """Round up to whole replicas, within 0 and :data:`LARGEST_COUNT`.

    A billionth of a replica is rounding noise of the division before, not load: 3.0000000001 is 3.
    """
    clamped = min(max(count, 0.0), float(LARGEST_COUNT))
    below = int(clamped)
    return below if clamped - below <= 1e-9 * max(1.0, clamped) else below + 1

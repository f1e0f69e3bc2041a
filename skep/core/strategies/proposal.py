"""What one metric asks for, and why."""

from dataclasses import dataclass
from datetime import datetime

from skep.core.metrics.series import Gap
from skep.core.policy import MetricPolicy, Unit

__all__ = ["LARGEST_COUNT", "WITHIN_TOLERANCE", "Proposal", "missing", "whole_replicas"]

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
        replicas: the count it asks for; ``None`` for a gap.
        formula: the arithmetic with its numbers, for people.
        gap: why there is no value.
        may_shrink: false where the value is only a lower bound of the load.
    """

    metric: str
    unit: Unit
    target_value: float
    value: float | None = None
    total: float | None = None
    at: datetime | None = None
    replicas: int | None = None
    formula: str = ""
    gap: Gap | None = None
    may_shrink: bool = True


def missing(metric: MetricPolicy, gap: Gap) -> Proposal:
    """The proposal of a metric without a value."""
    return Proposal(metric=metric.name, unit=metric.unit, target_value=metric.target_value, gap=gap)


def whole_replicas(count: float) -> int:
    """Round up to whole replicas, within 0 and :data:`LARGEST_COUNT`.

    A billionth of a replica is rounding noise of the division before, not load: 3.0000000001 is 3.
    """
    clamped = min(max(count, 0.0), float(LARGEST_COUNT))
    below = int(clamped)
    return below if clamped - below <= 1e-9 * max(1.0, clamped) else below + 1

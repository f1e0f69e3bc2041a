"""The HPA, and never below what yesterday came up to in the next five minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from skep.core.demand import ServiceDemand
from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.contenders.hpa import hpa_policy
from skep.core.foresight.course import Course
from skep.core.foresight.simulation import Guidance, simulate
from skep.core.strategies.proposal import Proposal, whole_replicas

__all__ = ["HPA_AND_YESTERDAY", "Expected"]

_DAY = timedelta(days=1)
_AHEAD = timedelta(minutes=5)


class Expected:
    """A fixed expectation, proposed beside what the metric asks for."""

    def __init__(self, metric: str, load: float) -> None:
        self.metric = metric
        self._load = load

    def propose(self, demand: ServiceDemand, *, now: datetime) -> Proposal:
        """What the expected load needs."""
        del now
        metric, needed = demand.metric, self._load / demand.metric.target_value
        return Proposal(
            metric=f"{metric.name} expected",
            unit=metric.unit,
            target_value=metric.target_value,
            value=self._load,
            total=self._load,
            at=demand.at,
            replicas=whole_replicas(needed),
            needed=needed,
        )


def _counts(course: Course) -> tuple[int, ...]:
    return simulate(course, _guide(course), from_slot=max(course.scored_from - _AHEAD // course.model.interval, 0))


def _guide(course: Course) -> Callable[[int], Guidance]:
    day, ahead = _DAY // course.model.interval, max(_AHEAD // course.model.interval, 1)
    policy, measured = hpa_policy(course), course.measured_rps

    def guide(slot: int) -> Guidance:
        then = max(slot - day, 0)
        load = max(measured[then : then + ahead]) if slot >= day else 0.0
        return Guidance(policy=policy, foreseen=Expected(policy.metrics[0].name, load))

    return guide


HPA_AND_YESTERDAY = Contender(
    name="HPA + yesterday", about="Kubernetes defaults, and no less than yesterday's next 5 min", counts=_counts
)

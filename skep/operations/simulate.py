"""What a policy would have done on a recorded load, beside what others would have done. Nothing is touched."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.foresight.comparison import Comparison, compare
from skep.core.foresight.contenders import (
    BASELINES,
    HPA,
    MARGIN,
    STATIC_PEAK,
    STEPS_COOL_60_S,
    Contender,
    of_policy,
    replay,
)
from skep.core.foresight.course import Course, course_of
from skep.core.foresight.model import ServiceModel, fitted_capacity_rps
from skep.core.foresight.trace import Trace
from skep.core.policy import ServicePolicy, Signal, Tune
from skep.errors import Permanent

__all__ = ["YOURS", "Assumptions", "course_under", "on_course", "simulate_trace"]

#: What the policy that an operator asks about is called.
YOURS = "yours"
_BOUNDS = Bounds(min_replicas=1, max_replicas=60)
_LONGEST_SHARE_OF_HISTORY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What is assumed of the service where a trace does not tell it.

    Attributes:
        target_rps: what one replica should carry; ``None`` to fit it to the trace, so that its busiest moments need
            20 replicas.
        target_ratio: the share of its capacity that this is.
        history: the first part of the trace, which is learned from and not scored; at most half of it is taken.
    """

    target_rps: float | None = None
    target_ratio: float = 0.7
    start_delay: timedelta = timedelta(seconds=30)
    metric_delay: timedelta = timedelta(seconds=15)
    interval: timedelta = timedelta(seconds=15)
    history: timedelta = timedelta(days=7)
    bounds: Bounds = _BOUNDS


def course_under(trace: Trace, assumptions: Assumptions) -> Course:
    """The trace as a service of these assumptions lives through it.

    Raises:
        Permanent: the assumptions cannot be simulated, or the trace has no load to fit a capacity to.
    """
    history = min(assumptions.history, trace.length / _LONGEST_SHARE_OF_HISTORY)
    try:
        model = ServiceModel(
            capacity_rps=1.0,
            target_ratio=assumptions.target_ratio,
            start_delay=assumptions.start_delay,
            metric_delay=assumptions.metric_delay,
            interval=assumptions.interval,
            bounds=assumptions.bounds,
        )
        target_rps = assumptions.target_rps or _fitted_target_rps(trace, model, history)
        return course_of(trace, replace(model, capacity_rps=target_rps / model.target_ratio), history=history)
    except ValueError as error:
        raise Permanent(f"{trace.name} cannot be simulated: {error}") from error


def _fitted_target_rps(trace: Trace, model: ServiceModel, history: timedelta) -> float:
    seen = course_of(trace, model, history=history)
    return fitted_capacity_rps(seen.rates_rps[seen.scored_from :], target_ratio=model.target_ratio) * model.target_ratio


def on_course(policy: ServicePolicy, course: Course) -> ServicePolicy:
    """The policy with its metric taken from the course.

    Raises:
        Permanent: it has metrics of which a trace of requests tells nothing.
    """
    unknown = [metric.name for metric in policy.metrics if metric.signal is not Signal.REQUESTS]
    if unknown:
        names = ", ".join(unknown)
        raise Permanent(f"a trace tells the requests alone, so {names} cannot be simulated: leave skep.requests only")
    return replace(policy, metrics=(course.model.metric,))


def simulate_trace(
    course: Course,
    policy: ServicePolicy,
    *,
    price: float,
    all_baselines: bool = False,
    tell: Callable[[Contender], None] | None = None,
) -> Comparison:
    """An operator's policy beside the HPA, steps, a static count, and the policy that tunes itself.

    Args:
        course: the load, and the service under it.
        policy: the operator's, on that course.
        price: of a missing replica in idle ones, for the policy that tunes itself.
        all_baselines: compare with every baseline there is.
        tell: is shown each policy before its turn.
    """
    others = BASELINES if all_baselines else (HPA, STEPS_COOL_60_S, STATIC_PEAK, MARGIN)
    return compare(course, (_yours(policy, price), *others, replay(price)), tell=tell)


def _yours(policy: ServicePolicy, price: float) -> Contender:
    if policy.tune is Tune.AUTO:
        return replace(replay(price, policy), name=YOURS, about="the policy asked about, which tunes itself")
    return of_policy(YOURS, "the policy asked about", lambda _course: policy)

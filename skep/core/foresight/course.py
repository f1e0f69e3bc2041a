"""A trace as a service lives through it: what comes, what of it is seen and when, and how many replicas it needs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from skep.core.foresight.model import POINT, ServiceModel
from skep.core.foresight.trace import Trace
from skep.core.strategies.proposal import whole_replicas

__all__ = ["START", "Course", "course_of", "demanded_replicas"]

#: Traces tell spans and no dates: all begin on this Monday.
START = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One service under one load, in slots from evaluation to evaluation: slot k lies right after evaluation k.

    Attributes:
        points_rps: the load in points; the same number of them in each slot.
        rates_rps: the mean load of each slot.
        measured_rps: what is measured at each evaluation: the mean of a window that ended before it.
        demanded: the fewest replicas that carry each slot at their target.
        scored_from: the first slot that counts; what is before it is history.
    """

    name: str
    model: ServiceModel
    points_rps: tuple[float, ...]
    rates_rps: tuple[float, ...]
    measured_rps: tuple[float, ...]
    demanded: tuple[int, ...]
    scored_from: int

    @property
    def points_per_slot(self) -> int:
        """How many points of load lie in one slot."""
        return self.model.interval // POINT

    @property
    def scored_length(self) -> timedelta:
        """The time that counts."""
        return (len(self.rates_rps) - self.scored_from) * self.model.interval

    def at(self, slot: int) -> datetime:
        """When a slot begins: the instant of its evaluation."""
        return START + slot * self.model.interval


def course_of(trace: Trace, model: ServiceModel, *, history: timedelta) -> Course:
    """Let a service live through a trace.

    Args:
        trace: what comes.
        model: what the service is like.
        history: the first part of the trace, which is there to learn from and is not scored.

    Raises:
        ValueError: the trace ends before the history does.
    """
    per_slot = model.interval // POINT
    points = trace.points(POINT)
    points = points[: len(points) // per_slot * per_slot]
    rates = _means(points, per_slot)
    scored_from = -(-history // model.interval)
    if scored_from >= len(rates):
        raise ValueError(f"{trace.name} lasts {trace.length}, which leaves nothing after {history} of history")
    return Course(
        name=trace.name,
        model=model,
        points_rps=points,
        rates_rps=rates,
        measured_rps=_measured(points, model),
        demanded=tuple(demanded_replicas(rate, model) for rate in rates),
        scored_from=scored_from,
    )


def demanded_replicas(rate_rps: float, model: ServiceModel) -> int:
    """The fewest replicas, and at least one, that carry a load at their target."""
    return max(1, whole_replicas(rate_rps / model.target_rps))


def _means(points: tuple[float, ...], per_slot: int) -> tuple[float, ...]:
    starts = range(0, len(points), per_slot)
    return tuple(sum(points[start : start + per_slot]) / per_slot for start in starts)


def _measured(points: tuple[float, ...], model: ServiceModel) -> tuple[float, ...]:
    """The mean of the window that ended a metric delay ago; of as much of it as the trace has, at its beginning."""
    sums = (0.0, *accumulate(points))
    window, delay, step = model.metric_window // POINT, model.metric_delay // POINT, model.interval // POINT
    measured: list[float] = []
    for tick in range(0, len(points), step):
        end = max(tick - delay, 1)
        start = max(end - window, 0)
        measured.append((sums[end] - sums[start]) / (end - start))
    return tuple(measured)

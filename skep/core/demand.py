"""What load a service's clients bring, per metric, joined with the replicas that carry it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.cluster import Service, SwarmTask
from skep.core.metrics.counters import counter_rate
from skep.core.metrics.histograms import mean_duration, percentile_duration
from skep.core.metrics.latency import Latency, mean_latency
from skep.core.metrics.series import Answers, Gap, GapReason, Histogram, Idle, Reading, Series
from skep.core.metrics.windows import mean_gauge, sane_gap
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from skep.core.readiness import WARM_UP, Life, ReplicaState, Sample, replica_state

__all__ = [
    "Demand",
    "ReplicaDemand",
    "ReplicaUse",
    "ServiceDemand",
    "measure",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaUse:
    """One replica's use of a resource.

    Attributes:
        value: in the metric's base unit; 0 unless ``state`` is ``READY``.
        basis: the amount that is 100 percent for this replica; 1 where the target is absolute.
    """

    state: ReplicaState
    value: float
    basis: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaDemand:
    """Use measured replica by replica: processor and memory."""

    metric: MetricPolicy
    replicas: tuple[ReplicaUse, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDemand:
    """One number for the whole service: requests at the proxy, or an operator's own query.

    Attributes:
        value: the sum for a ``TOTAL`` metric, else the mean per replica.
        is_lower_bound: a source was silent, so the truth is this much or more: it may ask for growth only.
    """

    metric: MetricPolicy
    value: float
    at: datetime
    is_lower_bound: bool = False


Demand = ReplicaDemand | ServiceDemand | Idle | Gap


def measure(service: Service, metric: MetricPolicy, answers: Answers, *, max_age: timedelta) -> Demand:
    """Turn what the store answered into the demand of one metric on one service, or the reason for a gap."""
    durations = answers.durations_of(service.name) if metric.signal in _DERIVED_OF_DURATIONS else None
    if durations is not None:
        return durations if isinstance(durations, Gap) else _of_durations(metric, durations, answers.as_of, max_age)
    answer = answers.of(signal=metric.signal, service=service.name, metric=metric.name)
    if isinstance(answer, Gap):
        return answer
    if metric.signal is Signal.LATENCY:
        return _latency_of_service(service, metric, answer, answers, max_age)
    return _MEASURES[metric.signal](service, metric, answer, answers.as_of, max_age)


def _use_per_replica(
    service: Service, metric: MetricPolicy, answer: tuple[Series, ...], as_of: datetime, max_age: timedelta
) -> Demand:
    by_task = {series.source: series for series in answer}
    seen: list[_Seen] = []
    for task in service.tasks:
        reading = _read(task, by_task.get(task.id), metric, as_of, max_age)
        seen.append((_state(task, reading, metric, as_of), reading))
    ready = [reading.at for state, reading in seen if state is ReplicaState.READY and isinstance(reading, Reading)]
    if not ready:
        return _blindness(service, seen, answer)
    basis = _basis(service, metric)
    if isinstance(basis, Gap):
        return basis
    uses = tuple([_use(state, reading, basis) for state, reading in seen if state is not None])
    return ReplicaDemand(metric=metric, replicas=uses, at=max(ready))


#: How far one replica counts, and its use: a tuple, since there are as many as there are replicas in the Swarm.
_Seen = tuple[ReplicaState | None, Reading | Gap]


def _read(
    task: SwarmTask, series: Series | None, metric: MetricPolicy, as_of: datetime, max_age: timedelta
) -> Reading | Gap:
    if series is None:
        return Gap(reason=GapReason.NO_DATA, detail=f"no points of replica {task.id[:12]}")
    return mean_gauge(series, as_of=as_of, window=metric.window, max_age=max_age)


def _state(task: SwarmTask, reading: Reading | Gap, metric: MetricPolicy, as_of: datetime) -> ReplicaState | None:
    """How far a swarm task counts. It serves from the moment it runs, with a health check from when that passes.

    Only the processor is busier while a replica starts than later, so only there must nothing from before be in the
    mean.
    """
    if task.is_running and isinstance(reading, Reading) and as_of - task.state_since >= WARM_UP:
        # Nearly all are long warm: of them nothing more need be asked.
        return ReplicaState.READY
    life = Life(
        is_over=not task.is_wanted or not (task.is_running or task.state.is_on_its_way),
        is_pending=task.state.is_on_its_way,
        started_at=task.state_since,
        serves_since=task.state_since,
    )
    span = metric.window if metric.signal is Signal.CPU else timedelta(0)
    sample = Sample(at=reading.at, span=span) if isinstance(reading, Reading) else None
    return replica_state(life, sample, now=as_of)


def _use(state: ReplicaState, reading: Reading | Gap, basis: float) -> ReplicaUse:
    if state is ReplicaState.READY and isinstance(reading, Reading):
        return ReplicaUse(state=state, value=reading.value, basis=basis)
    return ReplicaUse(state=state, value=0.0, basis=basis)


def _blindness(service: Service, seen: Sequence[_Seen], answer: tuple[Series, ...]) -> Gap:
    """Why no replica has a value that counts."""
    missing = [reading for state, reading in seen if state is ReplicaState.MISSING]
    if not missing:
        detail = "its replicas have only just started" if service.running_replicas else "no replica is running"
        return Gap(reason=GapReason.NO_DATA, detail=detail)
    if answer and {series.source for series in answer}.isdisjoint(task.id for task in service.tasks):
        return Gap(reason=GapReason.OF_OTHERS, detail="the store has points only of replicas that are gone")
    return next(gap for gap in missing if isinstance(gap, Gap))


def _basis(service: Service, metric: MetricPolicy) -> float | Gap:
    """What 100 percent of a replica is: its limit, else its reservation; 1 where the target is absolute."""
    if metric.unit is not Unit.RATIO:
        return 1.0
    if metric.signal is Signal.CPU:
        basis: float | None = service.limits.cpu_cores or service.reservations.cpu_cores
        needed = "deploy.resources.limits.cpus"
    else:
        basis = service.limits.memory_bytes or service.reservations.memory_bytes
        needed = "deploy.resources.limits.memory"
    if not basis:
        detail = f"{metric.name} is a percentage, so the service needs {needed} (or a reservation)"
        return Gap(reason=GapReason.NO_BASIS, detail=detail)
    return basis


def _rate_of_service(
    _service: Service, metric: MetricPolicy, answer: tuple[Series, ...], as_of: datetime, max_age: timedelta
) -> Demand:
    return _sum_of_sources(metric, answer, as_of, max_age, counter_rate)


def _gauge_of_service(
    _service: Service, metric: MetricPolicy, answer: tuple[Series, ...], as_of: datetime, max_age: timedelta
) -> Demand:
    return _sum_of_sources(metric, answer, as_of, max_age, mean_gauge)


def _latency_of_service(
    service: Service, metric: MetricPolicy, answer: tuple[Series, ...], answers: Answers, max_age: timedelta
) -> Demand:
    if metric.percentile is not None:
        detail = "HAProxy tells the mean latency and no percentile; write mean < ..."
        return Gap(reason=GapReason.REFUSED, detail=detail)
    counters = answers.of(signal=Signal.REQUESTS, service=service.name, metric=metric.name)
    if isinstance(counters, Gap):
        return counters
    return _of_latency(
        metric, mean_latency(answer, counters, as_of=answers.as_of, window=metric.window, max_age=max_age)
    )


def _of_latency(metric: MetricPolicy, latency: Latency | Idle | Gap) -> Demand:
    if isinstance(latency, Gap | Idle):
        return latency
    return ServiceDemand(metric=metric, value=latency.value, at=latency.at, is_lower_bound=latency.is_partial)


#: What a proxy that tells histograms of durations leaves to be worked out.
_DERIVED_OF_DURATIONS = frozenset({Signal.INFLIGHT, Signal.LATENCY})


def _of_durations(
    metric: MetricPolicy, durations: tuple[Histogram, ...], as_of: datetime, max_age: timedelta
) -> Demand:
    """Latency as the histograms tell it; in flight as the seconds that requests spent per second.

    That is their rate times their mean duration, and by Little's law the mean number under way. A request counts
    when it ends, with all its time at once.
    """
    if metric.signal is Signal.INFLIGHT:
        return _sum_of_sources(metric, tuple(each.sums for each in durations), as_of, max_age, counter_rate)
    if metric.percentile is None:
        return _of_latency(metric, mean_duration(durations, as_of=as_of, window=metric.window, max_age=max_age))
    return _of_latency(
        metric,
        percentile_duration(durations, metric.percentile, as_of=as_of, window=metric.window, max_age=max_age),
    )


def _sum_of_sources(
    metric: MetricPolicy,
    answer: tuple[Series, ...],
    as_of: datetime,
    max_age: timedelta,
    read: Callable[..., Reading | Gap],
) -> Demand:
    """Add up all proxies that see the service. One that is silent makes the sum a lower bound."""
    outcomes = [read(series, as_of=as_of, window=metric.window, max_age=max_age) for series in answer]
    readings = [outcome for outcome in outcomes if isinstance(outcome, Reading)]
    if not readings:
        return next(outcome for outcome in outcomes if isinstance(outcome, Gap))
    return ServiceDemand(
        metric=metric,
        value=math.fsum(reading.value for reading in readings),
        at=max(reading.at for reading in readings),
        is_lower_bound=len(readings) < len(outcomes),
    )


def _own_query(
    _service: Service, metric: MetricPolicy, answer: tuple[Series, ...], as_of: datetime, _max_age: timedelta
) -> Demand:
    """The last point of each series; added up for a total, averaged otherwise.

    The age is not judged here: an aggregate carries the start of its own time range, not the time of its newest
    point. The statement bounds time itself, and answers with nothing when there was nothing in that range.
    """
    values = tuple(series.values[-1] for series in answer)
    gap = sane_gap(values)
    if gap is not None:
        return gap
    combined = math.fsum(values)
    if metric.kind is not MetricKind.TOTAL:
        combined /= len(values)
    if metric.unit is Unit.RATIO:
        combined /= 100.0
    return ServiceDemand(metric=metric, value=combined, at=as_of)


_Measure = Callable[[Service, MetricPolicy, tuple[Series, ...], datetime, timedelta], Demand]
_MEASURES: dict[Signal, _Measure] = {  # but latency, which two signals tell
    Signal.CPU: _use_per_replica,
    Signal.MEMORY: _use_per_replica,
    Signal.REQUESTS: _rate_of_service,
    Signal.INFLIGHT: _gauge_of_service,
    Signal.QUERY: _own_query,
}

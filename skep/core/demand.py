"""What load a service's clients bring, per metric, joined with the replicas that carry it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.cluster import Service, SwarmTask
from skep.core.metrics.counters import counter_rate
from skep.core.metrics.histograms import mean_duration, percentile_duration
from skep.core.metrics.latency import Latency, mean_latency
from skep.core.metrics.series import Answers, Gap, GapReason, Histogram, Idle, Reading, Series
from skep.core.metrics.windows import mean_gauge, sane_gap
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit

__all__ = [
    "Demand",
    "ReplicaDemand",
    "ReplicaState",
    "ReplicaUse",
    "ServiceDemand",
    "measure",
]


class ReplicaState(StrEnum):
    """How far a replica's use can be counted; the classes of the Kubernetes HPA."""

    READY = "ready"
    UNREADY = "unready"
    MISSING = "missing"


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
    basis = _basis(service, metric)
    if isinstance(basis, Gap):
        return basis
    by_task = {series.source: series for series in answer}
    uses: list[ReplicaUse] = []
    newest: datetime | None = None
    first_gap: Gap | None = None
    for task in service.tasks:
        if not task.is_wanted:
            continue
        read = _read_replica(task, by_task.get(task.id), metric, as_of, max_age)
        if isinstance(read, Reading):
            uses.append(ReplicaUse(state=ReplicaState.READY, value=read.value, basis=basis))
            newest = read.at if newest is None else max(newest, read.at)
        elif isinstance(read, Gap):
            uses.append(ReplicaUse(state=ReplicaState.MISSING, value=0.0, basis=basis))
            first_gap = first_gap or read
        elif read is ReplicaState.UNREADY:
            uses.append(ReplicaUse(state=ReplicaState.UNREADY, value=0.0, basis=basis))
    if newest is None:
        return first_gap or Gap(reason=GapReason.NO_DATA, detail="no replica is running")
    return ReplicaDemand(metric=metric, replicas=tuple(uses), at=newest)


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


def _read_replica(
    task: SwarmTask, series: Series | None, metric: MetricPolicy, as_of: datetime, max_age: timedelta
) -> Reading | Gap | ReplicaState | None:
    """A replica's use; ``UNREADY`` while it starts; a gap where its data is missing; ``None`` if it ended."""
    if task.state.is_on_its_way:
        return ReplicaState.UNREADY
    if not task.is_running:
        return None
    if series is None:
        return Gap(reason=GapReason.NO_DATA, detail=f"no points of replica {task.id[:12]}")
    running_since_epoch_s = task.state_since.timestamp()
    if series.at_epoch_s and series.at_epoch_s[-1] < running_since_epoch_s:
        return ReplicaState.UNREADY
    return mean_gauge(series, as_of=as_of, window=metric.window, max_age=max_age)


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

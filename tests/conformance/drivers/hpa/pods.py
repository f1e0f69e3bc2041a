"""Pods as a Swarm would show them: services with swarm tasks, and points of what they use.

A pod that runs may be ready or not; a swarm task that runs is, since with a health check it runs once that passes. So a
pod that has never been ready has yet to serve, and one that was ready once and no longer is has served since its start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from skep.core.cluster import Resources, Service, ServiceMode, SwarmTask, TaskState
from skep.core.demand import Demand, ReplicaDemand, measure
from skep.core.metrics.series import Answers, Gap, Series
from skep.core.policy import MetricKind, MetricPolicy, Signal, Tolerance, Unit
from skep.core.readiness import Life, ReplicaState, Sample, replica_state
from tests.builders import NOW
from tests.conformance.vector import Json

__all__ = ["LONG_AGO", "ago", "per_replica_demand", "per_replica_metric", "pod_state", "serving", "swarm", "tolerance"]

LONG_AGO = NOW - timedelta(days=3650)
_DEFAULT_CPU_PERCENT = 80


def ago(seconds: float) -> datetime:
    """The instant so many seconds ago."""
    return NOW - timedelta(seconds=seconds)


def tolerance(given: Json) -> Tolerance:
    """The tolerance of a vector."""
    return Tolerance(up_ratio=given["tolerance"]["up"], down_ratio=given["tolerance"]["down"])


def serving(given: Json) -> int:
    """How many pods run and are ready."""
    return sum(pod["phase"] == "Running" and pod["ready"] is True for pod in given.get("replicas", ()))


def pod_state(pod: Json, value_key: str, given: Json, *, needs_readiness: bool) -> ReplicaState | None:
    """How far the core counts a pod.

    Args:
        pod: one of the replicas of a vector.
        value_key: which of its values is meant.
        given: the vector, which knows how long pods warm up.
        needs_readiness: whether it matters that the pod is ready, as it does for the processor.
    """
    warm_up = timedelta(seconds=given["cpu_initialization_period_s"])
    sample = None
    if pod.get(value_key) is not None:
        age_s = pod["metric_age_s"]
        sample = Sample(
            at=LONG_AGO if age_s is None else ago(age_s), span=timedelta(seconds=pod.get("metric_window_s") or 0)
        )
    return replica_state(_life(pod, given, needs_readiness=needs_readiness), sample, now=NOW, warm_up=warm_up)


def _life(pod: Json, given: Json, *, needs_readiness: bool) -> Life:
    started_at = LONG_AGO
    serves_since: datetime | None = LONG_AGO
    if needs_readiness:
        started_at = LONG_AGO if pod["start_age_s"] is None else ago(pod["start_age_s"])
        serves_since = _serves_since(pod, given, started_at)
    return Life(
        is_over=pod["deleting"] or pod["phase"] == "Failed",
        is_pending=pod["phase"] == "Pending",
        started_at=started_at,
        serves_since=serves_since,
    )


def _serves_since(pod: Json, given: Json, started_at: datetime) -> datetime | None:
    if pod["ready"] is None or pod["start_age_s"] is None:
        return None
    changed_at = LONG_AGO if pod["ready_changed_age_s"] is None else ago(pod["ready_changed_age_s"])
    if pod["ready"]:
        return changed_at
    is_young = NOW - started_at < timedelta(seconds=given["cpu_initialization_period_s"])
    was_ready_once = changed_at - started_at >= timedelta(seconds=given["initial_readiness_delay_s"])
    return started_at if was_ready_once and not is_young else None


def per_replica_metric(metric: Json) -> MetricPolicy:
    """The metric of a vector that is measured replica by replica."""
    if metric["kind"] == "resource_utilization":
        percent = _DEFAULT_CPU_PERCENT if metric["target_pct"] is None else metric["target_pct"]
        return MetricPolicy(
            name=metric["resource"],
            signal=Signal(metric["resource"]),
            kind=MetricKind.UTILIZATION,
            unit=Unit.RATIO,
            target_value=percent / 100,
        )
    # Of the metrics that skep measures replica by replica, memory is the one that needs no readiness.
    return MetricPolicy(
        name="average",
        signal=Signal.MEMORY,
        kind=MetricKind.AVERAGE,
        unit=Unit.BYTES,
        target_value=float(metric["target_m"]),
    )


def per_replica_demand(given: Json, metric: MetricPolicy, value_key: str = "usage_m") -> Demand:
    """What the core measures of the pods of a vector, in thousandths.

    All replicas of a service have the same limit. Where those of a vector do not, each is given its own afterwards; and
    where one has none, the service has none.
    """
    pods = given.get("replicas", ())
    needs_readiness = metric.signal is Signal.CPU
    states = [pod_state(pod, value_key, given, needs_readiness=needs_readiness) for pod in pods]
    values = [pod.get(value_key) for pod in pods]
    limits = [pod.get("request_m") for pod in pods]
    strangers = given.get("metrics_of_unknown_replicas_m", ())
    service = swarm(states, has_limits=None not in limits)
    answers = _answers(metric.signal, service, values, strangers)
    demand = measure(service, metric, answers, max_age=timedelta(seconds=1))
    if not isinstance(demand, ReplicaDemand) or metric.kind is not MetricKind.UTILIZATION:
        return demand
    own = [limit for limit, state in zip(limits, states, strict=True) if state is not None]
    uses = tuple(replace(use, basis=float(limit)) for use, limit in zip(demand.replicas, own, strict=True))
    return replace(demand, replicas=uses)


def swarm(states: Sequence[ReplicaState | None], *, replicas: int | None = None, has_limits: bool = True) -> Service:
    """A service whose swarm tasks count so far; as many replicas as swarm tasks unless said otherwise."""
    limits = Resources(cpu_cores=1.0, memory_bytes=1) if has_limits else Resources()
    return Service(
        id="web-id",
        name="web",
        mode=ServiceMode.REPLICATED,
        replicas=len(states) if replicas is None else replicas,
        version_index=1,
        limits=limits,
        updated_at=LONG_AGO,
        tasks=tuple(_task(number, state) for number, state in enumerate(states)),
    )


def _task(number: int, state: ReplicaState | None) -> SwarmTask:
    return SwarmTask(
        id=f"task{number}",
        service_id="web-id",
        slot=number + 1,
        node_id="node-id",
        state=TaskState.STARTING if state is ReplicaState.UNREADY else TaskState.RUNNING,
        state_since=LONG_AGO,
        is_wanted=state is not None,
    )


def _answers(signal: Signal, service: Service, values: Sequence[float | None], strangers: Sequence[float]) -> Answers:
    """One point of each replica that has a value, and one of each that is no longer part of the service."""
    series = [_series(task.id, value) for task, value in zip(service.tasks, values, strict=True) if value is not None]
    series += [_series(f"stranger{number}", value) for number, value in enumerate(strangers)]
    by_service: Mapping[str, tuple[Series, ...]] | Gap = {service.name: tuple(series)} if series else {}
    return Answers(as_of=NOW, built_in={signal: by_service}, own={})


def _series(source: str, value: float) -> Series:
    return Series(source=source, at_epoch_s=(NOW.timestamp(),), values=(float(value),))

"""The metrics that need no query: ``skep.cpu``, ``skep.memory``, ``skep.requests`` and the others at the proxy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from skep.config.backlog import QUEUE, read_queue
from skep.config.latency import read_latency
from skep.config.problem import LabelSheet
from skep.config.target import Target, read_cpu_target, read_memory_target
from skep.config.total import read_inflight, read_requests
from skep.core.cluster import Resources
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit

__all__ = ["read_built_in_metrics"]


def read_built_in_metrics(
    sheet: LabelSheet, *, limits: Resources, reservations: Resources, window: timedelta
) -> Iterator[MetricPolicy]:
    """The built-in metrics that are given and right.

    Args:
        sheet: the labels; what is wrong with the others is noted there.
        limits: what a replica may use at most.
        reservations: what a replica is promised.
        window: the span whose mean is taken.
    """
    yield from _used_by_replicas(sheet, limits=limits, reservations=reservations, window=window)
    yield from _counted_at_the_proxy(sheet, window)
    yield from _latency(sheet, window)
    yield from _queue(sheet, window)


def _used_by_replicas(
    sheet: LabelSheet, *, limits: Resources, reservations: Resources, window: timedelta
) -> Iterator[MetricPolicy]:
    for resource in (_CPU, _MEMORY):
        target = sheet.read(f"skep.{resource.signal}", resource.read_target)
        if target is not None and _can_work(sheet, resource, target, limits, reservations):
            yield MetricPolicy(
                name=resource.signal.value,
                signal=resource.signal,
                kind=MetricKind.UTILIZATION if target.unit is Unit.RATIO else MetricKind.AVERAGE,
                unit=target.unit,
                target_value=target.value,
                window=window,
            )


def _counted_at_the_proxy(sheet: LabelSheet, window: timedelta) -> Iterator[MetricPolicy]:
    for signal, read in ((Signal.REQUESTS, read_requests), (Signal.INFLIGHT, read_inflight)):
        total = sheet.read(f"skep.{signal}", read)
        if total is not None:
            yield MetricPolicy(
                name=signal.value,
                signal=signal,
                kind=MetricKind.TOTAL,
                unit=total.target.unit,
                target_value=total.target.value,
                window=window,
                activation=total.activation,
            )


def _latency(sheet: LabelSheet, window: timedelta) -> Iterator[MetricPolicy]:
    limit = sheet.read("skep.latency", read_latency)
    if limit is not None:
        yield MetricPolicy(
            name=Signal.LATENCY.value,
            signal=Signal.LATENCY,
            kind=MetricKind.THRESHOLD,
            unit=Unit.SECONDS,
            target_value=limit.longest.total_seconds(),
            window=window,
            percentile=limit.percentile,
        )


def _queue(sheet: LabelSheet, window: timedelta) -> Iterator[MetricPolicy]:
    backlog = sheet.read(f"skep.{QUEUE}", read_queue)
    if backlog is not None:
        yield MetricPolicy(
            name=QUEUE,
            signal=Signal.QUERY,
            kind=MetricKind.TOTAL,
            unit=backlog.total.target.unit,
            target_value=backlog.total.target.value,
            window=window,
            query=backlog.statement,
            activation=backlog.total.activation,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resource:
    """What a replica uses up.

    Attributes:
        unit: of an absolute amount.
        declaration: where a Compose file limits it.
    """

    signal: Signal
    unit: Unit
    read_target: Callable[[str], Target]
    amount: Callable[[Resources], float | None]
    declaration: str
    example: str


_CPU = _Resource(
    signal=Signal.CPU,
    unit=Unit.CORES,
    read_target=read_cpu_target,
    amount=lambda resources: resources.cpu_cores,
    declaration="deploy.resources.limits.cpus",
    example="70% or 0.5 cores",
)
_MEMORY = _Resource(
    signal=Signal.MEMORY,
    unit=Unit.BYTES,
    read_target=read_memory_target,
    amount=lambda resources: resources.memory_bytes,
    declaration="deploy.resources.limits.memory",
    example="70% or 300MiB",
)


def _can_work(
    sheet: LabelSheet, resource: _Resource, target: Target, limits: Resources, reservations: Resources
) -> bool:
    """Whether use can reach the target; a share needs something to be a share of, and no use exceeds its limit."""
    limit = resource.amount(limits)
    label = f"skep.{resource.signal}"
    if target.unit is Unit.RATIO and not limit and not resource.amount(reservations):
        expected = f"{resource.declaration} (or a reservation) to be set, since a percentage is a share of it"
        sheet.object_to(label, expected=expected, example=_absolute(resource))
        return False
    most = 1.0 if target.unit is Unit.RATIO else limit
    if limit and most and target.value > most:
        expected = f"no more than the limit of {resource.unit.text(limit)}, which use never exceeds"
        sheet.object_to(label, expected=expected, example=resource.example)
        return False
    return True


def _absolute(resource: _Resource) -> str:
    """How the target would be written without a limit."""
    return resource.example.rpartition(" or ")[2]

"""The metrics that need no query: ``skep.cpu``, ``skep.memory``, ``skep.requests`` and ``skep.inflight``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from skep.config.problem import LabelSheet
from skep.config.target import (
    Target,
    read_cpu_target,
    read_inflight_target,
    read_memory_target,
    read_requests_target,
)
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
    for resource in (_CPU, _MEMORY):
        target = sheet.read(f"skep.{resource.signal}", resource.read_target)
        if target is not None and _can_work(sheet, resource, target, limits, reservations):
            kind = MetricKind.UTILIZATION if target.unit is Unit.RATIO else MetricKind.AVERAGE
            yield _metric(resource.signal, kind, target, window)
    for signal, read_target in _COUNTED_AT_THE_PROXY:
        target = sheet.read(f"skep.{signal}", read_target)
        if target is not None:
            yield _metric(signal, MetricKind.TOTAL, target, window)


def _metric(signal: Signal, kind: MetricKind, target: Target, window: timedelta) -> MetricPolicy:
    return MetricPolicy(
        name=signal.value, signal=signal, kind=kind, unit=target.unit, target_value=target.value, window=window
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
_COUNTED_AT_THE_PROXY = (
    (Signal.REQUESTS, read_requests_target),
    (Signal.INFLIGHT, read_inflight_target),
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

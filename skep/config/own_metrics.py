"""The metrics that an operator asks for in words of their own: ``skep.metric.<name>.query`` and its companions."""

import re
from collections.abc import Iterator
from datetime import timedelta

from skep.config.own_query import EXAMPLE_QUERY, read_own_query
from skep.config.pace import read_span
from skep.config.problem import LabelSheet
from skep.config.target import Target, read_own_target
from skep.config.units import UnitError
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit

__all__ = ["METRIC_FIELDS", "METRIC_PREFIX", "metric_name", "read_own_metrics"]

METRIC_PREFIX = "skep.metric."
METRIC_FIELDS = ("query", "target", "kind", "window", "source", "on-missing", "activation")


def read_own_metrics(sheet: LabelSheet, *, window: timedelta) -> Iterator[MetricPolicy]:
    """The metrics with queries of their own that are given and right.

    Args:
        sheet: the labels; what is wrong with the others is noted there.
        window: the span for metrics that name none.
    """
    for name in _names(sheet):
        if _is_good_name(sheet, name):
            metric = _read_metric(sheet, name, window)
            if metric is not None:
                yield metric


def metric_name(label: str) -> str | None:
    """The name in ``skep.metric.<name>.<field>``, whatever the field; ``None`` in any other label."""
    name, _, _ = label.removeprefix(METRIC_PREFIX).rpartition(".")
    return name if name and label.startswith(METRIC_PREFIX) else None


def _names(sheet: LabelSheet) -> tuple[str, ...]:
    """Each name once, in the order of the labels; a label with a misspelt field makes no metric."""
    names = [metric_name(label) for label in sheet.labels if label.rpartition(".")[2] in METRIC_FIELDS]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _is_good_name(sheet: LabelSheet, name: str) -> bool:
    if _NAME.fullmatch(name) and name not in _TAKEN:
        return True
    expected = "a metric name that is not built in, of at most 40 letters, digits, - and _"
    for field in METRIC_FIELDS:
        label = f"{METRIC_PREFIX}{name}.{field}"
        if sheet.text(label) is not None:
            sheet.object_to(label, expected=expected, example=f"{METRIC_PREFIX}backlog.{field}")
    return False


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_TAKEN = frozenset(signal.value for signal in Signal if signal is not Signal.QUERY)


def _read_metric(sheet: LabelSheet, name: str, window: timedelta) -> MetricPolicy | None:
    prefix = f"{METRIC_PREFIX}{name}"
    query = sheet.require(
        f"{prefix}.query", read_own_query, expected="the statement that answers with its value", example=EXAMPLE_QUERY
    )
    kind = sheet.require(f"{prefix}.kind", _read_kind, expected=_KINDS, example="total")
    target = sheet.require(
        f"{prefix}.target", read_own_target, expected="the value it should have per replica", example="30 or 50/s"
    )
    own_window = sheet.read(f"{prefix}.window", read_span)
    sheet.accept_only(f"{prefix}.source", "influxdb")
    sheet.accept_only(f"{prefix}.on-missing", "hold")
    sheet.refuse_unsupported(f"{prefix}.activation")
    if query is None or kind is None or target is None or not _agree(sheet, prefix, kind, target):
        return None
    return MetricPolicy(
        name=name,
        signal=Signal.QUERY,
        kind=kind,
        unit=target.unit,
        target_value=target.value,
        window=own_window or window,
        query=query,
    )


_KINDS = "average (a mean over replicas), total (a sum over the service) or utilization (a mean in percent)"


def _read_kind(text: str) -> MetricKind:
    try:
        return MetricKind(text.strip().lower())
    except ValueError:
        raise UnitError(text, _KINDS, "total") from None


def _agree(sheet: LabelSheet, prefix: str, kind: MetricKind, target: Target) -> bool:
    """Whether a target is a percentage exactly where the kind is utilization."""
    if (kind is MetricKind.UTILIZATION) == (target.unit is Unit.RATIO):
        return True
    if kind is MetricKind.UTILIZATION:
        expected, example = "a percentage, since the kind is utilization", "70%"
    else:
        expected, example = f"no percentage, since the kind is {kind}; percentages are utilization", "30"
    sheet.object_to(f"{prefix}.target", expected=expected, example=example)
    return False

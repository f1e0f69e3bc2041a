"""The metrics that an operator asks for in words of their own: ``skep.metric.<name>.query`` and its companions."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from skep.config.backlog import QUEUE
from skep.config.outage import read_on_missing
from skep.config.own_query import EXAMPLE_QUERY, read_own_query
from skep.config.pace import read_span
from skep.config.problem import LabelSheet
from skep.config.prometheus_query import EXAMPLE_PROMETHEUS_QUERY, read_prometheus_query
from skep.config.target import Target, read_own_amount, read_own_target
from skep.config.units import UnitError
from skep.core.policy import MetricKind, MetricPolicy, Signal, Source, Unit

__all__ = [
    "METRIC_FIELDS",
    "METRIC_PREFIX",
    "metric_name",
    "read_kind",
    "read_metric_name",
    "read_own_metrics",
    "read_own_statement",
    "read_source",
]

METRIC_PREFIX = "skep.metric."
METRIC_FIELDS = ("query", "target", "kind", "window", "activation", "on-missing", "source")


def read_own_metrics(sheet: LabelSheet, *, window: timedelta, fewest: int) -> Iterator[MetricPolicy]:
    """The metrics with queries of their own that are given and right.

    Args:
        sheet: the labels; what is wrong with the others is noted there.
        window: the span for metrics that name none.
        fewest: ``skep.min``.
    """
    for name in _names(sheet):
        if _is_good_name(sheet, name):
            metric = _read_metric(sheet, name, window, fewest)
            if metric is not None:
                yield metric


def read_kind(text: str) -> MetricKind:
    """Read ``average``, ``total`` or ``utilization``.

    Raises:
        UnitError: anything else; a threshold is no kind of an operator's own query.
    """
    kind = _KINDS.get(text.strip().lower())
    if kind is None:
        raise UnitError(text, _KINDS_IN_WORDS, "total")
    return kind


_KINDS = {str(kind): kind for kind in (MetricKind.AVERAGE, MetricKind.TOTAL, MetricKind.UTILIZATION)}
_KINDS_IN_WORDS = "average (a mean over replicas), total (a sum over the service) or utilization (a mean in percent)"


def read_metric_name(text: str) -> str:
    """Read what an operator calls a metric of their own.

    Raises:
        UnitError: it is built in, or anything but letters, digits, - and _.
    """
    if not _NAME.fullmatch(text) or text in _TAKEN:
        expected = "a metric name that is not built in, of at most 40 letters, digits, - and _"
        raise UnitError(text, expected, "backlog")
    return text


def read_own_statement(text: str, *, source: Source) -> str:
    """Read the query of an operator's own in the language of the store that answers it.

    Raises:
        UnitError: it may not be asked.
    """
    return read_prometheus_query(text) if source is Source.PROMETHEUS else read_own_query(text)


def read_source(text: str) -> Source:
    """Read ``influxdb`` or ``prometheus``.

    Raises:
        UnitError: anything else.
    """
    try:
        return Source(text.strip().lower())
    except ValueError:
        raise UnitError(text, " or ".join(Source), Source.INFLUXDB) from None


def metric_name(label: str) -> str | None:
    """The name in ``skep.metric.<name>.<field>``, whatever the field; ``None`` in any other label."""
    name, _, _ = label.removeprefix(METRIC_PREFIX).rpartition(".")
    return name if name and label.startswith(METRIC_PREFIX) else None


def _names(sheet: LabelSheet) -> tuple[str, ...]:
    """Each name once, in the order of the labels; a label with a misspelt field makes no metric."""
    names = [metric_name(label) for label in sheet.labels if label.rpartition(".")[2] in METRIC_FIELDS]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _is_good_name(sheet: LabelSheet, name: str) -> bool:
    try:
        read_metric_name(name)
    except UnitError as error:
        for field in METRIC_FIELDS:
            label = f"{METRIC_PREFIX}{name}.{field}"
            if sheet.text(label) is not None:
                sheet.object_to(label, expected=error.expected, example=f"{METRIC_PREFIX}{error.example}.{field}")
        return False
    return True


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_TAKEN = frozenset({QUEUE, *(signal.value for signal in Signal if signal is not Signal.QUERY)})


def _read_metric(sheet: LabelSheet, name: str, window: timedelta, fewest: int) -> MetricPolicy | None:
    prefix = f"{METRIC_PREFIX}{name}"
    source = sheet.read(f"{prefix}.source", read_source) or Source.INFLUXDB
    query = _read_query(sheet, f"{prefix}.query", source)
    kind = sheet.require(f"{prefix}.kind", read_kind, expected=_KINDS_IN_WORDS, example="total")
    target = sheet.require(
        f"{prefix}.target", read_own_target, expected="the value it should have per replica", example="30 or 50/s"
    )
    own_window = sheet.read(f"{prefix}.window", read_span)
    outage = sheet.read(f"{prefix}.on-missing", lambda text: read_on_missing(text, fewest=fewest))
    activation = sheet.read(f"{prefix}.activation", read_own_amount)
    if query is None or kind is None or target is None:
        return None
    if not _agree(sheet, prefix, kind, target) or not _can_activate(sheet, prefix, kind, target, activation):
        return None
    return MetricPolicy(
        name=name,
        signal=Signal.QUERY,
        kind=kind,
        unit=target.unit,
        target_value=target.value,
        window=own_window or window,
        query=query,
        source=source,
        activation=activation.value if activation else 0.0,
        outage=outage,
    )


def _read_query(sheet: LabelSheet, label: str, source: Source) -> str | None:
    return sheet.require(
        label,
        partial(read_own_statement, source=source),
        expected="the statement that answers with its value",
        example=EXAMPLE_PROMETHEUS_QUERY if source is Source.PROMETHEUS else EXAMPLE_QUERY,
    )


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


def _can_activate(sheet: LabelSheet, prefix: str, kind: MetricKind, target: Target, activation: Target | None) -> bool:
    """Whether an activation, if there is one, is of a total, and in the unit of the target."""
    if activation is None:
        return True
    if kind is not MetricKind.TOTAL:
        expected = f"no activation, since the kind is {kind}: without replicas only a total has a value"
        sheet.object_to(f"{prefix}.activation", expected=expected, example="the metric without it")
        return False
    if activation.unit is not target.unit:
        expected = "the unit of the target"
        sheet.object_to(f"{prefix}.activation", expected=expected, example=_EXAMPLES_OF_UNITS[target.unit])
        return False
    return True


_EXAMPLES_OF_UNITS = {
    Unit.BYTES: "10MiB",
    Unit.CORES: "0.1 cores",
    Unit.PER_SECOND: "2/s",
    Unit.PLAIN: "5",
}

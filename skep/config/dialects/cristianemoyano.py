"""cristianemoyano/swarm-autoscaler: ``autoscaler.enabled``, CPU or memory, shrinking below half of the threshold."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import (
    CPU_CORES,
    MEMORY_BYTES,
    MEMORY_SHARE,
    TOO_MANY_BYTES,
    Measure,
    read_decimal,
    read_hundredths,
    read_positive_count,
    read_share,
)
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.units import UnitError, read_count

__all__ = ["CRISTIANEMOYANO"]

_ENABLED = "autoscaler.enabled"
_METRIC = "autoscaler.metric"
_MIN = "autoscaler.min"
_MAX = "autoscaler.max"
_MEMORY_BASE = "autoscaler.memory.limit_bytes"

#: Its cooldown is fixed, and so are the looks in between, once a minute or more often.
_COOLDOWN = timedelta(seconds=60)
_FEWEST_AT_MOST = 2


def _write(draft: Draft) -> None:
    if not is_on(draft, _ENABLED):
        return
    present = max(_FEWEST_AT_MOST, draft.facts.replicas or 0)
    most = draft.read(_MAX, read_positive_count, present)
    say_bounds(draft, draft.read(_MIN, read_count, 1), most, least_label=_MIN, most_label=_MAX)
    draft.note_if_missing(
        _MAX,
        f"is not set, and then it is the present count, at least {_FEWEST_AT_MOST}",
        instead=f"skep.max is {present}",
    )
    metric = draft.read(_METRIC, _read_metric, "cpu")
    say_thresholds(draft, (_threshold(draft, metric),))
    pace = Pace(every=_COOLDOWN, cooldown_up=_COOLDOWN, cooldown_down=_COOLDOWN)
    say_pace(draft, pace, most=most)
    _pass_over(draft, metric)


def _threshold(draft: Draft, metric: str) -> Threshold:
    label = f"autoscaler.{metric}.threshold"
    level = draft.read(label, read_hundredths if metric == "cpu" else read_share, Decimal("0.7"))
    base = draft.read(_MEMORY_BASE, _read_base, None) if metric == "memory" else None
    measure = _measure(metric, base)
    up = level if base is None else level * base
    return Threshold(measure=measure, up=up, down=up / 2, label=label, down_label=label, is_given=True)


def _measure(metric: str, base: Decimal | None) -> Measure:
    if metric == "cpu":
        return CPU_CORES
    return MEMORY_SHARE if base is None else MEMORY_BYTES


def _pass_over(draft: Draft, metric: str) -> None:
    """Labels of the other metric have no effect, with the peer neither."""
    for label in (_MEMORY_BASE, "autoscaler.cpu.threshold", "autoscaler.memory.threshold"):
        if metric not in label:
            draft.note_given(label, f"has no effect, since {_METRIC} is {metric}", instead="it can go")


def _read_metric(text: str) -> str:
    metric = text.strip().lower()
    if metric not in {"cpu", "memory"}:
        raise UnitError(text, "cpu or memory", "cpu")
    return metric


def _read_base(text: str) -> Decimal:
    base = read_decimal(text)
    if not 1 <= base < TOO_MANY_BYTES:
        raise UnitError(text, "a number of bytes", "536870912")
    return base


CRISTIANEMOYANO = Dialect(
    name="cristianemoyano",
    peer="cristianemoyano/swarm-autoscaler",
    sign=any_of(_ENABLED),
    write=_write,
    prefixes=("autoscaler.",),
)

"""Aleksey512/swarm-hpa: ``swarm.autoscaler.enabled``, one metric with a target, proportional."""

import re
from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import (
    CPU_CORES,
    MEMORY_SHARE,
    Measure,
    number_text,
    read_decimal,
    read_positive_count,
)
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.reach import can_be_reached
from skep.config.dialects.switch import is_on, is_true
from skep.config.own_query import LONGEST_QUERY
from skep.config.units import UnitError, read_count

__all__ = ["SWARM_HPA"]

_ENABLED = "swarm.autoscaler.enabled"
_HEAL = "swarm.autoscaler.heal"
_MIN = "swarm.autoscaler.min"
_MAX = "swarm.autoscaler.max"
_METRIC = "swarm.autoscaler.metric"
_TARGET = "swarm.autoscaler.target"
_SOURCE = "swarm.autoscaler.source"
_QUERY = "swarm.autoscaler.query"
_REBALANCE = "swarm.autoscaler.rebalance"

#: The daemon's defaults; nothing about them stands in the labels.
_PACE = Pace(
    every=timedelta(seconds=15),
    up_by=None,
    down_by=None,
    cooldown_up=timedelta(minutes=3),
    cooldown_down=timedelta(minutes=3),
)


def _write(draft: Draft) -> None:
    if draft.text(_ENABLED) is None:
        draft.say("skep.enable", "false")
        draft.note(_HEAL, "alone asks for healing, not for scaling", instead="skep leaves the service alone")
        return
    if not is_on(draft, _ENABLED, exactly=True):
        return
    least = draft.require(_MIN, read_count, expected="the fewest replicas", example="2")
    most = draft.require(_MAX, read_positive_count, expected="the most replicas", example="20")
    say_bounds(draft, least, most, least_label=_MIN, most_label=_MAX)
    _write_metric(draft)
    draft.say("skep.tolerance", "10%")
    say_pace(draft, _PACE, most=most)
    draft.note(
        "SCALE_UP_COOLDOWN, SCALE_DOWN_COOLDOWN",
        "are settings of its daemon",
        instead="these are its defaults; skep's run for each direction, and shrinking waits as long after a growth",
    )
    _note_the_rest(draft)


def _write_metric(draft: Draft) -> None:
    metric = draft.require(_METRIC, _read_name, expected="cpu, memory or the name of a query", example="cpu")
    target = draft.require(_TARGET, _read_target, expected="the value it should have", example="70")
    if _is_queried(draft):
        _write_query(draft, metric, target)
    elif metric is None or target is None:
        return
    elif metric in _MEASURES:
        _write_use(draft, _MEASURES[metric], target)
    else:
        draft.object_to(_METRIC, expected=f"cpu or memory, since {_SOURCE} is not prometheus", example="cpu")


_MEASURES = {"cpu": CPU_CORES, "memory": MEMORY_SHARE}
_SOURCES = ("dockerstats", "agents", "prometheus")


def _is_queried(draft: Draft) -> bool:
    """Whether the metric is a query; one without a source would follow the daemon's, so that the query tells."""
    source = draft.read(_SOURCE, _read_source, None)
    return source == "prometheus" or (source is None and draft.text(_QUERY) is not None)


def _write_use(draft: Draft, measure: Measure, target: Decimal) -> None:
    """Use in percent: of one core, whatever the limit; of the memory limit."""
    amount = target / 100
    if not can_be_reached(draft, measure, amount, label=_TARGET):
        return
    draft.say(measure.native, measure.text(amount))
    if measure is CPU_CORES:
        why = f"is {number_text(target)} % of one core, whatever the limit"
        draft.note(_TARGET, why, instead=f"skep.cpu is {measure.text(amount)}; a percentage would be of the limit")


def _write_query(draft: Draft, metric: str | None, target: Decimal | None) -> None:
    query = draft.require(_QUERY, _read_query, expected="the PromQL that answers with the value", example=_EXAMPLE)
    if metric is None or target is None or query is None:
        return
    prefix = f"skep.metric.{_native_name(metric)}"
    draft.say(f"{prefix}.query", query)
    draft.say(f"{prefix}.target", number_text(target))
    draft.say(f"{prefix}.kind", "average")
    draft.say(f"{prefix}.source", "prometheus")


_EXAMPLE = 'avg(rate(http_requests_total{service="$SERVICE"}[1m]))'
_TAKEN = frozenset({"cpu", "memory", "requests", "inflight", "latency", "queue"})
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME = 40


def _native_name(metric: str) -> str:
    """A name that skep takes; those of its own metrics are not free."""
    name = _NO_NAME.sub("-", metric).strip("-_")[:_LONGEST_NAME] or "query"
    return f"{name}-query" if name in _TAKEN else name


def _read_name(text: str) -> str:
    name = text.strip()
    if not name:
        raise UnitError(text, "cpu, memory or the name of a query", "cpu")
    return name


def _read_target(text: str) -> Decimal:
    target = read_decimal(text)
    if target <= 0:
        raise UnitError(text, "a number above 0", "70")
    return target


def _read_source(text: str) -> str:
    if text not in _SOURCES:
        raise UnitError(text, "dockerstats, agents or prometheus", "prometheus")
    return text


def _read_query(text: str) -> str:
    """A query of PromQL on one line, with skep's placeholder in place of the peer's."""
    query = _LINE_ENDS.sub(" ", text.strip())
    if not query or len(query) > LONGEST_QUERY or not query.isprintable():
        raise UnitError(text, f"a query of at most {LONGEST_QUERY} characters", _EXAMPLE)
    if "#" in query and "\n" in text:
        raise UnitError(text, "a query without comments", _EXAMPLE)
    if "$SERVICE_ID" in query:
        raise UnitError(text, "$SERVICE in place of $SERVICE_ID, which skep does not replace", _EXAMPLE)
    return query.replace("$SERVICE", "$service")


_LINE_ENDS = re.compile(r"[\t\r\n]+")


def _note_the_rest(draft: Draft) -> None:
    if is_true(draft.text(_HEAL) or ""):
        draft.note(
            _HEAL,
            "restarts what is stuck pending, which skep only shows",
            instead="docker service update --force SERVICE does it by hand",
        )
    if is_true(draft.text(_REBALANCE) or ""):
        draft.note(_REBALANCE, "is for nodes and not for services with skep", instead="see its rebalancing")


SWARM_HPA = Dialect(
    name="swarm-hpa",
    peer="Aleksey512/swarm-hpa",
    sign=any_of(_ENABLED, _HEAL),
    write=_write,
    prefixes=("swarm.autoscaler",),
)

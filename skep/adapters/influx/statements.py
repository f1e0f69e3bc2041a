"""What is asked: one flat statement per built-in signal, and how user text is written into InfluxQL.

Flat means raw points, grouped by tags: mean and sum are taken in Python, where one answer serves all services. A
subquery costs the store four to six times as much, and a query per service grows with the number of services.

Lexical rules: docs.influxdata.com, "InfluxQL reference", section "Notation"; patterns are RE2's (1.x, 2.x) and those
of Rust's regex crate (3 Core), which agree on all that is used here.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from skep.config.own_query import PLACEHOLDER, read_own_query
from skep.config.units import UnitError
from skep.core.metrics.backends import service_of_backend
from skep.core.metrics.series import Gap, GapReason, Question
from skep.core.policy import Signal

__all__ = ["MEASURES", "Measure", "Tags", "built_in_statement", "own_statement", "pattern_of", "string_literal"]

#: Tags of one group of points; absent or ``None`` where the points have no such tag.
Tags = Mapping[str, str | None]

_SERVICE = "com.docker.swarm.service.name"
_TASK = "com.docker.swarm.task.id"
_CONTAINER = "container_name"
_HOST = "host"

# Filtering by name pays while names are few; beyond that it is cheaper to leave the others out when reading.
_MOST_NAMES = 50
_LONGEST_FILTER = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Where Telegraf writes one signal, and how it comes out in base units.

    Attributes:
        condition: what else must hold of the points.
        tags: what points are grouped by.
        service_of: the service a group belongs to; empty if none.
        source_of: the series within the service; empty if it cannot be told.
        filter_by_names: the condition that leaves the groups of these services, and perhaps a few more.
        divisor: stored value over base unit.
        offset: added to what comes out of that.
    """

    measurement: str
    field: str
    condition: str | None
    tags: tuple[str, ...]
    service_of: Callable[[Tags], str]
    source_of: Callable[[Tags], str]
    filter_by_names: Callable[[Collection[str]], str]
    divisor: float = 1.0
    offset: float = 0.0


def built_in_statement(signal: Signal, *, window: timedelta, services: Collection[str]) -> str:
    """The one statement that answers ``signal`` for all ``services``, or for all nodes of these host names.

    Args:
        signal: any but ``Signal.QUERY``.
        window: how far back; longer ones are rounded up to a millisecond.
        services: names, exactly as Swarm knows them; user text. None leave nobody out.
    """
    measure = MEASURES[signal]
    conditions = [f"time > now() - {math.ceil(window / timedelta(milliseconds=1))}ms"]
    if measure.condition:
        conditions.append(measure.condition)
    if services and _are_few(services):
        conditions.append(measure.filter_by_names(services))
    where = " AND ".join(conditions)
    tags = ", ".join(f'"{tag}"' for tag in measure.tags)
    # What is not a constant of ours has been through pattern_of.
    return f'SELECT "{measure.field}" FROM "{measure.measurement}" WHERE {where} GROUP BY {tags}'  # noqa: S608


def own_statement(question: Question) -> str | Gap:
    """An operator's statement with ``$service`` replaced by the name of its service, as a string literal.

    The statement is judged once more, since whoever built the question may not have: ``read_own_query`` lets nothing
    pass in which ``$service`` is anything but a parameter of its own, so replacing the text replaces parameters only.
    One that names no service is as safe: a queue's length, say.
    """
    try:
        statement = read_own_query(question.query or "", names_service=False)
        return statement.replace(PLACEHOLDER, string_literal(question.service or ""))
    except UnitError as error:
        return Gap(reason=GapReason.REFUSED, detail=str(error))


def string_literal(text: str) -> str:
    """``text`` as an InfluxQL string, quotes included.

    Raises:
        UnitError: if no string of InfluxQL can hold it: it has no escapes for control characters other than newline.
    """
    if _UNWRITABLE.search(text):
        raise UnitError(text, "a name without control characters, or the statement cannot hold it", "shop_web")
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


# Carriage return is read as a newline and NUL as the end of the text; lone surrogates are no Unicode text at all.
_UNWRITABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


def pattern_of(names: Collection[str]) -> str:
    """Alternatives that match exactly ``names``, for use between slashes.

    Whatever is not a letter, a digit, an underscore or a hyphen is written as its code point, so that neither the
    pattern nor the literal around it can be left. Names that no stored text can equal are left out.
    """
    return "|".join(
        _NOT_PLAIN.sub(lambda match: f"\\x{{{ord(match[0]):x}}}", name) for name in names if not _SURROGATE.search(name)
    )


_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _are_few(services: Collection[str]) -> bool:
    return len(services) <= _MOST_NAMES and sum(map(len, services)) <= _LONGEST_FILTER


def _by_service(names: Collection[str]) -> str:
    return f'"{_SERVICE}" =~ /^(?:{pattern_of(names)})$/'


def _by_host(names: Collection[str]) -> str:
    return f'"{_HOST}" =~ /^(?:{pattern_of(names)})$/'


def _by_backend(names: Collection[str]) -> str:
    """Wider than ``service_of_backend``, which has the last word on what belongs to whom."""
    return f'"proxy" =~ /^(?:https-)?(?:{pattern_of(names)})(?:-be[0-9]+_[0-9]+)?$/'


def _task_id(tags: Tags) -> str:
    """By its own tag where Telegraf was told to include it, else the last part of ``<service>.<slot>.<task id>``."""
    return tags.get(_TASK) or (tags.get(_CONTAINER) or "").rpartition(".")[2]


def _proxy_instance(tags: Tags) -> str:
    return "/".join(tags.get(tag) or "" for tag in ("host", "server", "proxy"))


def _service_of_container(tags: Tags) -> str:
    return tags.get(_SERVICE) or ""


def _node(tags: Tags) -> str:
    return tags.get(_HOST) or ""


def _service_of_proxy(tags: Tags) -> str:
    return service_of_backend(tags.get("proxy") or "")


def _container_measure(measurement: str, field: str, *, condition: str | None = None, divisor: float = 1.0) -> Measure:
    return Measure(
        measurement=measurement,
        field=field,
        condition=condition,
        tags=(_SERVICE, _CONTAINER, _TASK),
        service_of=_service_of_container,
        source_of=_task_id,
        filter_by_names=_by_service,
        divisor=divisor,
    )


def _backend_measure(field: str, *, divisor: float = 1.0) -> Measure:
    """A field of HAProxy's backend rows alone: frontends and servers count the same requests once more."""
    return Measure(
        measurement="haproxy",
        field=field,
        condition="\"type\" = 'backend'",
        tags=("proxy", "server", "host"),
        service_of=_service_of_proxy,
        source_of=_proxy_instance,
        filter_by_names=_by_backend,
        divisor=divisor,
    )


def _node_measure(
    measurement: str, field: str, *, condition: str | None = None, divisor: float, offset: float = 0.0
) -> Measure:
    """What Telegraf measures on the node that it runs on, told by its tag ``host``."""
    return Measure(
        measurement=measurement,
        field=field,
        condition=condition,
        tags=(_HOST,),
        service_of=_node,
        source_of=_node,
        filter_by_names=_by_host,
        divisor=divisor,
        offset=offset,
    )


#: By signal. ``usage_percent`` is 100 for one full core, whatever the limit; ``stot`` counts requests on a backend,
#: ``scur`` those in flight or queued there, and ``rtime`` is their mean time until the answer begins, in milliseconds.
#: A node tells how much of its processors is idle.
MEASURES: Mapping[Signal, Measure] = {
    Signal.CPU: _container_measure(
        "docker_container_cpu", "usage_percent", condition="\"cpu\" = 'cpu-total'", divisor=100.0
    ),
    Signal.MEMORY: _container_measure("docker_container_mem", "usage"),
    Signal.REQUESTS: _backend_measure("stot"),
    Signal.INFLIGHT: _backend_measure("scur"),
    Signal.LATENCY: _backend_measure("rtime", divisor=1000.0),
    Signal.NODE_CPU: _node_measure("cpu", "usage_idle", condition="\"cpu\" = 'cpu-total'", divisor=-100.0, offset=1.0),
    Signal.NODE_MEMORY: _node_measure("mem", "used_percent", divisor=100.0),
}

"""Kapacitor: an alert that was posted, or the points of a node that posts them.

Rules: https://docs.influxdata.com/kapacitor/v1/reference/event_handlers/post/ and ``/nodes/http_post_node/``. An alert
is known by its ``level``, points by ``series``. The service is told by the query of the endpoint's address, by a tag,
or, for an alert, by its id; the count by a field ``replicas`` or ``new`` (as ``swarmAutoscale`` writes it), else it is
a step: up by 1 unless the query says otherwise. An alert that is ``OK`` again asks for nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from skep.config.calls.delivery import (
    CallDialect,
    CallError,
    Delivery,
    field_text,
    mapping_at,
    read_wish,
    whole_reason,
)
from skep.core.call import Call
from skep.core.metrics.backends.haproxy import service_of_backend

__all__ = ["DIALECT"]

_SERVICE_TAGS = ("service", "service_name", "com.docker.swarm.service.name")
_COUNT_FIELDS = ("replicas", "new")


def _is_spoken(delivery: Delivery) -> bool:
    fields = delivery.fields
    return not delivery.path and ("level" in fields or isinstance(fields.get("series"), list))


def _read(delivery: Delivery) -> tuple[Call, ...]:
    if "level" in delivery.fields:
        return _of_alert(delivery)
    return _of_points(delivery, delivery.fields.get("series"))


def _of_alert(delivery: Delivery) -> tuple[Call, ...]:
    alert = delivery.fields
    if field_text(alert, "level") == "OK":
        return ()
    reason = whole_reason(field_text(alert, "message") or f"alert {field_text(alert, 'id') or 'without a name'}")
    told = next((_of_series(one) for one in _objects(mapping_at(alert, "data").get("series"))), {})
    given = {"service": field_text(alert, "id"), **_overruled(told, _of_query(delivery))}
    return (read_wish(given, place="the alert", reason=reason, scale="up"),)


def _of_points(delivery: Delivery, series: object) -> tuple[Call, ...]:
    calls: list[Call] = []
    problems: list[str] = []
    for number, one in enumerate(_objects(series), start=1):
        given = _overruled(_of_series(one), _of_query(delivery))
        name = field_text(one, "name") or "without a name"
        try:
            reason = whole_reason(f"points of {name}")
            calls.append(read_wish(given, place=f"series {number}", reason=reason, scale="up"))
        except CallError as error:
            problems += error.problems
    if problems:
        raise CallError(problems)
    return tuple(calls)


def _overruled(told: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """The query of the endpoint's address counts more; a step there sets a count of the points aside."""
    if query.keys() & {"scale", "by"}:
        told.pop("replicas", None)
    return {**told, **query}


def _objects(series: object) -> Iterator[Mapping[str, Any]]:
    """The series that are some; one that is none is as good as empty."""
    yield from (one for one in series if isinstance(one, dict)) if isinstance(series, list) else ()


def _of_query(delivery: Delivery) -> dict[str, Any]:
    return {word: delivery.query[word] for word in ("service", "scale", "by", "replicas") if delivery.query.get(word)}


def _of_series(series: Mapping[str, Any]) -> dict[str, Any]:
    """What the tags and the newest values of one series tell."""
    tags = mapping_at(series, "tags")
    columns, rows = series.get("columns"), series.get("values")
    newest = rows[-1] if isinstance(rows, list) and rows else None
    values = _row(columns, newest) if isinstance(columns, list) and isinstance(newest, list) else {}
    service = next((text for tag in _SERVICE_TAGS if (text := field_text(tags, tag))), None)
    backend = field_text(tags, "proxy")
    told: dict[str, Any] = {}
    if service or backend:
        told["service"] = service or service_of_backend(backend or "")
    count = next((values[name] for name in _COUNT_FIELDS if values.get(name) is not None), None)
    if count is not None:
        # A number of InfluxDB's may be a float that is whole.
        told["replicas"] = int(count) if isinstance(count, float) and count.is_integer() else count
    return told


def _row(columns: list[Any], newest: list[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(columns, newest, strict=False) if isinstance(name, str)}


DIALECT = CallDialect(name="kapacitor", is_spoken=_is_spoken, read=_read)

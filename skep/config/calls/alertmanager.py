"""Alertmanager's webhook, version 4: alerts with labels, in groups.

Rule: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. Service and direction are labels, as
docker-scaler had them: ``service``, ``scale`` (up where missing) and ``by`` (1 where missing), or ``replicas``.
"""

from collections.abc import Mapping
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

__all__ = ["DIALECT", "read_alerts"]

_WORDS = ("service", "scale", "by", "replicas")


def _is_spoken(delivery: Delivery) -> bool:
    return not delivery.path and isinstance(delivery.fields.get("alerts"), list)


def read_alerts(delivery: Delivery, *, scale: str | None) -> tuple[Call, ...]:
    """One call per alert that fires; an alert that is over asks for nothing.

    Args:
        delivery: with the body of Alertmanager's.
        scale: the direction of alerts that name none; ``None`` where each has to.

    Raises:
        CallError: with what is wrong with any of them.
    """
    told = delivery.fields.get("alerts")
    alerts = [alert for alert in told if isinstance(alert, dict)] if isinstance(told, list) else []
    fires = [alert for alert in alerts if field_text(alert, "status") != "resolved"]
    if field_text(delivery.fields, "status") == "resolved":
        return ()
    calls: list[Call] = []
    problems: list[str] = []
    for number, alert in enumerate(fires or [{}] * (not alerts), start=1):
        given = _words(delivery, alert)
        try:
            calls.append(read_wish(given, place=f"alert {number}", reason=_reason(delivery, alert), scale=scale))
        except CallError as error:
            problems += error.problems
    if problems:
        raise CallError(problems)
    return tuple(calls)


def _words(delivery: Delivery, alert: Mapping[str, Any]) -> dict[str, Any]:
    """The nearest of each: the query of the receiver's address, the labels of the alert, of all, of the group."""
    labels = (mapping_at(alert, "labels"), *(mapping_at(delivery.fields, n) for n in ("commonLabels", "groupLabels")))
    return {word: next((s[word] for s in (delivery.query, *labels) if field_text(s, word)), None) for word in _WORDS}


def _reason(delivery: Delivery, alert: Mapping[str, Any]) -> str:
    labels = {**mapping_at(delivery.fields, "groupLabels"), **mapping_at(alert, "labels")}
    notes = {**mapping_at(delivery.fields, "commonAnnotations"), **mapping_at(alert, "annotations")}
    told = next((text for name in ("summary", "description", "message") if (text := field_text(notes, name))), None)
    name = field_text(labels, "alertname")
    return whole_reason(f"alert {name}" if name else "an alert", told)


def _read(delivery: Delivery) -> tuple[Call, ...]:
    return read_alerts(delivery, scale="up")


DIALECT = CallDialect(name="alertmanager", is_spoken=_is_spoken, read=_read)

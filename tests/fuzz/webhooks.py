"""What is posted to a webhook: calls within bounds, or sentences about what is wrong."""

import json

from skep.config.calls import CallError, Delivery, read_calls
from skep.config.units import MOST_REPLICAS

__all__ = ["SEEDS", "look"]

_ORBITER = "/v1/orbiter/handle/autoswarm/shop_web"
_PATHS = ("", "/v1/scale-service", "/v1/reschedule-services", _ORBITER, f"{_ORBITER}/up", "/v1/orbiter/handle")

_ALERT = {"status": "firing", "labels": {"service": "shop_web", "scale": "up"}, "annotations": {"summary": "busy"}}

SEEDS = {
    "in skep's own words": b'{"service": "shop_web", "scale": "up", "by": 2, "reason": "the advert runs"}',
    "a count": b'{"service": "shop_web", "replicas": 7}',
    "Alertmanager": json.dumps({"version": "4", "status": "firing", "alerts": [_ALERT], "commonLabels": {}}).encode(),
    "Kapacitor": (
        b'{"id": "shop_web", "message": "busy", "level": "CRITICAL", "data": {"series": [{"name": "x", "tags": '
        b'{"service": "shop_web"}, "columns": ["time", "replicas"], "values": [["2026-03-01T12:00:00Z", 7]]}]}}'
    ),
    "points of Kapacitor": (
        b'{"series": [{"name": "x", "tags": {"service": "shop_web"}, "columns": ["time", "new"], '
        b'"values": [["2026-03-01T12:00:00Z", 7]]}]}'
    ),
    "orbiter": b'{"direction": true}',
    "docker-scaler": b'{"groupLabels": {"service": "shop_web", "scale": "down"}}',
}


def look(data: bytes) -> None:
    """Read it at each address."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    for path in _PATHS:
        try:
            calls = read_calls(Delivery(path=path, query={"service": "shop_web", "by": "1"}, body=body))
        except CallError:
            continue
        for call in calls:
            assert call.service
            assert call.replicas is None or 0 <= call.replicas <= MOST_REPLICAS
            assert call.reason.isprintable()

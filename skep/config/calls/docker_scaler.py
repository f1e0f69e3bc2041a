"""docker-scaler (https://github.com/thomasjpfan/docker-scaler): ``/v1/scale-service`` with alerts, or with a query."""

from skep.config.calls.alertmanager import read_alerts
from skep.config.calls.delivery import CallDialect, CallError, Delivery, read_wish
from skep.core.call import Call

__all__ = ["DIALECT"]

_PATH = "/v1/scale-service"
_NEVER = {
    "/v1/scale-nodes": "nodes are not scaled by webhooks: skep orders them itself, for pools of the policy file",
    "/v1/reschedule-services": "services are not restarted by skep: nodes are filled by moving single replicas",
    "/v1/reschedule-service": "services are not restarted by skep: nodes are filled by moving single replicas",
}


def _is_spoken(delivery: Delivery) -> bool:
    return delivery.path == _PATH or delivery.path in _NEVER


def _read(delivery: Delivery) -> tuple[Call, ...]:
    if delivery.path in _NEVER:
        raise CallError([f"{delivery.path}: {_NEVER[delivery.path]}, expected {_PATH}"])
    if delivery.fields:
        return read_alerts(delivery, scale=None)
    return (read_wish(delivery.query, place="the query", reason="a call of docker-scaler's"),)


DIALECT = CallDialect(name="docker-scaler", is_spoken=_is_spoken, read=_read)

"""What comes in by a webhook, in the words of whoever calls: one dialect per file, the first that knows it reads it."""

from skep.config.calls import alertmanager, docker_scaler, kapacitor, orbiter, plain
from skep.config.calls.delivery import CallError, Delivery
from skep.core.call import Call, one_per_service

__all__ = ["CALL_DIALECTS", "CallError", "Delivery", "read_calls"]

#: Those that have an address of their own come before those that are known by what they send.
CALL_DIALECTS = (docker_scaler.DIALECT, orbiter.DIALECT, alertmanager.DIALECT, kapacitor.DIALECT, plain.DIALECT)


def read_calls(delivery: Delivery) -> tuple[Call, ...]:
    """What the caller asks for, at most one call per service; nothing where it tells that an alert is over.

    Raises:
        CallError: it cannot be understood, with everything that is wrong.
    """
    for dialect in CALL_DIALECTS:
        if dialect.is_spoken(delivery):
            return one_per_service(dialect.read(delivery))
    raise CallError([_unknown(delivery)])


def _unknown(delivery: Delivery) -> str:
    return (
        f"nothing here tells what is wanted{f' at {delivery.path}' if delivery.path else ''}, expected an alert of "
        "Kapacitor or Alertmanager, a call of docker-scaler or orbiter, or the fields service and replicas or scale, "
        'for example {"service": "shop_web", "scale": "up", "by": 2, "reason": "the advert runs"}'
    )

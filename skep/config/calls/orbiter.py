"""orbiter (https://github.com/gianarb/orbiter): ``/v1/orbiter/handle/<autoscaler>/<service>/up``.

Without a direction in the address there is ``{"direction": true}`` in the body, which means up. How far a step goes
said a label of orbiter's; here ``?by=2`` does.
"""

import re

from skep.config.calls.delivery import CallDialect, CallError, Delivery, read_wish
from skep.config.units import complaint
from skep.core.call import Call

__all__ = ["DIALECT"]

_BEGINNING = "/v1/orbiter/"
_PATH = re.compile(r"/v1/orbiter/handle/[^/]+/(?P<service>[^/]+?)(?:/(?P<scale>up|down))?/?")


def _is_spoken(delivery: Delivery) -> bool:
    return delivery.path.startswith(_BEGINNING)


def _read(delivery: Delivery) -> tuple[Call, ...]:
    match = _PATH.fullmatch(delivery.path)
    if match is None:
        expected = "the address of one service"
        raise CallError([complaint("the path", delivery.path, expected, "/v1/orbiter/handle/autoswarm/shop_web/up")])
    given = {"service": match["service"], "by": delivery.query.get("by"), "scale": match["scale"] or _said(delivery)}
    return (read_wish(given, place="the address", reason="a call of orbiter's"),)


def _said(delivery: Delivery) -> str:
    direction = delivery.fields.get("direction")
    if not isinstance(direction, bool):
        given = None if direction is None else str(direction)
        raise CallError([complaint("direction of the body", given, "true for up or false for down", "true")])
    return "up" if direction else "down"


DIALECT = CallDialect(name="orbiter", is_spoken=_is_spoken, read=_read)

"""What people order beside counts: to hold one, to keep hands off, and to end either."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from skep.core.decision import Hold, Pause

__all__ = ["ALL_SERVICES", "OrderKind", "PersonOrder", "Standing", "standing"]

#: Stands for every service where a pause names none.
ALL_SERVICES = "*"


class OrderKind(StrEnum):
    """What a person ordered."""

    HOLD = "hold"
    RELEASE = "release"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOrder:
    """An order of a person that stands until another ends it, or its time is over.

    Attributes:
        service_id: whom it concerns; :data:`ALL_SERVICES` for a pause of everything.
        replicas: the count to hold; ``None`` for all but a hold.
        until: when it ends by itself; ``None`` if it does not.
    """

    kind: OrderKind
    service_id: str
    actor: str
    at: datetime
    replicas: int | None = None
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The orders that are in force, each by service id."""

    holds: dict[str, Hold]
    pauses: dict[str, Pause]


def standing(orders: Iterable[PersonOrder], *, now: datetime) -> Standing:
    """What is left in force when orders are followed one after the other, oldest first."""
    holds: dict[str, Hold] = {}
    pauses: dict[str, Pause] = {}
    for order in orders:
        if order.kind is OrderKind.HOLD and order.replicas is not None:
            holds[order.service_id] = Hold(
                replicas=order.replicas, until=order.until, actor=order.actor, reason=order.reason
            )
        elif order.kind is OrderKind.RELEASE:
            holds.pop(order.service_id, None)
        elif order.kind is OrderKind.PAUSE:
            pauses[order.service_id] = Pause(until=order.until, actor=order.actor, reason=order.reason)
        elif order.kind is OrderKind.RESUME:
            pauses.pop(order.service_id, None)
    return Standing(
        holds={service_id: hold for service_id, hold in holds.items() if hold.is_in_force(now)},
        pauses={service_id: pause for service_id, pause in pauses.items() if pause.is_in_force(now)},
    )

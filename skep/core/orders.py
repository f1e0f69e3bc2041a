"""What people order beside counts: to hold one, to keep hands off, and to end either."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from skep.core.cluster import Service
from skep.core.decision import Decision, Hold, Pause, plural

__all__ = [
    "ALL_SERVICES",
    "EVERYTHING",
    "OrderKind",
    "PersonOrder",
    "Standing",
    "binding_pause",
    "count_to_hold",
    "standing",
]

#: Stands for every service where a pause names none. No service can be called so.
ALL_SERVICES = "*"
#: What people read in its place.
EVERYTHING = "everything"

#: Evaluations come every few seconds: the goal of a decision that is older than this is nobody's goal any more.
_LONGEST_GOAL = timedelta(minutes=2)
_NEVER = datetime.max.replace(tzinfo=UTC)


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

    @classmethod
    def to_hold(cls, service_id: str, hold: Hold, *, at: datetime) -> Self:
        """The order that a hold came from."""
        return cls(
            kind=OrderKind.HOLD,
            service_id=service_id,
            actor=hold.actor,
            at=at,
            replicas=hold.replicas,
            until=hold.until,
            reason=hold.reason,
        )

    @classmethod
    def to_pause(cls, service_id: str, pause: Pause, *, at: datetime) -> Self:
        """The order that a pause came from."""
        return cls(
            kind=OrderKind.PAUSE,
            service_id=service_id,
            actor=pause.actor,
            at=at,
            until=pause.until,
            reason=pause.reason,
        )

    @property
    def sentence(self) -> str:
        """What was ordered, without whom it concerns: ``held at 5 replicas until released: launch``."""
        until = "" if self.until is None else f" until {self.until:%Y-%m-%d %H:%M:%S %Z}"
        why = f": {self.reason}" if self.reason else ""
        return {
            OrderKind.HOLD: f"held at {plural(self.replicas or 0)}{until or ' until released'}{why}",
            OrderKind.RELEASE: f"released from its hold{why}",
            OrderKind.PAUSE: f"paused{until or ' until resumed'}{why}",
            OrderKind.RESUME: f"resumed{why}",
        }[self.kind]


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
            pauses[order.service_id] = Pause(
                until=order.until,
                actor=order.actor,
                reason=order.reason,
                covers_all=order.service_id == ALL_SERVICES,
            )
        elif order.kind is OrderKind.RESUME:
            pauses.pop(order.service_id, None)
    return Standing(
        holds={service_id: hold for service_id, hold in holds.items() if hold.is_in_force(now)},
        pauses={service_id: pause for service_id, pause in pauses.items() if pause.is_in_force(now)},
    )


def binding_pause(pauses: Mapping[str, Pause], service_id: str, *, now: datetime) -> Pause | None:
    """The pause that binds skep's hands now: of the service or of all, whichever lasts longer.

    Args:
        pauses: by service id or :data:`ALL_SERVICES`; ended ones count for nothing.
        service_id: whose.
        now: the present instant.
    """
    found = (pauses.get(service_id), pauses.get(ALL_SERVICES))
    in_force = [pause for pause in found if pause is not None and pause.is_in_force(now)]
    return max(in_force, key=lambda pause: pause.until or _NEVER, default=None)


def count_to_hold(service: Service, *, decision: Decision | None, hold: Hold | None, now: datetime) -> int:
    """The count that a person means who wants a service held as it is now.

    That is the goal that somebody is about to reach: of the hold in force, else of the latest decision, if that was
    acted on and nobody has changed the count since. Else it is the present count.

    Args:
        service: as it is.
        decision: the latest about it, if there was one.
        hold: the one before, ended or not.
        now: the present instant.
    """
    replicas = service.replicas or 0
    if hold is not None and hold.is_in_force(now):
        return hold.replicas
    if decision is None or decision.inaction is not None or now - decision.at > _LONGEST_GOAL:
        return replicas
    return decision.goal if replicas in {decision.replicas, decision.goal} else replicas

"""Carry out an order of a person that goes on standing: hold, release, pause, resume."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.config.labels import LabelDefaults, read_labels
from skep.core.action import Refusal, RefusalReason
from skep.core.cluster import Service, ServiceMode
from skep.core.decision import Hold, Pause
from skep.core.orders import ALL_SERVICES, EVERYTHING, OrderKind, PersonOrder, count_to_hold
from skep.core.record import refused
from skep.errors import Temporary
from skep.operations.arrivals import Arrival, count_of, pause_of
from skep.operations.limits import lock_ttl
from skep.operations.standing_orders import put_hold, put_pause, release_hold, release_pause
from skep.operations.surges import read_without_surge
from skep.ports import World

__all__ = ["GivenOrder", "OrderOutcome", "OrderVerdict", "give_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOrder:
    """An order as a person gave it: what it comes to is found out when it is carried out.

    Attributes:
        service_id: whom it concerns, also by name; :data:`ALL_SERVICES` for a pause of everything, or its end.
        lasts: for how long a hold or a pause stands; ``None`` until somebody ends it.
        task_id: under which the history shows it; delivered twice under the same id, it is given once.
    """

    kind: OrderKind
    service_id: str
    actor: str
    reason: str = ""
    lasts: timedelta | None = None
    task_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense, because an order may have come as a message from anywhere.

        Raises:
            ValueError: it would end at once, or everything is to be held at one count.
        """
        if self.lasts is not None and self.lasts <= timedelta(0):
            raise ValueError(f"the order lasts {self.lasts}, expected more than nothing, or no end at all")
        if self.service_id == ALL_SERVICES and self.kind not in _OF_ALL:
            raise ValueError(f"{self.kind} of all services at once, expected one service, since each has its own count")


class OrderVerdict(StrEnum):
    """What became of an order."""

    HELD = "held"
    RELEASED = "released"
    PAUSED = "paused"
    RESUMED = "resumed"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOutcome:
    """What became of an order, as a sentence that begins with whom it concerned.

    Attributes:
        replicas: the count that is held, where one is.
    """

    verdict: OrderVerdict
    sentence: str
    service_name: str
    replicas: int | None = None


def give_order(world: World, given: GivenOrder, *, defaults: LabelDefaults, time_limit: timedelta) -> OrderOutcome:
    """Let an order of a person stand from now on, or end one that does.

    Doing it twice is the same as doing it once.

    Args:
        world: everything outside.
        given: the order.
        defaults: what labels mean where they are silent.
        time_limit: after this the caller has been killed, so the lock may go a little later.

    Raises:
        Temporary: something is out of reach, or another change of the service is under way; try again.
        Permanent: the Swarm refuses us.
    """
    arrival = Arrival.of(world, given.task_id, actor=given.actor)
    if given.service_id == ALL_SERVICES:
        return _give_locked(world, given, None, defaults, time_limit, arrival)
    handle = world.swarm.read_service(given.service_id)
    if handle is None:
        return _gone(given)
    return _give_locked(world, given, handle.service, defaults, time_limit, arrival)


def _give_locked(
    world: World,
    given: GivenOrder,
    service: Service | None,
    defaults: LabelDefaults,
    time_limit: timedelta,
    arrival: Arrival,
) -> OrderOutcome:
    with world.locks.hold(f"service:{_id_of(service)}", ttl=lock_ttl(time_limit)) as is_ours:
        if not is_ours:
            raise Temporary(f"{_name_of(service)} skipped: another change is under way")
        if service is None:
            overtaken = _overtaken(given, None, arrival)
            return _refuse(world, given, None, overtaken) if overtaken else _OF_ALL[given.kind](world, given, None)
        handle = world.swarm.read_service(service.id)
        if handle is None:
            return _gone(given)
        now = read_without_surge(world, handle.service)
        refusal = _why_not(given, now, defaults) or _overtaken(given, now, arrival)
        return _refuse(world, given, now, refusal) if refusal else _OF_ONE[given.kind](world, given, now)


def _gone(given: GivenOrder) -> OrderOutcome:
    return _outcome(OrderVerdict.REFUSED, given.service_id, f"{given.service_id} refused: no such service")


def _overtaken(given: GivenOrder, service: Service | None, arrival: Arrival) -> Refusal | None:
    subject_of = pause_of if given.kind in _OF_ALL else count_of
    return arrival.refusal(subject_of(_id_of(service)), order=_name_of(service))


def _why_not(given: GivenOrder, service: Service, defaults: LabelDefaults) -> Refusal | None:
    """A hold is an order to skep: where skep has no say, it would be a promise that nobody keeps."""
    name = service.name
    if given.kind is not OrderKind.HOLD:
        return None
    if service.mode is not ServiceMode.REPLICATED:
        sentence = f"{name} refused: it is a {service.mode} service without a count"
        return Refusal(reason=RefusalReason.NOT_SCALABLE, sentence=sentence)
    if read_labels(service, defaults=defaults) is None:
        sentence = f'{name} refused: skep does not scale it, its label skep.enable is not "true"'
        return Refusal(reason=RefusalReason.DISABLED, sentence=sentence)
    return None


# --- hold and release --------------------------------------------------------------------------------------------


def _hold(world: World, given: GivenOrder, service: Service) -> OrderOutcome:
    now = world.clock.now()
    hold = world.memory.holds([service.id]).get(service.id)
    if hold is None or not _came_of(given, hold.task_id):
        decision = world.memory.decisions([service.id]).get(service.id)
        replicas = count_to_hold(service, decision=decision, hold=hold, now=now)
        hold = Hold(
            replicas=replicas, until=_end(given, now), actor=given.actor, reason=given.reason, task_id=given.task_id
        )
        put_hold(world, hold, service)
    sentence = f"{service.name} {PersonOrder.to_hold(service.id, hold, at=now).sentence}"
    return _outcome(OrderVerdict.HELD, service.name, sentence, replicas=hold.replicas)


def _release(world: World, given: GivenOrder, service: Service) -> OrderOutcome:
    name = service.name
    hold = world.memory.holds([service.id]).get(service.id)
    is_held = hold is not None and hold.is_in_force(world.clock.now())
    if not is_held and _knows_orders(world):
        return _outcome(OrderVerdict.ALREADY, name, f"{name} already released: it is not held")
    release_hold(world, service, actor=given.actor, reason=given.reason, task_id=given.task_id)
    return _outcome(OrderVerdict.RELEASED, name, f"{name} released from its hold{_why(given)}")


# --- pause and resume --------------------------------------------------------------------------------------------


def _pause(world: World, given: GivenOrder, service: Service | None) -> OrderOutcome:
    now, name = world.clock.now(), _name_of(service)
    pause = world.memory.pauses().get(_id_of(service))
    if pause is None or not _came_of(given, pause.task_id):
        pause = Pause(
            until=_end(given, now),
            actor=given.actor,
            reason=given.reason,
            task_id=given.task_id,
            covers_all=service is None,
        )
        put_pause(world, pause, service)
    sentence = f"{name} {PersonOrder.to_pause(_id_of(service), pause, at=now).sentence}"
    return _outcome(OrderVerdict.PAUSED, name, sentence)


def _resume(world: World, given: GivenOrder, service: Service | None) -> OrderOutcome:
    now, name = world.clock.now(), _name_of(service)
    pauses = {key: pause for key, pause in world.memory.pauses().items() if pause.is_in_force(now)}
    is_paused = _id_of(service) in pauses
    if service is not None and not is_paused and ALL_SERVICES in pauses:
        sentence = f"{name} refused: {_everything_is_paused(pauses)}"
        return _refuse(world, given, service, Refusal(reason=RefusalReason.PAUSED, sentence=sentence))
    if not is_paused and _knows_orders(world):
        return _outcome(OrderVerdict.ALREADY, name, f"{name} already resumed: it is not paused")
    release_pause(world, service, actor=given.actor, reason=given.reason, task_id=given.task_id)
    sentence = f"{name} resumed{_why(given)}{_what_stays_paused(pauses, service)}"
    return _outcome(OrderVerdict.RESUMED, name, sentence)


def _what_stays_paused(pauses: Mapping[str, Pause], service: Service | None) -> str:
    """What else keeps skep's hands off, lest somebody wait in vain."""
    if service is not None:
        return f", but {_everything_is_paused(pauses)}" if ALL_SERVICES in pauses else ""
    own = len(pauses.keys() - {ALL_SERVICES})
    if not own:
        return ""
    return f", but {'1 service stays' if own == 1 else f'{own} services stay'} paused by an order of its own"


def _everything_is_paused(pauses: Mapping[str, Pause]) -> str:
    return f"everything is paused by {pauses[ALL_SERVICES].actor} (skep resume --all ends that)"


# --- what they have in common ------------------------------------------------------------------------------------

_OF_ALL: Mapping[OrderKind, Callable[[World, GivenOrder, None], OrderOutcome]] = {
    OrderKind.PAUSE: _pause,
    OrderKind.RESUME: _resume,
}
_OF_ONE: Mapping[OrderKind, Callable[[World, GivenOrder, Service], OrderOutcome]] = {
    OrderKind.HOLD: _hold,
    OrderKind.RELEASE: _release,
    OrderKind.PAUSE: _pause,
    OrderKind.RESUME: _resume,
}


def _came_of(given: GivenOrder, task_id: str | None) -> bool:
    """Whether what stands came of this very order, which is then delivered again."""
    return task_id is not None and task_id == given.task_id


def _knows_orders(world: World) -> bool:
    """Whether what is not remembered was never ordered; else it is ended all the same, lest it be rebuilt."""
    return world.memory.orders_unknown_since() is None


def _end(given: GivenOrder, now: datetime) -> datetime | None:
    return None if given.lasts is None else now + given.lasts


def _why(given: GivenOrder) -> str:
    return f": {given.reason}" if given.reason else ""


def _id_of(service: Service | None) -> str:
    return ALL_SERVICES if service is None else service.id


def _name_of(service: Service | None) -> str:
    return EVERYTHING if service is None else service.name


def _refuse(world: World, given: GivenOrder, service: Service | None, refusal: Refusal) -> OrderOutcome:
    entry = refused(at=world.clock.now(), actor=given.actor, refusal=refusal, service=service, task_id=given.task_id)
    world.journal.append([entry])
    return _outcome(OrderVerdict.REFUSED, _name_of(service), refusal.sentence)


def _outcome(verdict: OrderVerdict, name: str, sentence: str, *, replicas: int | None = None) -> OrderOutcome:
    return OrderOutcome(verdict=verdict, sentence=sentence, service_name=name, replicas=replicas)

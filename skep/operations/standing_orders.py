"""Orders of people that go on standing: given, ended, and rebuilt from the journal after the memory has lost them."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from skep.core.cluster import Service
from skep.core.decision import Hold, Pause
from skep.core.orders import ALL_SERVICES, OrderKind, PersonOrder, standing
from skep.core.plan import Knowledge
from skep.core.record import ordered
from skep.errors import SkepError
from skep.ports import Recollection, World

__all__ = ["knowledge_of_orders", "pause_in_force", "put_hold", "release_hold"]

_LOG = logging.getLogger(__name__)

#: For so long nothing acts while the journal cannot tell what people ordered; then services may grow.
_PATIENCE = timedelta(minutes=10)


def put_hold(world: World, hold: Hold, service: Service) -> None:
    """Hold a service at a count, and write down who wanted it.

    Args:
        world: everything outside.
        hold: the order.
        service: whom it concerns.

    Raises:
        Temporary: the memory is out of reach.
    """
    world.memory.put_hold(service.id, hold)
    order = PersonOrder(
        kind=OrderKind.HOLD,
        service_id=service.id,
        actor=hold.actor,
        at=world.clock.now(),
        replicas=hold.replicas,
        until=hold.until,
        reason=hold.reason,
    )
    _write_down(world, order, service, hold.task_id)


def release_hold(world: World, service: Service, *, actor: str, reason: str, task_id: str | None) -> None:
    """End the hold of a service, and write down who wanted it.

    Args:
        world: everything outside.
        service: whom it concerns.
        actor: who ends it.
        reason: why.
        task_id: under which the history shows it.

    Raises:
        Temporary: the memory is out of reach.
    """
    world.memory.release_hold(service.id)
    order = PersonOrder(kind=OrderKind.RELEASE, service_id=service.id, actor=actor, at=world.clock.now(), reason=reason)
    _write_down(world, order, service, task_id)


def pause_in_force(world: World, service_id: str, now: datetime) -> Pause | None:
    """The pause that binds skep's hands now: of this service, or of all.

    Raises:
        Temporary: the memory is out of reach.
    """
    pauses = world.memory.pauses()
    relevant = (pauses.get(service_id), pauses.get(ALL_SERVICES))
    return next((pause for pause in relevant if pause is not None and pause.is_in_force(now)), None)


def _write_down(world: World, order: PersonOrder, service: Service, task_id: str | None) -> None:
    """Into the journal, and at once to where it outlives Redis; if that is out of reach, later."""
    world.journal.append([ordered(order, service_name=service.name, replicas=service.replicas or 0, task_id=task_id)])
    with suppress(SkepError):
        world.journal.forward()


def knowledge_of_orders(world: World, known: Recollection, now: datetime) -> Knowledge:
    """Whether all orders of people are known, after trying to rebuild them where they may be lost.

    ``COMPLETE`` may mean that they have just been rebuilt: whoever recalled them before has to do so again.

    Raises:
        Temporary: the memory is out of reach.
    """
    if known.orders_unknown_since is None:
        return Knowledge.COMPLETE
    try:
        _rebuild(world, now)
    except SkepError as error:
        _LOG.warning("the orders of people cannot be rebuilt yet: %s", error)
        is_awaited = now - known.orders_unknown_since < _PATIENCE
        return Knowledge.AWAITED if is_awaited else Knowledge.MISSING
    return Knowledge.COMPLETE


def _rebuild(world: World, now: datetime) -> None:
    """What was ordered since the loss is in the memory already, and in the journal too: it is written as it was."""
    found = standing((entry.order for entry in world.journal.orders() if entry.order is not None), now=now)
    for service_id, hold in found.holds.items():
        world.memory.put_hold(service_id, hold)
    for service_id, pause in found.pauses.items():
        world.memory.put_pause(service_id, pause)
    world.memory.note_orders_known()

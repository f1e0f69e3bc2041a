"""Orders of people that go on standing: given, ended, and rebuilt from the journal after the memory has lost them."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from skep.core.cluster import Service
from skep.core.decision import Hold, Pause
from skep.core.orders import ALL_SERVICES, OrderKind, PersonOrder, binding_pause, standing
from skep.core.plan import Knowledge
from skep.core.record import ordered
from skep.errors import SkepError
from skep.ports import Acts, Recollection, World

__all__ = [
    "pause_in_force",
    "put_hold",
    "put_pause",
    "recall_with_orders",
    "release_hold",
    "release_pause",
]

_LOG = logging.getLogger(__name__)

_Recalled = TypeVar("_Recalled", Recollection, Acts)

#: For so long nothing acts while the journal cannot tell what people ordered; then services may grow.
_PATIENCE = timedelta(minutes=10)


def put_hold(world: World, hold: Hold, service: Service) -> None:
    """Write down who wants a service held at a count, and hold it.

    Like all that is given or ended here it is written down first: an order of which the journal has not heard would
    be lost with Redis, whereas one that a killed worker did not get to is delivered again and written down twice.

    Args:
        world: everything outside.
        hold: the order.
        service: whom it concerns.

    Raises:
        Temporary: the memory is out of reach.
    """
    _write_down(world, PersonOrder.to_hold(service.id, hold, at=world.clock.now()), service, hold.task_id)
    world.memory.put_hold(service.id, hold)


def release_hold(world: World, service: Service, *, actor: str, reason: str, task_id: str | None) -> None:
    """Write down who ends the hold of a service, and end it.

    Args:
        world: everything outside.
        service: whom it concerns.
        actor: who ends it.
        reason: why.
        task_id: under which the history shows it.

    Raises:
        Temporary: the memory is out of reach.
    """
    order = PersonOrder(kind=OrderKind.RELEASE, service_id=service.id, actor=actor, at=world.clock.now(), reason=reason)
    _write_down(world, order, service, task_id)
    world.memory.release_hold(service.id)


def put_pause(world: World, pause: Pause, service: Service | None) -> None:
    """Write down who wants skep's hands off, and keep them off.

    Args:
        world: everything outside.
        pause: the order.
        service: whom it concerns; ``None`` for all services.

    Raises:
        Temporary: the memory is out of reach.
    """
    service_id = ALL_SERVICES if service is None else service.id
    _write_down(world, PersonOrder.to_pause(service_id, pause, at=world.clock.now()), service, pause.task_id)
    world.memory.put_pause(service_id, pause)


def release_pause(world: World, service: Service | None, *, actor: str, reason: str, task_id: str | None) -> None:
    """Write down who ends a pause, and end it.

    Args:
        world: everything outside.
        service: whom it concerns; ``None`` for the pause of all services.
        actor: who ends it.
        reason: why.
        task_id: under which the history shows it.

    Raises:
        Temporary: the memory is out of reach.
    """
    service_id = ALL_SERVICES if service is None else service.id
    order = PersonOrder(kind=OrderKind.RESUME, service_id=service_id, actor=actor, at=world.clock.now(), reason=reason)
    _write_down(world, order, service, task_id)
    world.memory.release_pause(service_id)


def pause_in_force(world: World, service_id: str, now: datetime) -> Pause | None:
    """The pause that binds skep's hands now: of this service, or of all.

    Raises:
        Temporary: the memory is out of reach.
    """
    return binding_pause(world.memory.pauses(), service_id, now=now)


def _write_down(world: World, order: PersonOrder, service: Service | None, task_id: str | None) -> None:
    """Into the journal, and at once to where it outlives Redis; if that is out of reach, later."""
    name = ALL_SERVICES if service is None else service.name
    replicas = 0 if service is None else service.replicas or 0
    world.journal.append([ordered(order, service_name=name, replicas=replicas, task_id=task_id)])
    with suppress(SkepError):
        world.journal.forward()


def recall_with_orders(world: World, recall: Callable[[], _Recalled], now: datetime) -> tuple[_Recalled, Knowledge]:
    """What is remembered, and whether all orders of people are in it, after rebuilding them where they may be lost.

    Args:
        world: everything outside.
        recall: asks the memory; a second time where orders of people have just been rebuilt.
        now: by the memory's clock.

    Raises:
        Temporary: the memory is out of reach.
    """
    known = recall()
    if known.orders_unknown_since is None:
        return known, Knowledge.COMPLETE
    try:
        _rebuild(world, now)
    except SkepError as error:
        _LOG.warning("the orders of people cannot be rebuilt yet: %s", error)
        is_awaited = now - known.orders_unknown_since < _PATIENCE
        return known, Knowledge.AWAITED if is_awaited else Knowledge.MISSING
    return recall(), Knowledge.COMPLETE


def _rebuild(world: World, now: datetime) -> None:
    """What was ordered since the loss is in the memory already, and in the journal too: it is written as it was."""
    found = standing((entry.order for entry in world.journal.orders() if entry.order is not None), now=now)
    for service_id, hold in found.holds.items():
        world.memory.put_hold(service_id, hold)
    for service_id, pause in found.pauses.items():
        world.memory.put_pause(service_id, pause)
    world.memory.note_orders_known()

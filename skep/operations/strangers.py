"""What others did to services since the last evaluation: deploys, people, rollbacks."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from skep.core.cluster import Cluster, Service
from skep.core.decision import History, Hold, Pause
from skep.core.orders import OrderKind, PersonOrder
from skep.core.outside import OutsideChange, OutsideKind, Sighting, recognise, recreated
from skep.core.record import Entry, outside
from skep.operations.standing_orders import put_hold, put_pause
from skep.ports import Recollection, World

__all__ = ["Strangers", "look_for_strangers"]

Order = TypeVar("Order", Hold, Pause)

#: A count that a person set past skep is kept for as long as one that was ordered from it.
_SOMEBODY = "somebody outside skep"
_HELD_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """What others did, by service id.

    Attributes:
        changes: what was recognised.
        seen: how each service was seen last; one that was made anew is known by its name.
        histories: of those that were made anew.
        holds: those in force, with those that follow from what people did.
        pauses: of all services, and of everything.
        entries: to be written down.
    """

    changes: Mapping[str, OutsideChange]
    seen: Mapping[str, Sighting]
    histories: Mapping[str, History]
    holds: Mapping[str, Hold]
    pauses: Mapping[str, Pause]
    entries: tuple[Entry, ...]


def look_for_strangers(
    world: World, cluster: Cluster, known: Recollection, *, enabled: Collection[str], now: datetime
) -> Strangers:
    """Compare what is with what was, and let a count that a person set stand.

    Args:
        world: everything outside.
        cluster: as it is.
        known: what is remembered.
        enabled: ids of the services that skep scales.
        now: the instant of this evaluation.

    Raises:
        Temporary: the memory is out of reach.
    """
    known = _in_force(known, now)
    services = [service for service in cluster.services if service.id in enabled]
    reborn = _reborn(cluster, services, known)
    seen = {**known.sightings, **{new: known.sightings[old] for new, old in reborn.items()}}
    changes = _changes(cluster, services, [known], reborn)
    if changes:
        # What skep has done since it recalled is no stranger's doing either. Strangers are rare, so this is.
        changes = _changes(cluster, services, [known, _in_force(world.memory.recall(list(changes)), now)], reborn)
    histories = world.memory.histories(list(reborn.values())) if reborn else {}
    holds = {**known.holds, **_inherited(world, services, known.holds, put_hold, reborn, now)}
    pauses = {**known.pauses, **_inherited(world, services, known.pauses, put_pause, reborn, now)}
    entries: list[Entry] = []
    for service in services:
        change = changes.get(service.id)
        if change is None:
            continue
        order = _hold_of(service, change, now)
        if order is not None and order.replicas is not None:
            holds[service.id] = Hold(replicas=order.replicas, until=order.until, actor=order.actor, reason=order.reason)
            world.memory.put_hold(service.id, holds[service.id])
        entries.append(outside(change, at=now, service_id=service.id, service_name=service.name, order=order))
    return Strangers(
        changes=changes,
        seen=seen,
        histories={new: histories[old] for new, old in reborn.items() if old in histories},
        holds=holds,
        pauses=pauses,
        entries=tuple(entries),
    )


def _in_force(known: Recollection, now: datetime) -> Recollection:
    return replace(known, holds={who: hold for who, hold in known.holds.items() if hold.is_in_force(now)})


def _inherited(
    world: World,
    services: list[Service],
    orders: Mapping[str, Order],
    put: Callable[[World, Order, Service], None],
    reborn: Mapping[str, str],
    now: datetime,
) -> dict[str, Order]:
    """The orders of services that were made anew: given again under their new ids, so that they go on standing."""
    inherited: dict[str, Order] = {}
    for service in services:
        order = orders.get(reborn.get(service.id, ""))
        if order is not None and order.is_in_force(now):
            put(world, order, service)
            inherited[service.id] = order
    return inherited


def _reborn(cluster: Cluster, services: list[Service], known: Recollection) -> dict[str, str]:
    """Services that are new under a name that skep knows, and the id that this name had."""
    present = {service.id for service in cluster.services}
    gone = {sighting.name: old for old, sighting in known.sightings.items() if old not in present}
    return {s.id: gone[s.name] for s in services if s.id not in known.sightings and s.name in gone}


def _changes(
    cluster: Cluster, services: list[Service], recalled: Sequence[Recollection], reborn: Mapping[str, str]
) -> dict[str, OutsideChange]:
    """What others did, by what was known before the Swarm was read and, if that was asked for, after."""
    known = recalled[0]
    stacks: defaultdict[str | None, list[Service]] = defaultdict(list)
    for service in cluster.services:
        stacks[service.stack].append(service)
    own_counts = {s.id: frozenset(c for each in recalled for c in _own_counts(s.id, each)) for s in services}
    own_writes = {s.id for s in services if _is_own_write(s, known, own_counts[s.id])}
    changes: dict[str, OutsideChange] = {}
    for service in services:
        if service.id in reborn:
            changes[service.id] = recreated(service, seen=known.sightings[reborn[service.id]])
            continue
        change = recognise(
            service,
            seen=known.sightings.get(service.id),
            own_counts=own_counts[service.id],
            siblings=stacks[service.stack],
            own_writes=own_writes,
            last_replicas=_counts_since(service.id, known)[-1],
        )
        if change is not None:
            changes[service.id] = change
    return changes


def _is_own_write(service: Service, known: Recollection, own_counts: Collection[int]) -> bool:
    """Whether the last write of a service was skep's own; it then says nothing about who wrote its siblings."""
    seen = known.sightings.get(service.id)
    if seen is None or seen.fingerprint != service.fingerprint or seen.replicas == service.replicas:
        return False
    return service.replicas in own_counts


def _own_counts(service_id: str, known: Recollection) -> frozenset[int]:
    """Every count that a service may have because of skep: the last one that was posted, recorded or not.

    The count that was seen before is none of them once another was posted: then somebody has brought it back.

    A count that is held is one of them, by whomever it was set: it was ordered from skep, and the clock of the worker
    that carried the order out need not agree with that of the evaluation.
    """
    counts: set[int | None] = {*_counts_since(service_id, known)[-1:]}
    decision = known.decisions.get(service_id)
    if decision is not None and decision.inaction is None:
        counts.add(decision.goal)
    if service_id in known.pending:
        counts.add(known.pending[service_id].order.replicas)
    if service_id in known.holds:
        counts.add(known.holds[service_id].replicas)
    return frozenset(count for count in counts if count is not None)


def _counts_since(service_id: str, known: Recollection) -> list[int | None]:
    """The count that was seen, and those that skep is known to have made of it since, one after the other."""
    seen = known.sightings.get(service_id)
    history = known.histories.get(service_id)
    if seen is None:
        return [None]
    counts: list[int | None] = [seen.replicas]
    count = seen.replicas
    for event in history.events if history is not None else ():
        if seen.last_change_at is None or event.at > seen.last_change_at:
            count += event.change
            counts.append(count)
    return counts


def _hold_of(service: Service, change: OutsideChange, now: datetime) -> PersonOrder | None:
    """The order that a person gave without a word; zero is one of its own: off until somebody raises it."""
    if change.kind is not OutsideKind.PERSON or service.replicas == 0:
        return None
    return PersonOrder(
        kind=OrderKind.HOLD,
        service_id=service.id,
        actor=_SOMEBODY,
        at=now,
        replicas=service.replicas,
        until=now + _HELD_FOR,
    )

"""Carry out one order: look again under the lock, post, and record."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from skep.config.labels import LabelDefaults, read_labels
from skep.core.action import Refusal, RefusalReason, ScaleOrder, review
from skep.core.cluster import Service
from skep.core.decision import Hold, ScaleEvent
from skep.core.policy import ServicePolicy
from skep.core.record import changed, refused
from skep.errors import Temporary
from skep.operations.arrivals import Arrival, count_of
from skep.operations.limits import lock_ttl
from skep.operations.standing_orders import pause_in_force, put_hold, release_hold
from skep.operations.surges import note_goals, read_surged
from skep.ports import OutOfSequence, PendingOrder, ServiceHandle, World

__all__ = ["ScaleOutcome", "ScaleVerdict", "scale_service"]

#: How often an order is checked again after somebody else changed the service in between.
_ATTEMPTS = 3
#: Events are kept for as long as the longest period or cooldown that labels allow.
_KEEP_EVENTS = timedelta(hours=2)


class ScaleVerdict(StrEnum):
    """What became of an order."""

    SCALED = "scaled"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleOutcome:
    """What became of an order, as a sentence with the verdict first."""

    verdict: ScaleVerdict
    sentence: str
    service_name: str
    replicas_before: int
    replicas_after: int
    refusal: RefusalReason | None = None


def scale_service(
    world: World,
    order: ScaleOrder,
    *,
    defaults: LabelDefaults,
    time_limit: timedelta,
    hold_for: timedelta | None = None,
    task_id: str | None = None,
) -> ScaleOutcome:
    """Bring one service to a count, if the order still stands.

    Doing it twice is the same as doing it once. A hold is written before the count is posted, so that no
    evaluation undoes a person's order in between.

    Args:
        world: everything outside.
        order: what to do; ``service_id`` may also be the service's name.
        defaults: what labels mean where they are silent.
        time_limit: after this the caller has been killed, so the lock may go a little later.
        hold_for: for how long a person's order holds; ``None`` for no hold, which ends an older one.
        task_id: under which the history shows it.

    Raises:
        Temporary: something is out of reach, or a person's order found the service busy; try again.
        Permanent: the Swarm refuses us.
    """
    arrival = Arrival.of(world, task_id, actor=order.actor)
    handle = world.swarm.read_service(order.service_id)
    if handle is None:
        # Whatever was begun on it ended with it.
        world.memory.finish(order.service_id)
        return _gone(order)
    service = handle.service
    with world.locks.hold(f"service:{service.id}", ttl=lock_ttl(time_limit)) as is_ours:
        if not is_ours:
            return _busy(order, service)
        begun = world.memory.pending().get(service.id)
        settled = None if begun is None else _settle(world, begun, order, task_id, service)
        if settled is None and task_id is not None and world.memory.is_done(task_id):
            return _done_before(order, service)
        return settled or _scale_locked(world, order, defaults, hold_for, task_id, arrival)


def _settle(
    world: World, begun: PendingOrder, order: ScaleOrder, task_id: str | None, service: Service
) -> ScaleOutcome | None:
    """Deal with what a killed worker has begun, before anything else is done to the service.

    What was posted is recorded. What was not, or was overtaken, is given up; but a person's order is left to
    whoever picks it up, since skep's own would do the same under another name: its hold is in force already.

    Returns:
        The outcome of ``order``, where nothing is left to be done for it.
    """
    handle = world.swarm.read_service(service.id)
    if handle is not None and read_surged(world, handle.service)[0].goal == begun.order.replicas:
        _record(world, begun, service)
        is_this_one = (begun.order, begun.task_id) == (order, task_id)
        return _scaled(begun, service) if is_this_one else None
    if begun.order.is_manual and not order.is_manual:
        return _busy(order, service)
    world.memory.finish(service.id)
    return None


def _scale_locked(
    world: World,
    order: ScaleOrder,
    defaults: LabelDefaults,
    hold_for: timedelta | None,
    task_id: str | None,
    arrival: Arrival,
) -> ScaleOutcome:
    for _ in range(_ATTEMPTS):
        handle = world.swarm.read_service(order.service_id)
        if handle is None:
            return _gone(order)
        surged, leaving = read_surged(world, handle.service)
        # What is decided and reviewed is the goal; surges stand on top of it for as long as nodes are being emptied.
        service = replace(handle.service, replicas=surged.goal) if leaving else handle.service
        refusal = _review(world, order, service, defaults) or arrival.refusal(
            count_of(service.id), order=f"{service.name}={order.replicas}"
        )
        if refusal is not None:
            return _refuse(world, order, service, refusal, task_id)
        _write_hold(world, order, service, hold_for, task_id)
        if service.replicas == order.replicas:
            return _already(order, service)
        pending = PendingOrder(
            order=order,
            replicas_before=service.replicas or 0,
            at=world.clock.now(),
            task_id=task_id,
            hold_for=hold_for,
        )
        world.memory.begin(service.id, pending)
        note_goals(world, service.id, leaving, (surged.goal, order.replicas))
        try:
            _post(world, handle, order.replicas if surged.is_replaced else order.replicas + surged.surge)
        except OutOfSequence:
            world.memory.finish(service.id)
            continue
        note_goals(world, service.id, leaving, (order.replicas,))
        _record(world, pending, service)
        return _scaled(pending, service)
    sentence = f"{order.service_id} was changed by others {_ATTEMPTS} times in a row while skep looked"
    raise Temporary(sentence)


def _post(world: World, handle: ServiceHandle, count: int) -> None:
    """A count that is there already, as with a surge that was not posted yet, is not written again.

    That would say that it is wanted as it is, the surge in it included.
    """
    if count != handle.service.replicas:
        world.swarm.set_replicas(handle, count)


def _review(world: World, order: ScaleOrder, service: Service, defaults: LabelDefaults) -> Refusal | None:
    now = world.clock.now()
    hold = world.memory.holds([service.id]).get(service.id)
    if hold is not None and not hold.is_in_force(now):
        hold = None
    policy = read_labels(service, defaults=defaults)
    return review(
        order,
        service,
        policy=policy if isinstance(policy, ServicePolicy) else None,
        now=now,
        hold=hold,
        pause=pause_in_force(world, service.id, now),
    )


def _write_hold(
    world: World, order: ScaleOrder, service: Service, hold_for: timedelta | None, task_id: str | None
) -> None:
    """Hold the count that a person ordered, or end an older hold; once, however often the order is delivered."""
    if not order.is_manual:
        return
    known = world.memory.holds([service.id]).get(service.id)
    if hold_for is not None:
        if known is not None and known.task_id is not None and known.task_id == task_id:
            return
        until = world.clock.now() + hold_for
        hold = Hold(replicas=order.replicas, until=until, actor=order.actor, reason=order.reason, task_id=task_id)
        put_hold(world, hold, service)
    elif known is not None and known.is_in_force(world.clock.now()):
        release_hold(world, service, actor=order.actor, reason=order.reason, task_id=task_id)


def _already(order: ScaleOrder, service: Service) -> ScaleOutcome:
    return ScaleOutcome(
        verdict=ScaleVerdict.ALREADY,
        sentence=f"{service.name} already {order.replicas}",
        service_name=service.name,
        replicas_before=order.replicas,
        replicas_after=order.replicas,
    )


def _done_before(order: ScaleOrder, service: Service) -> ScaleOutcome:
    """Another worker has recorded what this very order had begun; others may have changed the count since."""
    sentence = f"{service.name} already brought to {order.replicas} by this order"
    return replace(_already(order, service), sentence=sentence)


def _record(world: World, done: PendingOrder, service: Service) -> None:
    """Write down what was done: the journal first, then what rates and cooldowns count.

    Doing it twice is the same as doing it once: whoever does it may be killed, or lose the memory from sight, anywhere
    within.
    """
    decision = world.memory.decisions([service.id]).get(service.id)
    if decision is not None and decision.evaluation != done.order.evaluation:
        decision = None
    entry = changed(
        at=world.clock.now(),
        order=done.order,
        service_id=service.id,
        service_name=service.name,
        replicas_before=done.replicas_before,
        task_id=done.task_id,
        decision=decision,
    )
    if done.task_id is None:
        world.journal.append([entry])
    else:
        world.journal.append_once(entry, f"changed:{done.task_id}")
    event = ScaleEvent(at=done.at, change=done.order.replicas - done.replicas_before)
    world.memory.add_event(service.id, event, keep=_KEEP_EVENTS)
    world.memory.finish(service.id, done=done.task_id)


def _scaled(done: PendingOrder, service: Service) -> ScaleOutcome:
    return ScaleOutcome(
        verdict=ScaleVerdict.SCALED,
        sentence=f"{service.name} {done.replicas_before} → {done.order.replicas}: {done.order.reason}",
        service_name=service.name,
        replicas_before=done.replicas_before,
        replicas_after=done.order.replicas,
    )


def _refuse(world: World, order: ScaleOrder, service: Service, refusal: Refusal, task_id: str | None) -> ScaleOutcome:
    entry = refused(
        at=world.clock.now(),
        actor=order.actor,
        refusal=refusal,
        service=service,
        task_id=task_id,
        evaluation=order.evaluation,
    )
    world.journal.append([entry])
    return _refused_outcome(refusal, service.name, service.replicas or 0)


def _busy(order: ScaleOrder, service: Service) -> ScaleOutcome:
    """Another worker acts on the service. A person's order waits; skep's own is decided anew at the next tick."""
    sentence = f"{service.name} skipped: another change is under way"
    if order.is_manual:
        raise Temporary(sentence)
    refusal = Refusal(reason=RefusalReason.BUSY, sentence=sentence)
    return _refused_outcome(refusal, service.name, service.replicas or 0)


def _gone(order: ScaleOrder) -> ScaleOutcome:
    refusal = Refusal(reason=RefusalReason.GONE, sentence=f"{order.service_id} refused: no such service")
    return _refused_outcome(refusal, order.service_id, 0)


def _refused_outcome(refusal: Refusal, name: str, replicas: int) -> ScaleOutcome:
    return ScaleOutcome(
        verdict=ScaleVerdict.REFUSED,
        sentence=refusal.sentence,
        service_name=name,
        replicas_before=replicas,
        replicas_after=replicas,
        refusal=refusal.reason,
    )

"""The next step of a drain, told from nothing but what Swarm shows.

The order of steps, each line of it tried on a real Swarm: cordon; record the surges; post the goals with the surges;
wait until as many replicas run elsewhere as are wanted; drain; wait until the goal runs, and the rest runs or has no
node; post the goals; wait until nothing runs here. The goal must not be posted earlier: Swarm looks at the balance of
nodes before it looks at states, and ended a running replica for the sake of one that had yet to start (source:
swarmkit, manager/orchestrator/replicated).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.cluster import Availability, Cluster, Node, Service, ServiceMode, UpdateState
from skep.core.saga.forecast import JOBS, STUCK, Ground, forecast, tasks_here
from skep.core.saga.state import Drain, DrainPhase, Surge, drain_of
from skep.core.saga.surged import surged_count

__all__ = [
    "DeleteMachine",
    "DrainNode",
    "Finish",
    "MachineStanding",
    "Nothing",
    "PostCounts",
    "PostGoals",
    "Posting",
    "RecordSurge",
    "Release",
    "RemoveNode",
    "RollBack",
    "Step",
    "Wait",
    "next_step",
]

#: So long after its deadline a drain that was given up waits for replicas that start; then goals are posted anyway.
_PATIENCE_AFTER = timedelta(minutes=5)


class MachineStanding(StrEnum):
    """What the provider says of the machine that the node is."""

    #: No provider knows it (any more).
    ABSENT = "absent"
    PRESENT = "present"
    #: It is on its way out.
    LEAVING = "leaving"
    #: Deleting it parks it: the node stays in the Swarm.
    STANDBY = "standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One count to be posted.

    Attributes:
        count: the count; ``None`` where the service is gone.
        seen: the count that this was told from; where it has changed, the posting is stale.
    """

    service_id: str
    count: int | None
    seen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSurge:
    """Write the surges of these services on the node; an amount of 0 takes the record away."""

    surges: tuple[Surge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCounts:
    """Post goals with all recorded surges."""

    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is due yet."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainNode:
    """Let Swarm move what still runs here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostGoals:
    """Post goals without the surges of this node, and take those off its record."""

    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Write down that the node is drained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMachine:
    """Let the provider take the machine away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNode:
    """Take the node out of the Swarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """Make the node active again, and give up the drain."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Take away all labels of the drain: it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing is left to be done."""


Step = (
    RecordSurge
    | PostCounts
    | Wait
    | DrainNode
    | PostGoals
    | Finish
    | DeleteMachine
    | RemoveNode
    | RollBack
    | Release
    | Nothing
)


def next_step(
    node: Node,
    cluster: Cluster,
    *,
    ground: Ground,
    occupants: int,
    now: datetime,
    machine: MachineStanding = MachineStanding.ABSENT,
    needs_room: bool = False,
) -> Step:
    """What is right to do next, whatever was done or left half done before.

    Args:
        node: the one whose drain it is, as it is in ``cluster``.
        cluster: as Swarm shows it, with its surges.
        ground: what operators allow.
        occupants: how many containers of swarm tasks the node still has, also those that are ending.
        now: the present instant.
        machine: what the provider says; only asked of nodes that are to be removed.
        needs_room: it is given up as soon as replicas that ran here find no other room, as where skep found the node
            idle. Where a person wants it empty, somebody may yet make room, and that is waited for.
    """
    drain = drain_of(node)
    if drain is None:
        return Nothing()
    view = _View(node, cluster, ground, drain)
    if drain.phase is DrainPhase.RETURNING:
        return _return(view, now)
    if drain.phase is DrainPhase.DRAINED:
        return _remove(drain, machine)
    if node.availability is Availability.ACTIVE:
        return RollBack(reason="somebody has made it active again")
    step = _empty(view, occupants) if node.availability is Availability.DRAIN else _prepare(view)
    return _given_up(step, view, now, needs_room=needs_room) if isinstance(step, Wait) else step


class _View:
    """The cluster as it concerns one node."""

    def __init__(self, node: Node, cluster: Cluster, ground: Ground, drain: Drain) -> None:
        self.node = node
        self.cluster = cluster
        self.ground = ground
        self.drain = drain
        self.services: Mapping[str, Service] = {service.id: service for service in cluster.services}
        self.services_here = tuple(service for service in cluster.services if tasks_here(service, node))

    def goal(self, service: Service) -> int:
        return surged_count(service, self.cluster.nodes).goal

    @property
    def leaving(self) -> frozenset[str]:
        """Nodes that are being emptied, or that are out of reach: nothing on them is to be counted on."""
        return frozenset(node.id for node in self.cluster.nodes if not node.is_ready or _is_leaving(node))

    @property
    def deserted(self) -> frozenset[str]:
        """Nodes whose swarm tasks Swarm itself is about to move."""
        drained = Availability.DRAIN
        return frozenset(node.id for node in self.cluster.nodes if not node.is_ready or node.availability is drained)


def _given_up(waits: Wait, view: _View, now: datetime, *, needs_room: bool) -> Wait | RollBack:
    """The end of a drain that waits in vain."""
    overtaken = _without_room(view) if needs_room else ""
    if overtaken:
        return RollBack(reason=overtaken)
    is_late = now >= view.drain.deadline and (view.drain.surges or view.services_here)
    return RollBack(reason=f"not done in time: {waits.reason}") if is_late else waits


def _is_leaving(node: Node) -> bool:
    drain = drain_of(node)
    return node.availability is Availability.DRAIN or (drain is not None and drain.phase is not DrainPhase.RETURNING)


# --- before it is drained ----------------------------------------------------------------------------------------


def _prepare(view: _View) -> Step:
    """Let as many replicas run elsewhere as are wanted."""
    node, drain = view.node, view.drain
    if not node.is_ready:
        return DrainNode()  # what ran here is lost already
    objections = forecast(node, view.cluster, view.ground, removes=drain.removes).objections(
        allows_interruption=drain.allows_interruption
    )
    jobs = [service.name for service in view.services_here if service.mode in JOBS]
    if jobs:
        return Wait(reason=f"the job {jobs[0]} runs here")
    if objections:
        return RollBack(reason=objections[0].sentence)
    unrecorded = tuple(_unrecorded(view))
    if unrecorded:
        return RecordSurge(surges=unrecorded)
    surged = [service for service in view.services_here if drain.surge_of(service.id) is not None]
    postings = tuple(_to_post(view, surged))
    if postings:
        return PostCounts(postings=postings)
    reason = _not_covered(view, surged)
    return Wait(reason=reason) if reason else DrainNode()


def _unrecorded(view: _View) -> Iterator[Surge]:
    """Surges that are still to be recorded, or anew, since somebody has replaced the count below them.

    An amount that was recorded is never raised: while it is in the count, nobody could tell the old from the new.
    """
    for service in view.services_here:
        if service.mode is not ServiceMode.REPLICATED or service.id not in view.ground.surgeable:
            continue
        known = view.drain.surge_of(service.id)
        count = surged_count(service, view.cluster.nodes)
        if known is None or known.goals != (count.goal,):
            amount = tasks_here(service, view.node) if known is None or count.is_replaced else known.amount
            yield Surge(service_id=service.id, amount=amount, goals=(count.goal,))


def _to_post(view: _View, services: Iterable[Service]) -> Iterator[Posting]:
    for service in services:
        count = surged_count(service, view.cluster.nodes)
        if service.replicas != count.posted and not _is_rolling(service):
            yield Posting(service_id=service.id, count=count.posted, seen=service.replicas)


def _not_covered(view: _View, services: Iterable[Service]) -> str:
    """Why the node may not be drained yet; empty if it may."""
    leaving = view.leaving
    for service in services:
        running = sum(task.is_running and task.node_id not in leaving for task in service.tasks)
        goal = view.goal(service)
        if running >= goal:
            continue
        if _is_rolling(service):
            return f"{service.name} is in a rollout"
        without_room = service.replicas_without_room
        room = f", {without_room} find no room" if without_room else ""
        return f"{running} of {goal} replicas of {service.name} run elsewhere{room}"
    return ""


def _without_room(view: _View) -> str:
    """Which replicas that ran here find no other room; empty if all do, or if Swarm moves them already."""
    if view.node.availability is Availability.DRAIN:
        return ""
    surged = [service for service in view.services_here if view.drain.surge_of(service.id) is not None]
    for service in surged:
        if service.replicas_without_room and not _is_rolling(service):
            return f"it is needed again: {service.replicas_without_room} of {service.name} find no other room"
    return ""


def _is_rolling(service: Service) -> bool:
    """Whether a change of the count would spoil a rollback, or go on with a rollout that has failed."""
    may_roll_back = service.rolls_back_on_failure and service.update_state is UpdateState.UPDATING
    return may_roll_back or service.update_state in STUCK


# --- once it is drained, and on the way back ------------------------------------------------------------------------


def _empty(view: _View, occupants: int) -> Step:
    """Take the surges back, service by service, as soon as their replicas run; then wait for the last container."""
    step = _take_back(view, is_forced=False)
    if step is not None:
        return step
    if view.services_here and view.node.is_ready:
        return Wait(reason=f"Swarm is moving {view.services_here[0].name}")
    if occupants and view.node.is_ready:
        return Wait(reason="its last container is ending" if occupants == 1 else f"{occupants} containers are ending")
    return Finish()


def _return(view: _View, now: datetime) -> Step:
    """Take the surges back; the availability is whatever it was made."""
    step = _take_back(view, is_forced=now >= view.drain.deadline + _PATIENCE_AFTER)
    return Release() if step is None else step


def _take_back(view: _View, *, is_forced: bool) -> Step | None:
    """The next step towards no surge on this node; ``None`` if there is none."""
    if not view.drain.surges:
        return None
    postings: list[Posting] = []
    waits: list[str] = []
    for surge in view.drain.surges:
        service = view.services.get(surge.service_id)
        if service is None or service.replicas is None:
            postings.append(Posting(service_id=surge.service_id, count=None, seen=None))
            continue
        count = _without_this(service, surge, view)
        unsettled = "" if count == service.replicas else _unsettled(service, count, view.deserted)
        if count != service.replicas and _is_rolling(service):
            waits.append(f"{service.name} is in a rollout")
        elif unsettled and not is_forced:
            waits.append(unsettled)
        else:
            postings.append(Posting(service_id=service.id, count=count, seen=service.replicas))
    return PostGoals(postings=tuple(postings)) if postings else Wait(reason=waits[0])


def _without_this(service: Service, surge: Surge, view: _View) -> int:
    """The count with the surges of all other nodes, or that which somebody has put in its place."""
    count = surged_count(service, view.cluster.nodes)
    return count.goal if count.is_replaced else count.posted - surge.amount


def _unsettled(service: Service, count: int, deserted: Collection[str]) -> str:
    """Why Swarm might end a running replica, or never start one, if the count were lowered now; empty if neither.

    Swarm ends those without a node first, then those of which a node has most, whether they run or not. One that the
    scheduler has only yet to look at may be given a node before the count is followed; one without room will not. But
    of those without a node none may be left over: tried on Docker 20.10, they stayed pending for ever, whatever room
    there was afterwards, when the count had been changed while they had none.
    """
    wanted = [task for task in service.tasks if task.is_wanted]
    slots = Counter(task.slot for task in wanted)
    if len(slots) != service.replicas:
        return f"Swarm has yet to follow the count of {service.name}"
    for task in wanted:
        if task.node_id is None and task.is_pending_for_room:
            continue
        if not task.is_running or task.node_id in deserted or slots[task.slot] > 1:
            where = "on a node that it is to leave" if task.node_id in deserted else task.state.value
            return f"a replica of {service.name} is {where}"
    running = sum(task.is_running for task in wanted)
    return f"{running} of {count} replicas of {service.name} run, the others find no room" if running < count else ""


def _remove(drain: Drain, machine: MachineStanding) -> Step:
    """The provider first: it may refuse, and then the node can still be given back; its labels go with the node."""
    if not drain.removes:
        return Nothing()
    if machine is MachineStanding.ABSENT:
        return RemoveNode()
    return Wait(reason="its machine is ending") if machine is MachineStanding.LEAVING else DeleteMachine()

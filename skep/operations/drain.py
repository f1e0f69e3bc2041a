"""Empty a node without dropping what it serves, step by step, and give it back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from skep.config.labels import LabelDefaults
from skep.core.action import AUTOSCALER
from skep.core.cluster import Availability, Cluster, Node
from skep.core.machines import Machine, MachineState, node_of
from skep.core.record import of_node
from skep.core.saga import (
    DRAIN_LABELS,
    LONGEST_DRAIN,
    DeleteMachine,
    Drain,
    DrainNode,
    DrainPhase,
    Finish,
    Forecast,
    Ground,
    MachineStanding,
    Nothing,
    PostCounts,
    PostGoals,
    Posting,
    RecordSurge,
    Release,
    RollBack,
    Step,
    Surge,
    Wait,
    drain_labels,
    drain_of,
    forecast,
    next_step,
    surged_count,
)
from skep.errors import Temporary
from skep.operations.arrivals import Arrival, availability_of
from skep.operations.handling import handling_of
from skep.operations.limits import lock_ttl
from skep.operations.surges import change_drain
from skep.ports import NodeHandle, NodeProvider, OutOfSequence, World

__all__ = [
    "DrainOutcome",
    "DrainRules",
    "DrainVerdict",
    "GivenDrain",
    "begin_drain",
    "drain_step",
    "foresee_drain",
    "ground_of",
    "next_of",
    "undrain",
]

#: One drain takes a step at a time: two that looked at the same replicas would both count on them.
_CLUSTER = "cluster:drain"
_POOL = "skep.pool"

Providers = Callable[[str], NodeProvider | None]
Deadlines = Callable[[str], timedelta | None]


def _no_word(_pool: str) -> None:
    return None


def _always(_node: Node) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainRules:
    """What steps of drains go by.

    Attributes:
        defaults: what labels mean where they are silent.
        time_limit: after this a task has been killed, so its locks may go a little later.
        provider_of: the provider of a pool by the name of the pool; ``None`` where it has none.
        deadline_of: after how long a pool has drains given up, by its name; ``None`` where nobody says.
    """

    defaults: LabelDefaults
    time_limit: timedelta
    provider_of: Providers
    deadline_of: Deadlines = _no_word


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDrain:
    """An order to empty a node.

    Attributes:
        node: by id or host name.
        deadline: after so long it is given up; ``None`` leaves it to the node's pool.
        removes: the node is to leave the Swarm afterwards, and its machine its provider.
        allows_interruption: services that may not be surged are interrupted.
        task_id: under which the history shows it.
    """

    node: str
    actor: str
    reason: str
    deadline: timedelta | None = None
    removes: bool = False
    allows_interruption: bool = False
    task_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense, because an order may have come as a message from anywhere.

        Raises:
            ValueError: it would be given up at once.
        """
        if self.deadline is not None and self.deadline <= timedelta(0):
            raise ValueError(f"the deadline is {self.deadline}, expected more than nothing")


class DrainVerdict(StrEnum):
    """What became of an order or a step."""

    DRAINING = "draining"
    STEPPED = "stepped"
    WAITING = "waiting"
    RETURNING = "returning"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainOutcome:
    """What became of an order or a step.

    Attributes:
        sentence: begins with the host name of the node.
        is_due: whether another step may be due at once.
    """

    verdict: DrainVerdict
    sentence: str
    node_id: str
    hostname: str
    is_due: bool = False


# --- orders ------------------------------------------------------------------------------------------------------


def begin_drain(world: World, given: GivenDrain, rules: DrainRules) -> DrainOutcome:
    """Cordon a node and write on it that it is to be emptied, unless something speaks against it.

    Doing it twice is the same as doing it once: the first deadline and wishes count. A drain of skep's own that a
    person orders, too, is the person's from then on, and is not given up because the node is needed again.

    Raises:
        Temporary: something is out of reach, or another drain takes a step; try again.
        Permanent: the Swarm refuses us.
    """
    arrival = Arrival.of(world, given.task_id, actor=given.actor)
    handle = world.swarm.read_node(given.node)
    if handle is None:
        return _unknown(given.node)
    with _locked(world, handle.node, rules) as is_ours:
        if not is_ours:
            raise Temporary(f"{handle.node.hostname} skipped: another drain takes a step")
        return _begin_locked(world, given, rules, arrival)


def _begin_locked(world: World, given: GivenDrain, rules: DrainRules, arrival: Arrival) -> DrainOutcome:
    handle = world.swarm.read_node(given.node)
    if handle is None:
        return _unknown(given.node)
    node, now = handle.node, world.clock.now()
    known = drain_of(node)
    if known is not None and known.phase is DrainPhase.DRAINING:
        return _overtaken(world, node, arrival, given.task_id) or _already_draining(world, given, handle, known)
    if known is not None and known.phase is DrainPhase.RETURNING:
        raise Temporary(f"{node.hostname} is still being given back")
    cluster = world.swarm.read()
    objections = forecast(node, cluster, ground_of(world, cluster, rules.defaults), removes=given.removes).objections(
        allows_interruption=given.allows_interruption
    )
    if objections:
        sentence = f"refused: {'; '.join(veto.sentence for veto in objections)}"
        if all(veto.is_about_interruption for veto in objections):
            sentence += " (--allow-interruption insists)"
        return _write(world, node, DrainVerdict.REFUSED, sentence, actor=given.actor, task_id=given.task_id)
    overtaken = _overtaken(world, node, arrival, given.task_id)
    if overtaken is not None:
        return overtaken
    drain = Drain(
        phase=DrainPhase.DRAINING,
        since=now,
        deadline=now + (given.deadline or _deadline_of(node, rules)),
        actor=given.actor,
        reason=given.reason,
        removes=given.removes,
        allows_interruption=given.allows_interruption,
    )
    cordoned = Availability.DRAIN if node.availability is Availability.DRAIN else Availability.PAUSE
    if not _update(world, handle, availability=cordoned, labels=drain_labels(drain)):
        raise Temporary(f"{node.hostname} was changed by others while skep looked")
    why = f": {given.reason}" if given.reason else ""
    told = _write(world, node, DrainVerdict.DRAINING, f"cordoned to be drained{why}", drain, task_id=given.task_id)
    return replace(told, is_due=True)


def _already_draining(world: World, given: GivenDrain, handle: NodeHandle, known: Drain) -> DrainOutcome:
    words = f"already draining, by {known.actor}"
    if known.actor != AUTOSCALER or given.actor == AUTOSCALER:
        return _outcome(DrainVerdict.ALREADY, handle.node, words)
    theirs = replace(known, actor=given.actor, reason=given.reason or known.reason)
    if not _update(world, handle, labels=drain_labels(theirs)):
        raise Temporary(f"{handle.node.hostname} was changed by others while skep looked")
    words = f"{words}, and by {given.actor} from now on"
    return _write(world, handle.node, DrainVerdict.ALREADY, words, theirs, task_id=given.task_id)


def _overtaken(world: World, node: Node, arrival: Arrival, task_id: str | None) -> DrainOutcome | None:
    why_not = arrival.overtaken(availability_of(node.id))
    if why_not is None:
        return None
    return _write(world, node, DrainVerdict.REFUSED, why_not, actor=arrival.actor, task_id=task_id)


def _deadline_of(node: Node, rules: DrainRules) -> timedelta:
    pool = dict(node.labels).get(_POOL)
    said = None if pool is None else rules.deadline_of(pool)
    return said or LONGEST_DRAIN


def undrain(
    world: World,
    node: str,
    rules: DrainRules,
    *,
    actor: str,
    reason: str,
    task_id: str | None = None,
    only_if: Callable[[Node], bool] = _always,
) -> DrainOutcome:
    """Make a node active again, whether its drain is under way or done.

    Doing it twice is the same as doing it once.

    Args:
        world: everything outside.
        node: by id or host name.
        rules: what drains go by.
        actor: who wants it.
        reason: why.
        task_id: under which the history shows it.
        only_if: told of the node as it is once nobody else can take a step; where it is not so, nothing is done.

    Raises:
        Temporary: something is out of reach, or a drain takes a step; try again.
        Permanent: the Swarm refuses us.
    """
    arrival = Arrival.of(world, task_id, actor=actor)
    handle = world.swarm.read_node(node)
    if handle is None:
        return _unknown(node)
    with _locked(world, handle.node, rules) as is_ours:
        if not is_ours:
            raise Temporary(f"{handle.node.hostname} skipped: a drain takes a step")
        handle = world.swarm.read_node(node)
        if handle is None:
            return _unknown(node)
        if not only_if(handle.node):
            return _outcome(DrainVerdict.ALREADY, handle.node, "already active, drained or another's to drain")
        overtaken = _overtaken(world, handle.node, arrival, task_id)
        if overtaken is not None:
            return overtaken
        drain = drain_of(handle.node)
        is_active = handle.node.availability is Availability.ACTIVE
        if is_active and (drain is None or drain.phase is DrainPhase.RETURNING):
            return _outcome(DrainVerdict.ALREADY, handle.node, "already active")
        labels = {} if drain is None else drain_labels(_returning(world, drain, actor, reason))
        if not _update(world, handle, availability=Availability.ACTIVE, labels=labels):
            raise Temporary(f"{handle.node.hostname} was changed by others while skep looked")
        why = f": {reason}" if reason else ""
        told = _write(
            world, handle.node, DrainVerdict.RETURNING, f"active again{why}", drain, actor=actor, task_id=task_id
        )
        return replace(told, is_due=drain is not None)


def _returning(world: World, drain: Drain, actor: str, reason: str) -> Drain:
    """The drain on its way back; an old deadline would not leave replicas the time to start."""
    deadline = max(drain.deadline, world.clock.now())
    return replace(drain, phase=DrainPhase.RETURNING, actor=actor, reason=reason, deadline=deadline)


def foresee_drain(world: World, node: str, rules: DrainRules, *, removes: bool = False) -> Forecast | None:
    """What a drain would do now; ``None`` if there is no such node.

    Raises:
        Temporary, Permanent: the Swarm is out of reach, or refuses us.
    """
    handle = world.swarm.read_node(node)
    if handle is None:
        return None
    cluster = world.swarm.read()
    return forecast(handle.node, cluster, ground_of(world, cluster, rules.defaults), removes=removes)


# --- steps -------------------------------------------------------------------------------------------------------


def drain_step(world: World, node_id: str, rules: DrainRules, *, task_id: str | None = None) -> DrainOutcome:
    """Look where the drain of a node stands, and take the step that is due.

    Doing it twice, or at the wrong time, is harmless: what is right is told anew from what Swarm shows.

    Raises:
        Temporary: something is out of reach; the next pass of reconcile tries again.
        Permanent: the Swarm refuses us.
    """
    handle = world.swarm.read_node(node_id)
    if handle is None:
        return _unknown(node_id)
    with _locked(world, handle.node, rules) as is_ours:
        if not is_ours:
            return _outcome(DrainVerdict.WAITING, handle.node, "skipped: another drain takes a step")
        handle = world.swarm.read_node(node_id)
        cluster = world.swarm.read()
        node = next((node for node in cluster.nodes if node.id == node_id), None)
        if handle is None or node is None:
            return _unknown(node_id)
        step = next_of(world, node, cluster, rules)
        return _Walk(world, rules, handle, task_id).take(step)


def next_of(world: World, node: Node, cluster: Cluster, rules: DrainRules) -> Step:
    """The next step of the drain of a node, if it has one.

    Raises:
        Temporary, Permanent: the Swarm or the provider is out of reach, or refuses us.
    """
    drain = drain_of(node)
    if drain is None:
        return Nothing()
    is_emptied = node.availability is Availability.DRAIN and drain.phase is DrainPhase.DRAINING
    return next_step(
        node,
        cluster,
        ground=ground_of(world, cluster, rules.defaults),
        occupants=world.swarm.count_occupants(node.id) if is_emptied else 0,
        now=world.clock.now(),
        machine=_standing(node, rules) if drain.phase is DrainPhase.DRAINED and drain.removes else _ABSENT,
        needs_room=drain.removes and drain.actor == AUTOSCALER,
    )


_ABSENT = MachineStanding.ABSENT


class _Walk:
    """Takes one step of one drain, whose locks are held."""

    def __init__(self, world: World, rules: DrainRules, handle: NodeHandle, task_id: str | None) -> None:
        self._world = world
        self._rules = rules
        self._handle = handle
        self._node = handle.node
        self._task_id = task_id

    def take(self, step: Step) -> DrainOutcome:
        """Take it, and write down what it came to."""
        if isinstance(step, Nothing):
            return _outcome(DrainVerdict.ALREADY, self._node, "nothing left to be done")
        if isinstance(step, Wait):
            return _outcome(DrainVerdict.WAITING, self._node, f"waits: {step.reason}")
        words = self._do(step)
        if words is None:
            return _outcome(DrainVerdict.WAITING, self._node, "skipped: others are changing it")
        drain = drain_of(self._node)
        verdict = DrainVerdict.RETURNING if isinstance(step, RollBack) else DrainVerdict.STEPPED
        told = _write(self._world, self._node, verdict, words, drain, task_id=self._task_id)
        removes = drain is not None and drain.removes
        return replace(told, is_due=isinstance(step, RecordSurge) or (isinstance(step, Finish) and removes))

    def _do(self, step: Step) -> str | None:  # noqa: PLR0911 - one line per kind of step
        """Do it; what was done, or nothing where others were quicker."""
        match step:
            case RecordSurge(surges=surges):
                return self._record({surge.service_id: surge for surge in surges})
            case PostCounts(postings=postings):
                return self._post(postings, takes_off=False)
            case PostGoals(postings=postings):
                return self._post(postings, takes_off=True)
            case DrainNode():
                return "drains" if self._become(Availability.DRAIN) else None
            case RollBack(reason=reason):
                return self._roll_back(reason)
            case Finish():
                return "drained" if self._become(None, phase=DrainPhase.DRAINED) else None
            case Release():
                return self._release("returned to service")
            case DeleteMachine():
                return self._delete_machine()
            case _:
                self._world.swarm.remove_node(self._handle, force=True)
                return "removed from the Swarm"

    def _become(self, availability: Availability | None, *, phase: DrainPhase | None = None) -> bool:
        drain = drain_of(self._node)
        labels = {} if drain is None or phase is None else drain_labels(replace(drain, phase=phase))
        return _update(self._world, self._handle, availability=availability, labels=labels)

    def _roll_back(self, reason: str) -> str | None:
        drain = drain_of(self._node)
        if drain is None:
            return None
        labels = drain_labels(_returning(self._world, drain, drain.actor, reason))
        is_done = _update(self._world, self._handle, availability=Availability.ACTIVE, labels=labels)
        return f"active again, its drain is given up: {reason}" if is_done else None

    def _release(self, words: str) -> str | None:
        return words if _update(self._world, self._handle, labels=dict.fromkeys(DRAIN_LABELS)) else None

    # --- counts ----------------------------------------------------------------------------------------------------

    def _record(self, surges: Mapping[str, Surge]) -> str | None:
        """Write surges on the node, of those services that nobody is scaling at this moment."""
        with self._locked_services(surges) as ours:
            recorded = self._as_seen([surge for service_id, surge in surges.items() if service_id in ours])
            concerned = {surge.service_id for surge in recorded}

            def with_surges(drain: Drain) -> Drain:
                others = tuple(s for s in drain.surges if s.service_id not in concerned)
                new = tuple(s for s in recorded if s.amount > 0)
                return replace(drain, surges=(*others, *new))

            if not recorded:
                return None
            change_drain(self._world, self._node.id, with_surges)
        return f"surge recorded for {_services(len(recorded))}"

    def _as_seen(self, surges: Sequence[Surge]) -> tuple[Surge, ...]:
        """Those upon the goal of now: a count posted since they were worked out would be taken for their surge."""
        nodes = self._world.swarm.read_nodes()
        services = [self._world.swarm.read_service(surge.service_id) for surge in surges]
        return tuple(
            surge
            for surge, handle in zip(surges, services, strict=True)
            if handle is not None and surge.goals == (surged_count(handle.service, nodes).goal,)
        )

    def _post(self, postings: Sequence[Posting], *, takes_off: bool) -> str | None:
        """Post counts, of those services that nobody else is writing at this moment."""
        told: list[str] = []
        with self._locked_services([posting.service_id for posting in postings]) as ours:
            done = [p.service_id for p in postings if p.service_id in ours and self._post_one(p, told)]
            if takes_off and done:
                self._take_off(done)
        if not done:
            return None
        surge = "surge taken back" if takes_off else "surge posted"
        return f"{surge}: {', '.join(told)}" if told else surge

    def _post_one(self, posting: Posting, told: list[str]) -> bool:
        if posting.count is None:
            return True
        handle = self._world.swarm.read_service(posting.service_id)
        if handle is None or handle.service.replicas != posting.seen:
            return False
        if posting.count == posting.seen:
            return True
        try:
            self._world.swarm.set_replicas(handle, posting.count)
        except OutOfSequence:
            return False
        told.append(f"{handle.service.name} {posting.seen} → {posting.count}")
        return True

    def _take_off(self, service_ids: Sequence[str]) -> None:
        def without(drain: Drain) -> Drain:
            return replace(drain, surges=tuple(s for s in drain.surges if s.service_id not in service_ids))

        change_drain(self._world, self._node.id, without)

    @contextmanager
    def _locked_services(self, service_ids: Sequence[str] | Mapping[str, object]) -> Iterator[frozenset[str]]:
        """The locks of those services that nobody else holds."""
        ttl = lock_ttl(self._rules.time_limit)
        with ExitStack() as stack:
            yield frozenset(
                service_id
                for service_id in sorted(service_ids)
                if stack.enter_context(self._world.locks.hold(f"service:{service_id}", ttl=ttl))
            )

    # --- the machine -----------------------------------------------------------------------------------------------

    def _delete_machine(self) -> str | None:
        provider = _provider(self._node, self._rules)
        machine = None if provider is None else _machine(self._node, provider)
        if provider is None or machine is None:
            return None
        stays = provider.describe().stay_joined
        deletion = provider.delete([machine.id])
        if machine.id not in deletion.gone:
            reason = "" if deletion.refusal is None else deletion.refusal.reason
            return self._roll_back(f"its provider keeps its machine: {reason}")
        if not stays:
            return f"machine {machine.id} deleted"
        handle = self._world.swarm.read_node(self._node.id)
        self._handle = handle or self._handle
        return self._release("parked on standby")


# --- what they have in common ------------------------------------------------------------------------------------


def ground_of(world: World, cluster: Cluster, defaults: LabelDefaults) -> Ground:
    """What operators allow to be done to services: surged unless said otherwise where enabled, else if said so."""
    now = world.clock.now()
    terms = {service.id: handling_of(service, defaults) for service in cluster.services}
    return Ground(
        surgeable=frozenset(each for each, its in terms.items() if its.may_surge),
        protected=frozenset(each for each, its in terms.items() if its.protection and its.protection.is_in_force(now)),
        sharing=frozenset(each for each, its in terms.items() if its.shares_data),
    )


def _standing(node: Node, rules: DrainRules) -> MachineStanding:
    provider = _provider(node, rules)
    machine = None if provider is None else _machine(node, provider)
    if provider is None or machine is None:
        return MachineStanding.ABSENT
    if machine.state is MachineState.STOPPING:
        return MachineStanding.LEAVING
    return MachineStanding.STANDBY if provider.describe().stay_joined else MachineStanding.PRESENT


def _provider(node: Node, rules: DrainRules) -> NodeProvider | None:
    pool = dict(node.labels).get(_POOL)
    return None if pool is None else rules.provider_of(pool)


def _machine(node: Node, provider: NodeProvider) -> Machine | None:
    return next((machine for machine in provider.describe().machines if node_of(machine, [node]) is not None), None)


@contextmanager
def _locked(world: World, node: Node, rules: DrainRules) -> Iterator[bool]:
    """The locks of all drains and of this node, in that order."""
    ttl = lock_ttl(rules.time_limit)
    with world.locks.hold(_CLUSTER, ttl=ttl) as is_first:
        if not is_first:
            yield False
            return
        with world.locks.hold(f"node:{node.id}", ttl=ttl) as is_ours:
            yield is_ours


def _update(
    world: World,
    handle: NodeHandle,
    *,
    labels: Mapping[str, str | None],
    availability: Availability | None = None,
) -> bool:
    try:
        world.swarm.update_node(handle, availability=availability, labels=labels)
    except OutOfSequence:
        return False
    return True


def _services(count: int) -> str:
    return "1 service" if count == 1 else f"{count} services"


def _unknown(node: str) -> DrainOutcome:
    sentence = f"{node} refused: no such node"
    return DrainOutcome(verdict=DrainVerdict.REFUSED, sentence=sentence, node_id=node, hostname=node)


def _outcome(verdict: DrainVerdict, node: Node, words: str) -> DrainOutcome:
    return DrainOutcome(verdict=verdict, sentence=f"{node.hostname} {words}", node_id=node.id, hostname=node.hostname)


def _write(
    world: World,
    node: Node,
    verdict: DrainVerdict,
    words: str,
    drain: Drain | None = None,
    *,
    actor: str | None = None,
    task_id: str | None = None,
) -> DrainOutcome:
    """What was done, into the journal and to whoever asked."""
    outcome = _outcome(verdict, node, words)
    who = actor or (drain.actor if drain is not None else "skep")
    world.journal.append([of_node(node, at=world.clock.now(), actor=who, sentence=outcome.sentence, task_id=task_id)])
    return outcome

"""Carry out one order about nodes: look again under the lock of its pool, act, and record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from skep.config.labels import LabelDefaults
from skep.core.action import AUTOSCALER
from skep.core.capacity.backoff import KEPT_FOR, PoolEvent, PoolEventKind, backoff
from skep.core.capacity.breaker import Halt, halt
from skep.core.capacity.gone import gone_nodes
from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.core.capacity.node_planning import may_be_deleted, situation_of, span_words, verdicts_of
from skep.core.capacity.rebalance import rebalance
from skep.core.capacity.roster import MACHINE_LABEL, REPLACED_LABEL, Roster, labels_of, roster
from skep.core.cluster import Availability, Node
from skep.core.machines import Deletion
from skep.core.pools import PoolPolicy
from skep.core.record import of_node, of_pool
from skep.core.saga import Drain, DrainPhase, Surge, drain_labels, drain_of
from skep.errors import Temporary
from skep.operations.drain import DrainRules, DrainVerdict, GivenDrain, begin_drain, undrain
from skep.operations.limits import lock_ttl
from skep.operations.surges import read_surged
from skep.operations.survey import FILL_LABEL, find_out, is_everything_paused, may_be_kept, pool_seen, survey
from skep.ports import Fleet, NodeProvider, OutOfSequence, World

__all__ = ["NodeActRules", "NodeOutcome", "NodeVerdictWord", "carry_out"]

#: As every step of a drain: two that move replicas at once would both count on the same ones.
_MOVING = "cluster:drain"
#: A replica that has been moved should run by then.
_MOVE_DEADLINE = timedelta(minutes=5)


class NodeVerdictWord(StrEnum):
    """What became of an order."""

    DONE = "done"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOutcome:
    """What became of an order.

    Attributes:
        words: what was done, or why not, without whom it is about.
    """

    verdict: NodeVerdictWord
    subject: str
    words: str

    @property
    def sentence(self) -> str:
        """For an operator, beginning with whom it is about."""
        refused = "refused: " if self.verdict is NodeVerdictWord.REFUSED else ""
        return f"{self.subject} {refused}{self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeActRules:
    """What orders about nodes go by.

    Attributes:
        time_limit: after this a task has been killed, so its locks may go a little later.
    """

    defaults: LabelDefaults
    fleet: Fleet
    time_limit: timedelta

    def drain_rules(self) -> DrainRules:
        """The same for the steps of a drain."""

        def provider_of(pool: str) -> NodeProvider | None:
            policy = self.fleet.pool(pool)
            return None if policy is None else self.fleet.provider_of(policy)

        return DrainRules(defaults=self.defaults, time_limit=self.time_limit, provider_of=provider_of)


def carry_out(world: World, order: NodeOrder, rules: NodeActRules, *, task_id: str | None = None) -> NodeOutcome:
    """Carry out an order, if it still stands.

    Doing it twice is the same as doing it once. What is not carried out is decided anew at the next tick.

    Raises:
        Temporary: something is out of reach; the next evaluation orders it again.
        Permanent: the Swarm or the provider refuses us.
    """
    policy = rules.fleet.pool(order.pool)
    if policy is None:
        return _refused(order, f"the policy file has no pool {order.pool} any more")
    if is_everything_paused(world, world.clock.now()):
        return _refused(order, "everything is paused")
    with world.locks.hold(f"pool:{order.pool}", ttl=lock_ttl(rules.time_limit)) as is_ours:
        if not is_ours:
            return _refused(order, "another change of its pool is under way")
        stopped = _stopped(world, rules.fleet)
        if stopped is not None:
            return _refused(order, stopped.sentence)
        return _ACTS[order.kind](_Act(world, order, rules, policy, task_id))


def _stopped(world: World, fleet: Fleet) -> Halt | None:
    """Whether so many nodes are away that none may be touched; providers are asked only then, since it takes time."""
    nodes = world.swarm.read_nodes()
    if halt(nodes) is None:
        return None
    asked = {policy.name: pool_seen(policy, fleet).described for policy in fleet.pools}
    return halt(nodes, gone_nodes(nodes, asked))


class _Act:
    """One order being carried out, its pool's lock held."""

    def __init__(
        self, world: World, order: NodeOrder, rules: NodeActRules, policy: PoolPolicy, task_id: str | None
    ) -> None:
        self.world = world
        self.order = order
        self.rules = rules
        self.policy = policy
        self.provider = rules.fleet.provider_of(policy)
        self.task_id = task_id

    def roster(self) -> Roster:
        """The pool as it is now."""
        memory = self.world.memory.recall_nodes()
        return roster(
            self.policy,
            self.provider.describe(),
            self.world.swarm.read_nodes(),
            alone_since=memory.alone_since,
            down_since=memory.down_since,
            now=self.world.clock.now(),
        )

    def note(self, kind: PoolEventKind, *, machines: int = 1, reason: str = "") -> None:
        """Remember what happened to the pool."""
        request_id = self.order.request_id if kind in _OF_REQUESTS else None
        event = PoolEvent(kind=kind, at=self.world.clock.now(), machines=machines, request_id=request_id, reason=reason)
        self.world.memory.add_pool_event(self.policy.name, event, keep=KEPT_FOR)

    def done(self, words: str, node: Node | None = None) -> NodeOutcome:
        """It is done: into the journal and to whoever asked."""
        return self._written(NodeVerdictWord.DONE, words, node)

    def refused(self, words: str, node: Node | None = None) -> NodeOutcome:
        """The world said no, which an operator should know."""
        return self._written(NodeVerdictWord.REFUSED, words, node)

    def _written(self, verdict: NodeVerdictWord, words: str, node: Node | None) -> NodeOutcome:
        outcome = NodeOutcome(verdict=verdict, subject=self.order.subject, words=words)
        at, sentence = self.world.clock.now(), outcome.sentence
        if node is None:
            entry = of_pool(
                self.policy.name,
                at=at,
                actor=AUTOSCALER,
                sentence=sentence,
                evaluation=self.order.evaluation,
                task_id=self.task_id,
            )
        else:
            entry = of_node(node, at=at, actor=AUTOSCALER, sentence=sentence, task_id=self.task_id)
            entry = replace(entry, evaluation=self.order.evaluation)
        self.world.journal.append([entry])
        return outcome


_OF_REQUESTS = frozenset({PoolEventKind.GREW, PoolEventKind.REFUSED})


# --- more machines -----------------------------------------------------------------------------------------------


def _increase(act: _Act) -> NodeOutcome:
    """Order machines once, unless the pool has changed since that was decided."""
    world, order = act.world, act.order
    events = world.memory.pool_events().get(order.pool, ())
    if any(event.request_id == order.request_id for event in events):
        return _already(order, "ordered under this request")
    waits = backoff(events, now=world.clock.now(), first=act.policy.retry_after)
    if waits is not None:
        return _refused(order, waits.sentence)
    now = act.roster()
    if now.described.target != order.seen_target:
        seen = f"it has {now.described.target} machines on order, and {order.seen_target} when that was decided"
        return _refused(order, seen)
    machines = min(order.machines, now.room)
    if machines < 1:
        return _refused(order, f"it may have {act.policy.bounds.max_replicas} machines and has {now.machines}")
    increase = act.provider.increase(machines, request_id=order.request_id)
    if increase.ordered:
        act.note(PoolEventKind.GREW, machines=increase.ordered)
    if increase.refusal is not None:
        act.note(PoolEventKind.REFUSED, machines=machines - increase.ordered, reason=increase.refusal.reason)
    if not increase.ordered:
        why = "" if increase.refusal is None else f": {increase.refusal.kind}, {increase.refusal.reason}"
        return act.refused(f"no machine{why}")
    short = "" if increase.refusal is None else f" of {machines} ({increase.refusal.reason})"
    return act.done(f"+{increase.ordered}{short}: {order.reason}")


# --- a node that has joined --------------------------------------------------------------------------------------


def _join(act: _Act) -> NodeOutcome:
    """Label a node and open it in one write, so that no swarm task ever starts there without its labels counting."""
    order, world = act.order, act.world
    now = act.roster()
    node = next((node for node in now.arriving if node.id == order.node_id), None)
    if node is None:
        return _already(order, "a node of its pool, or gone")
    handle = world.swarm.read_node(node.id)
    if handle is None or not handle.node.is_ready:
        return _refused(order, "it is not ready")
    labels = {
        **dict(labels_of(act.policy)),
        MACHINE_LABEL: now.machine_of[node.id].id,
        FILL_LABEL: world.clock.now().isoformat(),
    }
    try:
        world.swarm.update_node(handle, availability=Availability.ACTIVE, labels=labels)
    except OutOfSequence:
        return _refused(order, "somebody else is changing it")
    act.note(PoolEventKind.JOINED)
    return act.done(f"joined pool {act.policy.name}: labelled and active", handle.node)


# --- what will not serve ------------------------------------------------------------------------------------------


def _heal(act: _Act) -> NodeOutcome:
    return _clear_node(act) if act.order.node_id else _clear_machines(act)


def _clear_machines(act: _Act) -> NodeOutcome:
    """Delete machines that failed, or have not become nodes in time; what is missing then is ordered anew."""
    now = act.roster()
    overdue = [each.id for each in now.overdue if each.id in act.order.machine_ids]
    useless = [*overdue, *(each.id for each in now.failed if each.id in act.order.machine_ids)]
    if not useless:
        return _already(act.order, "rid of them")
    deletion = act.provider.delete(useless)
    gone = [each for each in useless if each in deletion.gone]
    late = [each for each in overdue if each in gone]
    if late:
        act.note(
            PoolEventKind.NEVER_JOINED,
            machines=len(late),
            reason=f"{', '.join(late)} did not join within {span_words(act.policy.join_timeout)}",
        )
    _remove_stillborn(act, [node_id for node_id, machine in now.machine_of.items() if machine.id in gone])
    return _of_deletion(act, gone, deletion, act.order.reason)


def _remove_stillborn(act: _Act, node_ids: Sequence[str]) -> None:
    """A machine that went down right after it had joined leaves an entry that is of no use to anybody."""
    for node_id in node_ids:
        handle = act.world.swarm.read_node(node_id)
        if handle is not None and handle.node.is_down and not handle.node.is_manager:
            act.world.swarm.remove_node(handle, force=True)


def _of_deletion(act: _Act, gone: Sequence[str], deletion: Deletion, why: str) -> NodeOutcome:
    if not gone:
        reason = "" if deletion.refusal is None else f": {deletion.refusal.reason}"
        return act.refused(f"its provider keeps the machines{reason}")
    return act.done(f"-{len(gone)} deleted ({', '.join(gone)}): {why}")


def _clear_node(act: _Act) -> NodeOutcome:
    """Clear a node away that is lost.

    Its entry goes with its machine: while the machine may come back, or is to be left alone, it stays listed, because
    a machine without an entry would look like one that never joined, and could never serve again.
    """
    order, world = act.order, act.world
    now = act.roster()
    node = next((node for node in now.lost if node.id == order.node_id), None)
    if node is None or drain_of(node) is not None:
        return _already(order, "back, gone or being drained")
    machine = now.machine_of.get(node.id)
    is_gone = machine is None and MACHINE_LABEL in dict(node.labels)
    if machine is not None and may_be_deleted(machine.state, act.policy):
        deletion = act.provider.delete([machine.id])
        is_gone = machine.id in deletion.gone
        if is_gone and now.described.stay_joined:
            return act.done(f"parked: {order.reason}", node)
        if not is_gone and deletion.refusal is not None:
            return act.refused(f"its provider keeps its machine: {deletion.refusal.reason}", node)
    handle = world.swarm.read_node(node.id)
    if handle is None or handle.node.is_ready or drain_of(handle.node) is not None:
        return _already(order, "back, gone or being drained")
    if is_gone:
        world.swarm.remove_node(handle, force=True)
        return act.done(f"removed: {order.reason}", node)
    return _mark_replaced(act, node)


def _mark_replaced(act: _Act, node: Node) -> NodeOutcome:
    handle = act.world.swarm.read_node(node.id)
    if handle is None or REPLACED_LABEL in dict(handle.node.labels):
        return _already(act.order, "replaced")
    try:
        act.world.swarm.update_node(handle, labels={REPLACED_LABEL: act.world.clock.now().isoformat()})
    except OutOfSequence:
        return _refused(act.order, "somebody else is changing it")
    return act.done(f"replaced, its machine is left alone: {act.order.reason}", node)


# --- fewer nodes -------------------------------------------------------------------------------------------------


def _remove(act: _Act) -> NodeOutcome:
    """Begin to drain a node that is still found removable with all that is known at this moment."""
    order, world = act.order, act.world
    seen = survey(world, find_out(world), act.rules.fleet, defaults=act.rules.defaults)
    verdict = next((each for each in verdicts_of(seen) if each.node_id == order.node_id), None)
    if verdict is None:
        return _already(order, "gone")
    if not verdict.is_removable:
        return _refused(order, verdict.vetoes[0].reason)
    given = GivenDrain(
        node=order.node_id,
        actor=AUTOSCALER,
        reason=order.reason,
        deadline=act.policy.drain_deadline,
        removes=True,
        task_id=act.task_id,
    )
    try:
        outcome = begin_drain(world, given, act.rules.drain_rules())
    except Temporary as error:
        return _refused(order, str(error).removeprefix(f"{order.hostname} "))
    words = outcome.sentence.removeprefix(f"{order.hostname} ")
    if outcome.verdict is DrainVerdict.REFUSED:
        act.note(PoolEventKind.REMOVAL_FAILED, reason=words)
        return NodeOutcome(
            verdict=NodeVerdictWord.REFUSED, subject=order.subject, words=words.removeprefix("refused: ")
        )
    is_done = outcome.verdict is DrainVerdict.DRAINING
    return NodeOutcome(
        verdict=NodeVerdictWord.DONE if is_done else NodeVerdictWord.ALREADY, subject=order.subject, words=words
    )


def _keep(act: _Act) -> NodeOutcome:
    """Open a node again that skep is emptying, unless it has come too far for that."""
    order = act.order
    try:
        outcome = undrain(
            act.world,
            order.node_id,
            act.rules.drain_rules(),
            actor=AUTOSCALER,
            reason=order.reason,
            task_id=act.task_id,
            only_if=may_be_kept,
        )
    except Temporary as error:
        return _refused(order, str(error).removeprefix(f"{order.hostname} "))
    words = outcome.sentence.removeprefix(f"{order.hostname} ")
    is_done = outcome.verdict is DrainVerdict.RETURNING
    return NodeOutcome(
        verdict=NodeVerdictWord.DONE if is_done else NodeVerdictWord.ALREADY, subject=order.subject, words=words
    )


# --- a replica onto a node ---------------------------------------------------------------------------------------


def _rebalance(act: _Act) -> NodeOutcome:
    """Start one replica more, as a surge that is being taken back; Swarm puts it where there are fewest.

    What follows is what follows a drain that was given up: once all replicas run, the goal is posted, and Swarm takes
    one from where there are most.
    """
    order, world = act.order, act.world
    ttl = lock_ttl(act.rules.time_limit)
    seen = survey(world, find_out(world), act.rules.fleet, defaults=act.rules.defaults)
    moves = rebalance(situation_of(seen), [order.node_id], most=1 if not seen.moving else 0, busy=seen.moving)
    if order.service_id not in {move.service_id for move in moves}:
        return _refused(order, "that move would not help any more")
    with (
        world.locks.hold(_MOVING, ttl=ttl) as is_first,
        world.locks.hold(f"node:{order.node_id}", ttl=ttl) as is_second,
        world.locks.hold(f"service:{order.service_id}", ttl=ttl) as is_third,
    ):
        if not (is_first and is_second and is_third):
            return _refused(order, "another change is under way")
        return _start_move(act)


def _start_move(act: _Act) -> NodeOutcome:
    order, world = act.order, act.world
    node, service = world.swarm.read_node(order.node_id), world.swarm.read_service(order.service_id)
    if node is None or service is None or service.service.replicas is None:
        return _already(order, "gone")
    if drain_of(node.node) is not None or not node.node.takes_tasks:
        return _refused(order, f"{order.hostname} is not open")
    _, surging = read_surged(world, service.service)
    if surging:
        # Begun since the survey: what is in the count is not all goal.
        return _refused(order, "another change is under way")
    goal, now = service.service.replicas, world.clock.now()
    move = Drain(
        phase=DrainPhase.RETURNING,
        since=now,
        deadline=now + _MOVE_DEADLINE,
        actor=AUTOSCALER,
        reason=f"rebalance: {order.reason}",
        surges=(Surge(service_id=order.service_id, amount=1, goals=(goal,)),),
    )
    try:
        world.swarm.update_node(node, labels=drain_labels(move))
        world.swarm.set_replicas(service, goal + 1)
    except OutOfSequence:
        # A surge that is recorded and not posted is taken off the node by the next step.
        return _refused(order, "somebody else is changing it")
    return act.done(f"{goal} → {goal + 1} for a moment: {order.reason}", node.node)


# --- what they have in common ------------------------------------------------------------------------------------

_ACTS: Mapping[NodeOrderKind, Callable[[_Act], NodeOutcome]] = {
    NodeOrderKind.INCREASE: _increase,
    NodeOrderKind.JOIN: _join,
    NodeOrderKind.HEAL: _heal,
    NodeOrderKind.REMOVE: _remove,
    NodeOrderKind.KEEP: _keep,
    NodeOrderKind.REBALANCE: _rebalance,
}


def _already(order: NodeOrder, words: str) -> NodeOutcome:
    return NodeOutcome(verdict=NodeVerdictWord.ALREADY, subject=order.subject, words=f"already {words}")


def _refused(order: NodeOrder, words: str) -> NodeOutcome:
    """Nobody said no: the world has moved on, and the next evaluation knows better."""
    return NodeOutcome(verdict=NodeVerdictWord.REFUSED, subject=order.subject, words=words)

"""One evaluation of nodes: which machines to order, which nodes to open, to clear away, to empty and to fill.

Nodes are ordered together with the replicas that need them: what was just decided about services is part of what is
looked at. Nothing here acts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from skep.core.capacity.ahead import Ahead, Foresight
from skep.core.capacity.backoff import Backoff, PoolEvent, PoolEventKind, backoff, grown_at, removal_failed_at
from skep.core.capacity.breaker import Halt, halt
from skep.core.capacity.gone import gone_nodes
from skep.core.capacity.idle import idle_again, idle_since
from skep.core.capacity.idle_nodes import idle_nodes
from skep.core.capacity.leaving import without_node
from skep.core.capacity.needed import NodePlan, NoHelp, PoolOrder, Unhelped, needed_nodes
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.capacity.node_memory import NodeMemory, NodeReport, NodesUse
from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.core.capacity.node_use import pool_use
from skep.core.capacity.pool import NO_HEADROOM, Pool
from skep.core.capacity.pool_load import pool_loads
from skep.core.capacity.pressure import PoolUse, Relief, above_since, relief
from skep.core.capacity.rebalance import rebalance
from skep.core.capacity.removal import NodeVerdict, removable
from skep.core.capacity.roster import MACHINE_LABEL, REPLACED_LABEL, Roster, as_joined, labels_of, roster, unjoined
from skep.core.capacity.situation import PoolStanding, Situation
from skep.core.capacity.template import template
from skep.core.capacity.terms import Protection, ServiceTerms
from skep.core.capacity.vetoes import Veto
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster, Node, Resources
from skep.core.machines import MachineState, PoolMachines
from skep.core.policy import Tune
from skep.core.pool_report import PoolReport
from skep.core.pools import PoolPolicy

__all__ = [
    "FILL_FOR",
    "NodesPlan",
    "NodesSeen",
    "Notice",
    "PoolSeen",
    "may_be_deleted",
    "plan_nodes",
    "situation_of",
    "span_words",
    "verdicts_of",
]

#: A mark on a node that is older than this says nothing any more: nobody may have looked since.
_MARKS_LAST = timedelta(hours=1)
#: A node that has joined is filled for so long.
FILL_FOR = timedelta(hours=1)
_MOVES_AT_ONCE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSeen:
    """One pool as it was seen.

    Attributes:
        described: what its provider says; ``None`` where it could not be asked.
        trouble: why not.
        events: what happened to it of late, oldest first.
        foresight: what looks ahead for it, where its policy tunes itself.
    """

    policy: PoolPolicy
    described: PoolMachines | None
    trouble: str = ""
    events: tuple[PoolEvent, ...] = ()
    foresight: Foresight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodesSeen:
    """All that one evaluation of nodes goes by.

    Attributes:
        cluster: with the goals of services for counts, so without surges.
        wants: what has no node yet, replicas just decided included.
        measured: what replicas use, by service.
        used: what was measured on each node, by its id.
        terms: how carefully to handle services, by id.
        protections: of nodes, by id.
        leaving: ids of nodes whose removal is under way.
        keepable: ids of those of them that skep itself is emptying, and that might as well stay.
        moving: ids of services of which something is being moved.
        marks: since when nodes are idle by the marks they carry, by id.
        filling: since when nodes that have joined are being filled, by id.
        growth_only: orders of people may have been forgotten: nothing is taken away.
    """

    evaluation: int
    now: datetime
    cluster: Cluster
    pools: tuple[PoolSeen, ...]
    wants: tuple[Want, ...] = ()
    measured: Measured = field(default_factory=lambda: NOTHING_MEASURED)
    used: Mapping[str, Resources] = field(default_factory=dict)
    terms: Mapping[str, ServiceTerms] = field(default_factory=dict)
    protections: Mapping[str, Protection] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()
    keepable: tuple[str, ...] = ()
    moving: tuple[str, ...] = ()
    marks: Mapping[str, datetime] = field(default_factory=dict)
    filling: Mapping[str, datetime] = field(default_factory=dict)
    memory: NodeMemory = field(default_factory=NodeMemory)
    growth_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that an operator is told once, when it begins.

    Attributes:
        pool: whose; empty for the whole Swarm.
        key: under which it is known to go on.
    """

    pool: str
    key: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodesPlan:
    """What an evaluation of nodes came to.

    Attributes:
        orders: what is to be done, in this order.
        memory: what is to be remembered, the report included.
        notices: what is new.
        loads: what each pool carries, in machines of its own; empty where no policy tunes itself.
        ahead: what is expected of pools whose policies tune themselves, by their names.
        machines: how many each pool has, those on their way included.
        serving: how many of them serve.
    """

    orders: tuple[NodeOrder, ...]
    memory: NodeMemory
    notices: tuple[Notice, ...]
    loads: Mapping[str, float] = field(default_factory=dict)
    ahead: Mapping[str, Ahead] = field(default_factory=dict)
    machines: Mapping[str, int] = field(default_factory=dict)
    serving: Mapping[str, int] = field(default_factory=dict)


def plan_nodes(seen: NodesSeen) -> NodesPlan:
    """Decide about all pools at once."""
    planning = _Planning(seen)
    orders = () if planning.halt is not None else tuple(planning.orders())
    notices = tuple(planning.notices())
    told = tuple(f"{notice.pool}:{notice.key}" for notice in notices)
    new = tuple(notice for notice in notices if f"{notice.pool}:{notice.key}" not in seen.memory.told)
    return NodesPlan(
        orders=orders,
        memory=planning.memory(told),
        notices=(*planning.endings(told), *new),
        loads=planning.loads,
        ahead=planning.ahead,
        machines=planning.machines,
        serving=planning.serving,
    )


def situation_of(seen: NodesSeen) -> Situation:
    """What the verdicts about nodes rest on."""
    return _Planning(seen).situation


def verdicts_of(seen: NodesSeen) -> tuple[NodeVerdict, ...]:
    """The verdict on every node, in the order in which they should go."""
    return _Planning(seen).verdicts


class _Planning:
    """Looks once, and then answers."""

    def __init__(self, seen: NodesSeen) -> None:
        self._seen = seen
        nodes, now, memory = seen.cluster.nodes, seen.now, seen.memory
        self._gone = gone_nodes(nodes, {each.policy.name: each.described for each in seen.pools})
        self.halt: Halt | None = halt(nodes, self._gone)
        self._down_since = {node.id: memory.down_since.get(node.id, now) for node in nodes if node.is_down}
        described = {each.policy.name: each.described or _unasked(each.policy, nodes) for each in seen.pools}
        alone = [key for each in seen.pools for key in unjoined(each.policy, described[each.policy.name], nodes)]
        self._alone_since = {key: memory.alone_since.get(key, now) for key in alone}
        self._rosters = {
            each.policy.name: roster(
                each.policy,
                described[each.policy.name],
                nodes,
                alone_since=self._alone_since,
                down_since=self._down_since,
                now=now,
            )
            for each in seen.pools
        }
        self._templates = {name: _template(each, memory.templates.get(name)) for name, each in self._rosters.items()}
        self._backoffs: dict[str, Backoff | None] = {
            each.policy.name: backoff(each.events, now=now, first=each.policy.retry_after) for each in seen.pools
        }
        self._uses = {name: pool_use(each.members, seen.used) for name, each in self._rosters.items()}
        self._busy_since = dict(self._too_busy())
        self.loads = self._loads()
        self.ahead = dict(self._expected())
        self.machines = {name: each.machines for name, each in self._rosters.items()}
        self.serving = {name: each.serving for name, each in self._rosters.items()}
        standings = tuple(map(self._standing, seen.pools))
        idle = idle_nodes(seen.cluster, standings, measured=seen.measured, used=seen.used)
        known = {**idle_again(seen.marks, now=now, lasts=_MARKS_LAST), **memory.idle_since}
        self._idle_since = idle_since(known, idle, now=now)
        self.situation = Situation(
            now=now,
            cluster=seen.cluster,
            pools=standings,
            wants=seen.wants,
            measured=seen.measured,
            used=seen.used,
            idle_since=self._idle_since,
            terms=seen.terms,
            protections=seen.protections,
            leaving=seen.leaving,
            gone=self._gone,
        )
        self._needed = self._what_is_needed()
        self.verdicts: tuple[NodeVerdict, ...] = tuple(map(self._unless_needed_again, removable(self.situation)))

    # --- orders -----------------------------------------------------------------------------------------------------

    def orders(self) -> Iterator[NodeOrder]:
        """What is to be done: first what gives room, last what takes it away."""
        keeps = [order for pool in self._seen.pools for order in self._keeps(self._rosters[pool.policy.name])]
        yield from keeps
        increases = [order for pool in self._seen.pools if (order := self._increase(pool)) is not None]
        yield from increases
        for pool in self._seen.pools:
            yield from self._joins(self._rosters[pool.policy.name])
        if self._seen.growth_only:
            return
        for pool in self._seen.pools:
            if pool.described is not None:
                yield from self._heals(pool)
        growing = {order.pool for order in (*keeps, *increases)}
        removal = self._removal(growing)
        if removal is not None:
            yield removal
        elif not growing:
            yield from self._rebalances()

    def _needed_of(self, name: str) -> PoolOrder:
        return next((order for order in self._needed.orders if order.pool == name), PoolOrder(pool=name, machines=0))

    def _keeps(self, each: Roster) -> Iterator[NodeOrder]:
        kept = self._needed_of(each.policy.name).kept
        for node in each.members:
            if node.id in kept:
                reason = f"it is needed again: {kept[node.id]}"
                yield self._order(NodeOrderKind.KEEP, each, node=node, reason=reason)

    def _increase(self, pool: PoolSeen) -> NodeOrder | None:
        name, each = pool.policy.name, self._rosters[pool.policy.name]
        needed = self._needed_of(name)
        machines = needed.machines + len(needed.opened)
        reasons = list(needed.reasons)
        lost = min(self._to_replace(pool), self._room(each))
        if lost > machines:
            machines = lost
            reasons.append(f"in place of {', '.join(node.hostname for node in each.lost if not _is_replaced(node))}")
        if not machines:
            return None
        return self._order(
            NodeOrderKind.INCREASE,
            each,
            reason="; ".join(reasons),
            machines=machines,
            seen_target=each.described.target,
        )

    def _joins(self, each: Roster) -> Iterator[NodeOrder]:
        for node in each.arriving:
            if node.is_ready:
                yield self._order(
                    NodeOrderKind.JOIN, each, node=node, reason=f"it has joined for the pool {each.policy.name}"
                )

    def _heals(self, pool: PoolSeen) -> Iterator[NodeOrder]:
        each = self._rosters[pool.policy.name]
        useless = tuple(machine.id for machine in (*each.overdue, *each.failed))
        if useless:
            yield self._order(NodeOrderKind.HEAL, each, reason=_of_no_use(each), machine_ids=useless)
        if self._to_replace(pool):
            return  # What is in its place comes first.
        for node in each.lost:
            if node.id in self._seen.leaving:
                continue
            machine = each.machine_of.get(node.id)
            ids = (machine.id,) if machine is not None and may_be_deleted(machine.state, each.policy) else ()
            is_gone = machine is None and MACHINE_LABEL in dict(node.labels)
            if ids or is_gone or not _is_replaced(node):
                yield self._order(NodeOrderKind.HEAL, each, node=node, reason=self._down_for(node), machine_ids=ids)

    def _removal(self, growing: set[str]) -> NodeOrder | None:
        for verdict in self.verdicts:
            if verdict.is_removable and verdict.pool is not None and verdict.pool not in growing:
                node = next(node for node in self._seen.cluster.nodes if node.id == verdict.node_id)
                idle = span_words(self._seen.now - self._idle_since.get(node.id, self._seen.now))
                reason = f"idle for {idle}, {verdict.sentence.partition('could go: ')[2]}"
                return self._order(NodeOrderKind.REMOVE, self._rosters[verdict.pool], node=node, reason=reason)
        return None

    def _rebalances(self) -> Iterator[NodeOrder]:
        pools = {node.id: each for each in self._rosters.values() for node in each.members}
        filling = [node_id for node_id, since in self._seen.filling.items() if self._seen.now - since < FILL_FOR]
        onto = [node_id for node_id in filling if node_id in pools and node_id not in self._seen.leaving]
        most = 0 if self._seen.leaving else _MOVES_AT_ONCE - len(self._seen.moving)
        if not onto:
            return
        for move in rebalance(self.situation, onto, most=most, busy=self._seen.moving):
            node = next(node for node in self._seen.cluster.nodes if node.id == move.to_node_id)
            order = self._order(NodeOrderKind.REBALANCE, pools[node.id], node=node, reason=move.sentence)
            yield replace(order, service_id=move.service_id, service_name=move.service_name)

    def _order(
        self,
        kind: NodeOrderKind,
        each: Roster,
        *,
        reason: str,
        node: Node | None = None,
        machines: int = 0,
        seen_target: int = 0,
        machine_ids: tuple[str, ...] = (),
    ) -> NodeOrder:
        return NodeOrder(
            kind=kind,
            pool=each.policy.name,
            evaluation=self._seen.evaluation,
            reason=reason,
            machines=machines,
            seen_target=seen_target,
            node_id="" if node is None else node.id,
            hostname="" if node is None else node.hostname,
            machine_ids=machine_ids,
        )

    # --- what orders rest on ----------------------------------------------------------------------------------------

    def _what_is_needed(self) -> NodePlan:
        cluster, rosters = self._seen.cluster, self._rosters
        joined = {node.id: as_joined(node, each.policy) for each in rosters.values() for node in each.arriving}
        return needed_nodes(
            replace(cluster, nodes=tuple(joined.get(node.id, node) for node in cluster.nodes)),
            self._seen.wants,
            [self._pool(each) for each in rosters.values()],
            measured=self._seen.measured,
            relief={name: found for name, each in rosters.items() if (found := self._relief(each)) is not None},
            ahead={name: found for name in rosters if (found := self._nodes_ahead(name)) is not None},
            gone=self._gone,
        )

    def _unless_needed_again(self, verdict: NodeVerdict) -> NodeVerdict:
        """A node stays where its pool would ask for a machine as soon as it had gone, for room that is to stay free."""
        each = self._rosters.get(verdict.pool or "")
        if each is None or not verdict.is_removable or each.policy.headroom == NO_HEADROOM:
            return verdict
        services, moving = without_node(self._seen.cluster.services, verdict.node_id)
        nodes = tuple(node for node in self._seen.cluster.nodes if node.id != verdict.node_id)
        after = needed_nodes(
            replace(self._seen.cluster, nodes=nodes, services=services),
            (*self._seen.wants, *moving),
            [replace(self._pool(each), room=1, missing=0, leaving=())],
            measured=self._seen.measured,
            gone=self._gone,
        )
        asked = next((order for order in after.orders if order.machines), None)
        if asked is None:
            return verdict
        reason = f"its pool would need a machine again: {'; '.join(asked.reasons)}"
        return replace(verdict, vetoes=(*verdict.vetoes, Veto(by="headroom", reason=reason)))

    def _loads(self) -> Mapping[str, float]:
        """What pools carry; asked only where a policy tunes itself by it, as it takes a look at every swarm task."""
        if all(pool.policy.tune is Tune.OFF for pool in self._seen.pools):
            return {}
        pools = [self._pool(each) for each in self._rosters.values()]
        return pool_loads(self._seen.cluster, self._seen.wants, pools, self._seen.measured)

    def _expected(self) -> Iterator[tuple[str, Ahead]]:
        """What each rule that was learned makes of the load of now."""
        for pool in self._seen.pools:
            load = self.loads.get(pool.policy.name)
            if pool.foresight is not None and load is not None:
                yield pool.policy.name, pool.foresight.look(load, now=self._seen.now)

    def _nodes_ahead(self, name: str) -> Relief | None:
        """What is missing of the nodes that the load is expected to need; never fewer than what it needs now."""
        ahead = self.ahead.get(name)
        missing = 0 if ahead is None or not ahead.acts else ahead.nodes - self.machines[name]
        if ahead is None or missing <= 0:
            return None
        return Relief(nodes=missing, sentence=f"ahead of what is expected: {ahead.sentence}")

    def _pool(self, each: Roster) -> Pool:
        return Pool(
            name=each.policy.name,
            members=tuple(node.id for node in each.members),
            template=self._templates[each.policy.name],
            room=self._room(each),
            missing=each.missing,
            joining=len(each.joining),
            arriving=tuple(node.id for node in each.arriving),
            leaving=tuple(node.id for node in each.members if node.id in self._seen.keepable),
            headroom=each.policy.headroom,
        )

    def _room(self, each: Roster) -> int:
        """What may be ordered now: nothing while the provider is left in peace, or is about to be."""
        return 0 if self._backoffs[each.policy.name] is not None or each.overdue else each.room

    def _standing(self, pool: PoolSeen) -> PoolStanding:
        each = self._rosters[pool.policy.name]
        return PoolStanding(
            policy=pool.policy,
            members=tuple(node.id for node in each.members),
            machines=each.serving,
            provider_minimum=each.described.minimum,
            template=self._templates[pool.policy.name],
            grown_at=grown_at(pool.events),
            failed_at=removal_failed_at(pool.events),
            ahead=self.ahead.get(pool.policy.name),
            kept_by_provider={node.id: why for node in each.members if (why := _kept(pool, each, node))},
        )

    def _to_replace(self, pool: PoolSeen) -> int:
        """How many lost nodes have nothing in their place yet; what the pool grew by since counts.

        It is remembered what was ordered, unless whoever ordered it died before that: so what is there counts, too.
        """
        each = self._rosters[pool.policy.name]
        lost = [node for node in each.lost if not _is_replaced(node)]
        if not lost:
            return 0
        since = min(self._down_since[node.id] for node in lost)
        grew = sum(event.machines for event in pool.events if event.kind is PoolEventKind.GREW and event.at >= since)
        return max(0, len(lost) - max(grew, _came(each, since)))

    def _too_busy(self) -> Iterator[tuple[str, datetime]]:
        for name, each in self._rosters.items():
            limits = each.policy.scale_up
            known = self._seen.memory.busy_since.get(name)
            since = None if limits is None else above_since(known, self._uses[name], limits, now=self._seen.now)
            if since is not None:
                yield name, since

    def _relief(self, each: Roster) -> Relief | None:
        limits = each.policy.scale_up
        if limits is None:
            return None
        return relief(
            self._uses[each.policy.name],
            limits,
            since=self._busy_since.get(each.policy.name),
            now=self._seen.now,
            coming=len(each.joining) + len(each.arriving),
            headroom=each.policy.headroom,
        )

    def _down_for(self, node: Node) -> str:
        return f"{node.hostname} has been down for {span_words(self._seen.now - self._down_since[node.id])}"

    # --- what is told -----------------------------------------------------------------------------------------------

    def notices(self) -> Iterator[Notice]:
        """All that an operator should know now."""
        if self.halt is not None:
            yield Notice(pool="", key="halt", sentence=self.halt.sentence)
        for pool in self._seen.pools:
            yield from self._of_pool(pool)
        for unhelped in self._unhelped():
            yield Notice(pool="", key=f"unhelped {unhelped.service_id}", sentence=unhelped.sentence)

    def _unhelped(self) -> Iterator[Unhelped]:
        """What finds no node, with the true reason where a pool may only not order now."""
        for unhelped in self._needed.unhelped:
            yield replace(unhelped, pools=tuple(map(self._why_no_help, unhelped.pools)))

    def _why_no_help(self, told: NoHelp) -> NoHelp:
        waits = self._backoffs[told.pool]
        trouble = next(pool.trouble for pool in self._seen.pools if pool.policy.name == told.pool)
        if told.is_lasting or not (waits or trouble):
            return told
        return replace(told, reason=waits.sentence if waits else f"its provider cannot be asked: {trouble}")

    def endings(self, told: Iterable[str]) -> Iterator[Notice]:
        """That what stopped everything is over."""
        if _HALT in self._seen.memory.told and _HALT not in told:
            yield Notice(pool="", key="halt over", sentence="enough nodes are ready again: skep acts on nodes again")

    def _of_pool(self, pool: PoolSeen) -> Iterator[Notice]:
        name, each = pool.policy.name, self._rosters[pool.policy.name]
        waits = self._backoffs[name]
        if pool.trouble:
            yield Notice(pool=name, key="trouble", sentence=f"its provider cannot be asked: {pool.trouble}")
        if waits is not None:
            yield Notice(pool=name, key=f"backoff {waits.failures}", sentence=waits.sentence)
        for caution in each.described.cautions:
            yield Notice(pool=name, key=caution, sentence=caution)
        for machine in each.unclear:
            sentence = (
                f"its machine {machine.id} should have joined by now; it is left alone, because it may be a node under "
                "an address that the provider does not tell"
            )
            yield Notice(pool=name, key=f"unclear {machine.id}", sentence=sentence)
        for node in each.lost:
            yield Notice(pool=name, key=f"lost {node.id}", sentence=self._down_for(node))

    def memory(self, told: tuple[str, ...]) -> NodeMemory:
        """What is to be remembered."""
        return NodeMemory(
            idle_since=self._idle_since,
            down_since=self._down_since,
            busy_since=self._busy_since,
            alone_since=self._alone_since,
            templates={name: node for name, node in self._templates.items() if node is not None},
            told=told,
            report=NodeReport(
                evaluation=self._seen.evaluation,
                at=self._seen.now,
                halt="" if self.halt is None else self.halt.sentence,
                pools=tuple(map(self._report, self._seen.pools)),
                verdicts=self.verdicts,
                notes=tuple(unhelped.sentence for unhelped in self._unhelped()),
            ),
            use=NodesUse(at=self._seen.now, by_node=self._seen.used),
        )

    def _report(self, pool: PoolSeen) -> PoolReport:
        each = self._rosters[pool.policy.name]
        return PoolReport(
            name=pool.policy.name,
            nodes=len(each.members),
            min_nodes=pool.policy.bounds.min_replicas,
            max_nodes=pool.policy.bounds.max_replicas,
            joining=len(each.joining) + len(each.arriving),
            use=_use_words(self._uses[pool.policy.name]),
            notes=tuple(notice.sentence for notice in self._of_pool(pool)),
        )


_HALT = ":halt"


def may_be_deleted(state: MachineState, policy: PoolPolicy) -> bool:
    """Whether the machine of a node that is lost may be deleted: it may yet be busy with what nobody else sees."""
    return state is MachineState.FAILED or (policy.heal is not None and policy.heal.may_delete_unreachable)


def _unasked(policy: PoolPolicy, nodes: Iterable[Node]) -> PoolMachines:
    """What is assumed of a provider that cannot be asked: it gives nothing."""
    there = sum(dict(node.labels).get("skep.pool") == policy.name for node in nodes)
    return PoolMachines(target=there, maximum=there)


def _kept(pool: PoolSeen, each: Roster, node: Node) -> str:
    """Why a node cannot be given back; empty if it can. One that is no machine of the provider's would only be lost."""
    if pool.described is None:
        return f"its provider cannot be asked ({pool.trouble})"
    return "" if node.id in each.machine_of else "its provider has no such machine"


def _template(each: Roster, known: Node | None) -> Node | None:
    """The next machine: like those that are there, else like the last that was."""
    if each.described.stay_joined:
        shared = [set(node.labels) for node in each.parked]
        labels = sorted(set.intersection(*shared)) if shared else labels_of(each.policy)
        return template(each.parked or each.members, labels=labels) or known
    return template(each.members or each.arriving, labels=labels_of(each.policy)) or known


def _is_replaced(node: Node) -> bool:
    return REPLACED_LABEL in dict(node.labels)


def _came(each: Roster, since: datetime) -> int:
    """How many nodes have joined since then, or are about to."""
    nodes = [node for node in (*each.members, *each.arriving) if not node.is_down]
    return len(each.joining) + sum(node.joined_at is not None and node.joined_at >= since for node in nodes)


def _of_no_use(each: Roster) -> str:
    parts = [f"{len(each.overdue)} did not join in time"] if each.overdue else []
    parts += [f"{len(each.failed)} failed"] if each.failed else []
    return " and ".join(parts)


def span_words(span: timedelta) -> str:
    """How long something took or takes, for an operator: ``40 s``, ``12 min``."""
    seconds = span.total_seconds()
    return f"{seconds:.0f} s" if seconds < _SHOWN_IN_SECONDS else f"{seconds / 60:.0f} min"


#: Minutes alone would call a minute and a half two.
_SHOWN_IN_SECONDS = 120


def _use_words(use: PoolUse) -> str:
    cpu = "" if use.cpu_ratio is None else f"{use.cpu_ratio:.0%} CPU"
    memory = "" if use.memory_ratio is None else f"{use.memory_ratio:.0%} memory"
    return ", ".join(part for part in (cpu, memory) if part)

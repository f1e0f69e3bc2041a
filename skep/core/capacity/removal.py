"""Which nodes could go, which of them first, and for every other one why it stays.

A node that may go by all rules is emptied in the simulation, beside those before it, so that all that are named could
go one after the other. Nothing here acts: the verdict is worked out again just before.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from skep.core.capacity.account import NodeAccount, accounts, tasks_by_node
from skep.core.capacity.breaker import halt
from skep.core.capacity.emptying import Emptying, empty, move_out
from skep.core.capacity.kinds import kinds, only_homes
from skep.core.capacity.loads import carried, loads
from skep.core.capacity.needs import need
from skep.core.capacity.placement import Assigned, settle
from skep.core.capacity.room import Room
from skep.core.capacity.sequence import largest_first
from skep.core.capacity.situation import PoolStanding, Situation
from skep.core.capacity.vetoes import LIMITS, VETOES, Candidate, Leaver, Rule, Surroundings, Veto
from skep.core.cluster import Node, Resources

__all__ = ["NodeVerdict", "removable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeVerdict:
    """Whether one node could go.

    Attributes:
        pool: that it belongs to, if it does.
        is_empty: whether nothing on it would have to run elsewhere.
        vetoes: why it stays, what lasts first; empty if it could go.
        moves: where its swarm tasks would run, if it could go.
    """

    node_id: str
    hostname: str
    pool: str | None
    is_empty: bool
    vetoes: tuple[Veto, ...] = ()
    moves: tuple[Assigned, ...] = ()

    @property
    def is_removable(self) -> bool:
        """Whether it could go."""
        return not self.vetoes

    @property
    def sentence(self) -> str:
        """For an operator."""
        if self.vetoes:
            return f"{self.hostname} stays: {'; '.join(veto.reason for veto in self.vetoes)}"
        if self.is_empty:
            return f"{self.hostname} could go: nothing on it would have to run elsewhere"
        moving = sum(assigned.replicas for assigned in self.moves)
        return f"{self.hostname} could go: its {moving} swarm task{'' if moving == 1 else 's'} would fit elsewhere"


def removable(situation: Situation) -> tuple[NodeVerdict, ...]:
    """The verdict on every node: first those that could go, in the order in which they should; then the others.

    Empty nodes go first, then those with the fewest swarm tasks to move, then those that carry least, then those that
    have been idle for longest.
    """
    return _Removal(situation).verdicts()


class _Removal:
    """One calculation: nodes are emptied one after the other in the same room."""

    def __init__(self, situation: Situation) -> None:
        cluster = situation.cluster
        every = sorted(accounts(cluster, situation.measured), key=lambda account: _fullest_first(account, situation))
        self._room = Room((account.node for account in every), cluster.services)
        self._kinds = kinds(cluster.services, self._room)
        self._loads = loads(situation)
        self._receives: Counter[str] = Counter()
        self._candidates = self._looked_at(situation, every)
        self._leavers = [_leaver(each) for each in self._candidates if each.node.id in situation.leaving]
        self._move_out_those_that_are_leaving()
        self._only_homes = only_homes(self._kinds, self._room)

    def verdicts(self) -> tuple[NodeVerdict, ...]:
        """All of them."""
        vetoed = {each.node.id: _asked(VETOES, each) for each in self._candidates}
        stuck = [self._kept(each, vetoes) for each in self._candidates if (vetoes := vetoed[each.node.id])]
        free = [each for each in self._candidates if not vetoed[each.node.id]]
        verdicts = [self._turn_of(each) for each in sorted(free, key=self._order)]
        leaving = [verdict for verdict in verdicts if verdict.is_removable]
        staying = [verdict for verdict in (*verdicts, *stuck) if not verdict.is_removable]
        return (*leaving, *sorted(staying, key=lambda verdict: (verdict.hostname, verdict.node_id)))

    def _looked_at(self, situation: Situation, every: Sequence[NodeAccount]) -> list[Candidate]:
        """The candidates, once all that wants a node has one."""
        placed = settle(largest_first(situation.wants, self._room), self._room)
        services = {want.service.id: want.service for want in situation.wants}
        self._loads = self._loads.plus(
            (each.node_id, need(services[each.service_id], situation.measured), each.replicas)
            for each in placed.assigned
        )
        self._note_receivers(placed.assigned)
        surroundings = Surroundings(
            halt=halt(situation.cluster.nodes, situation.gone),
            room=self._room,
            pending=tuple(self._room.applicant(services[each.service_id]) for each in placed.pending),
        )
        running = tasks_by_node(situation.cluster)
        pools = {node_id: pool for pool in situation.pools for node_id in pool.members}
        return [
            Candidate(
                situation=situation,
                surroundings=surroundings,
                account=account,
                pool=pools.get(account.node.id),
                running=running.get(account.node.id, ()),
            )
            for account in every
        ]

    def _move_out_those_that_are_leaving(self) -> None:
        """What still runs there takes room elsewhere soon."""
        for candidate in self._candidates:
            if candidate.node.id in candidate.situation.leaving:
                self._accept(move_out(candidate, self._loads))

    def _kept(self, candidate: Candidate, vetoes: tuple[Veto, ...]) -> NodeVerdict:
        """A node that stays in any case, with what else would keep it as things are now."""
        return _verdict(candidate, (*vetoes, *_asked(LIMITS, self._now(candidate))))

    def _turn_of(self, candidate: Candidate) -> NodeVerdict:
        """A node whose turn has come: what is left after those before it decides."""
        now = self._now(candidate)
        vetoes = _asked(LIMITS, now)
        if vetoes:
            return _verdict(now, vetoes)
        emptied = empty(now, self._loads)
        if emptied.veto is not None:
            return _verdict(now, (emptied.veto,))
        self._accept(emptied)
        self._leavers.append(_leaver(now))
        self._only_homes = only_homes(self._kinds, self._room)
        return _verdict(now, (), emptied.moves)

    def _accept(self, emptied: Emptying) -> None:
        self._loads = emptied.loads
        self._note_receivers(emptied.moves)

    def _note_receivers(self, moves: Sequence[Assigned]) -> None:
        for assigned in moves:
            self._receives[assigned.node_id] += assigned.replicas

    def _now(self, candidate: Candidate) -> Candidate:
        """The candidate with what has been decided so far."""
        return replace(
            candidate,
            leavers=tuple(self._leavers),
            only_home_of=self._only_homes.get(candidate.node.id, ()),
            receives=self._receives[candidate.node.id],
        )

    def _order(self, candidate: Candidate) -> tuple[object, ...]:
        node = candidate.node
        since = candidate.situation.idle_since.get(node.id, candidate.situation.now)
        return candidate.account.movable, _share(node, self._loads.carried[node.id]), since, node.hostname, node.id


def _fullest_first(account: NodeAccount, situation: Situation) -> tuple[float, str, str]:
    """Where Swarm would choose by chance, the simulation takes the worst case: the node that carries most."""
    node = account.node
    return -_share(node, carried(account, situation.used.get(node.id))), node.hostname, node.id


def _share(node: Node, load: Resources) -> float:
    """How full a node is; what is not known is taken for all of it."""
    return max(_ratio(load.cpu_cores, node.capacity.cpu_cores), _ratio(load.memory_bytes, node.capacity.memory_bytes))


def _ratio(amount: float | None, whole: float | None) -> float:
    return 1.0 if amount is None or not whole else amount / whole


def _leaver(candidate: Candidate) -> Leaver:
    return Leaver(node_id=candidate.node.id, pool=_name(candidate.pool), is_empty=candidate.is_empty)


def _asked(rules: Sequence[Rule], candidate: Candidate) -> tuple[Veto, ...]:
    return tuple(veto for rule in rules if (veto := rule(candidate)) is not None)


def _verdict(candidate: Candidate, vetoes: tuple[Veto, ...], moves: tuple[Assigned, ...] = ()) -> NodeVerdict:
    return NodeVerdict(
        node_id=candidate.node.id,
        hostname=candidate.node.hostname,
        pool=_name(candidate.pool),
        is_empty=candidate.is_empty,
        vetoes=vetoes,
        moves=moves,
    )


def _name(pool: PoolStanding | None) -> str | None:
    return None if pool is None else pool.policy.name

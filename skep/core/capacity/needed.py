"""How many nodes of which pool are needed: up to its minimum, for what has no node, as headroom, and for relief.

The question is asked of the same simulation that says where Swarm puts things: first what fits on the nodes that are
open, then what will fit on those that are on their way, were about to leave, or stand by; the rest is packed on
machines as each pool would give them. What is ordered is then placed once more, all at once, so that nothing is
promised that does not hold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field

from skep.core.capacity.breaker import Halt, halt
from skep.core.capacity.estimate import Estimates
from skep.core.capacity.everywhere import settle_everywhere
from skep.core.capacity.expanders import EXPANDERS, Expander, Option, choose
from skep.core.capacity.fewest import fewest
from skep.core.capacity.headroom import headroom_words, machines_for_headroom
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.placement import Pending, settle
from skep.core.capacity.pool import NO_HEADROOM, Pool
from skep.core.capacity.pressure import Relief
from skep.core.capacity.room import NO_FAILURES, Failures, Room
from skep.core.capacity.sequence import largest_first, pending_either_way
from skep.core.capacity.template import copies
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster, Node, Service, ServiceMode

__all__ = ["NoHelp", "NodePlan", "PoolOrder", "Unhelped", "needed_nodes"]

_NO_RELIEF: Mapping[str, Relief] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOrder:
    """What one pool is to give.

    Attributes:
        machines: how many more are to be ordered.
        kept: why nodes that are being emptied are to stay after all, by their ids.
        opened: ids of nodes standing by that are to be opened.
        reasons: a sentence each, for the operator.
    """

    pool: str
    machines: int
    kept: Mapping[str, str] = field(default_factory=dict)
    opened: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoHelp:
    """Why a pool does not make room for a service.

    Attributes:
        is_lasting: not even an empty machine of the pool would do.
    """

    pool: str
    reason: str
    is_lasting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhelped:
    """Replicas that find no node, and for which no pool will make room now."""

    service_id: str
    service_name: str
    replicas: int
    pools: tuple[NoHelp, ...] = ()

    @property
    def is_hopeless(self) -> bool:
        """Whether no pool can ever help as things are: somebody has to change the service or a pool."""
        return all(pool.is_lasting for pool in self.pools)

    @property
    def sentence(self) -> str:
        """For an operator."""
        why = "; ".join(f"{pool.pool}: {pool.reason}" for pool in self.pools) or "there is no pool"
        return f"{self.service_name}: no pool {'can' if self.is_hopeless else 'may now'} make room for it ({why})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlan:
    """What is needed.

    Attributes:
        orders: one for each pool that is to give something.
        pending: what finds no room on the nodes that are open now.
        awaited: how many of those swarm tasks will run on nodes that are on their way, or that come for a minimum.
        unhelped: what will find no node even so.
        halt: why nothing is ordered at all.
    """

    orders: tuple[PoolOrder, ...] = ()
    pending: tuple[Pending, ...] = ()
    awaited: int = 0
    unhelped: tuple[Unhelped, ...] = ()
    halt: Halt | None = None


def needed_nodes(  # noqa: PLR0913 - what is known of the Swarm, thing by thing
    cluster: Cluster,
    wants: Iterable[Want],
    pools: Sequence[Pool],
    *,
    measured: Measured = NOTHING_MEASURED,
    failures: Failures = NO_FAILURES,
    relief: Mapping[str, Relief] = _NO_RELIEF,
    ahead: Mapping[str, Relief] = _NO_RELIEF,
    gone: AbstractSet[str] = frozenset(),
    expanders: Sequence[Expander] = EXPANDERS,
) -> NodePlan:
    """How many nodes of which pool to order or to open.

    Args:
        cluster: nodes, and services with their swarm tasks.
        wants: what has no node yet (:func:`skep.core.capacity.want.wants`).
        pools: with what they can give; a node is in one pool at most.
        measured: what replicas use; a node is full when reservations, or uses where they are more, fill it.
        failures: how often replicas have failed on nodes lately.
        relief: how many nodes would help pools that are too busy, by name.
        ahead: how many nodes more pools are expected to need, by name; what they get anyway counts.
        gone: ids of nodes whose machines are gone for certain.
        expanders: how to choose between pools.
    """
    stopped = halt(cluster.nodes, gone)
    if stopped is not None:
        return NodePlan(halt=stopped)
    nodes = sorted(cluster.nodes, key=lambda node: (node.hostname, node.id))
    room = Room(nodes, cluster.services, measured=measured, failures=failures)
    wanted = tuple(wants)
    now = settle(largest_first(wanted, room), room)
    services = {service.id: service for service in cluster.services} | {
        want.service.id: want.service for want in wanted
    }
    waiting = tuple(Want(service=services[each.service_id], replicas=each.replicas) for each in now.pending)
    planning = _Planning(room, waiting, pools, Estimates(cluster.services, measured), cluster.services)
    planning.fill_up()
    left = planning.still_pending()
    awaited = _replicas(waiting) - _replicas(left)
    left = planning.keep_leaving(left)
    left = planning.open_standby(left)
    left = planning.order_machines(left, expanders)
    planning.look_at_one_machine(left)
    planning.keep_headroom()
    planning.relieve(relief)
    planning.relieve(ahead)
    return NodePlan(
        orders=planning.orders(), pending=now.pending, awaited=awaited, unhelped=tuple(map(planning.unhelped, left))
    )


@dataclass(slots=True)
class _Giving:
    """What a pool gives so far."""

    pool: Pool
    kept: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    machines: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def leaving(self) -> list[str]:
        """The nodes that are still to go."""
        return [node_id for node_id in self.pool.leaving if node_id not in self.kept]

    @property
    def may_order(self) -> int:
        """How many machines more it may be asked for."""
        return max(0, self.pool.room - self.machines)

    def machines_with(self, more: int = 0) -> tuple[Node, ...]:
        """The machines that are joining, those that were ordered here, and so many more."""
        if self.pool.template is None:
            return ()
        return copies(self.pool.template, self.pool.joining + self.machines + more, name=self.pool.name)


class _Planning:
    """A room in which all that waits has been placed as far as it goes, and what the pools add to it."""

    def __init__(
        self,
        room: Room,
        waiting: Sequence[Want],
        pools: Sequence[Pool],
        estimates: Estimates,
        services: Sequence[Service],
    ) -> None:
        self._room = room
        self._waiting = waiting
        self._everywhere = tuple(service for service in services if service.mode is ServiceMode.GLOBAL)
        self._estimates = estimates
        self._givings = [_Giving(pool) for pool in sorted(pools, key=lambda pool: (-pool.priority, pool.name))]

    # --- what is added, in turn -------------------------------------------------------------------------------------

    def fill_up(self) -> None:
        """Bring every pool up to its minimum, whoever needs it or not."""
        for giving in self._givings:
            missing = min(giving.pool.missing, giving.may_order)
            if missing > 0:
                giving.machines += missing
                giving.reasons.append(f"the pool is {missing} below its minimum")

    def keep_leaving(self, left: tuple[Want, ...]) -> tuple[Want, ...]:
        """Keep those that help and were about to go, one after the other; returns what is still pending."""
        for giving in self._givings:
            for node, after in self._that_help(giving.pool.leaving, left):
                giving.kept[node.id] = f"room for {_difference(left, after)}"
                left = after
        return left

    def open_standby(self, left: tuple[Want, ...]) -> tuple[Want, ...]:
        """Open those that help, one after the other; returns what is still pending."""
        for giving in self._givings:
            for node, after in self._that_help(giving.pool.standby, left):
                giving.opened.append(node.id)
                giving.reasons.append(f"{node.hostname} makes room for {_difference(left, after)}")
                left = after
        return left

    def _that_help(self, node_ids: Iterable[str], left: tuple[Want, ...]) -> Iterator[tuple[Node, tuple[Want, ...]]]:
        """Those of the nodes that would let fewer replicas wait, each with what is pending then.

        Whoever is told of one takes it before asking on, so that the next ones are looked at with it.
        """
        for node_id in node_ids:
            room = self._room.node(node_id)
            if left and room is not None and room.node.is_ready:
                after = self.still_pending(opened=node_id)
                if _replicas(after) < _replicas(left):
                    yield room.node, after
                    left = after

    def order_machines(self, left: tuple[Want, ...], expanders: Sequence[Expander]) -> tuple[Want, ...]:
        """Take the best option as long as there is one; returns what is still pending.

        A pool whose machines turn out to change nothing is not asked again.
        """
        asked = {giving.pool.name: giving for giving in self._givings}
        while left:
            found = (self._estimates.option(each.pool, left, each.may_order) for each in asked.values())
            options = [option for option in found if option is not None]
            if not options:
                return left
            best = choose(options, expanders)
            after = self.still_pending(more={best.pool.name: best.machines})
            if _replicas(after) >= _replicas(left):
                del asked[best.pool.name]
                continue
            giving = asked[best.pool.name]
            giving.machines += self._fewest_for(best, after)
            after = self.still_pending()
            giving.reasons.append(f"room for {_difference(left, after)}")
            left = after
        return left

    def look_at_one_machine(self, left: tuple[Want, ...]) -> None:
        """Where no pool helps, order one machine of one that nobody knows any of: it will tell what they are like.

        Else a pool that may be empty, and is at first, would never begin. The others are asked once that is known.
        """
        unknown = [giving for giving in self._givings if giving.pool.template is None]
        if not left or any(map(_is_coming, unknown)):
            return
        giving = next((each for each in unknown if each.may_order), None)
        if giving is not None:
            giving.machines += 1
            giving.reasons.append(f"{_told(left)} without a node, and nobody knows yet what its machines are like")

    def keep_headroom(self) -> None:
        """Order what is missing of the room that is to stay free."""
        for giving in self._givings:
            pool = giving.pool
            if pool.template is None or pool.headroom == NO_HEADROOM:
                continue
            missing = self._missing_headroom(giving, pool.template)
            for node_id in giving.leaving if missing else ():
                giving.kept[node_id] = headroom_words(pool.headroom)
                missing = self._missing_headroom(giving, pool.template)
                if not missing:
                    break
            missing = min(missing, giving.may_order)
            if missing:
                giving.machines += missing
                giving.reasons.append(headroom_words(pool.headroom))

    def _missing_headroom(self, giving: _Giving, template: Node) -> int:
        with self._all_there():
            settle(largest_first(self._waiting, self._room), self._room)
            machine = self._estimates.empty_machine(template)
            return machines_for_headroom(giving.pool.headroom, self._open_nodes(giving), machine)

    def relieve(self, relief: Mapping[str, Relief]) -> None:
        """Give more to pools that are too busy; what they get anyway relieves them, too."""
        for giving in self._givings:
            wanted = relief.get(giving.pool.name)
            if wanted is None:
                continue
            missing = max(0, wanted.nodes - giving.machines - len(giving.opened) - len(giving.kept))
            kept = giving.leaving[:missing]
            giving.kept.update(dict.fromkeys(kept, wanted.sentence))
            missing -= len(kept)
            parked = [each for each in giving.pool.standby if each not in giving.opened][:missing]
            machines = min(missing - len(parked), giving.may_order)
            giving.opened += parked
            giving.machines += machines
            if parked or machines:
                giving.reasons.append(wanted.sentence)

    # --- what comes of it -------------------------------------------------------------------------------------------

    def still_pending(self, *, opened: str | None = None, more: Mapping[str, int] | None = None) -> tuple[Want, ...]:
        """What would find no node if all that was added were there at once.

        Args:
            opened: the id of a node that is opened as well.
            more: how many machines are there as well, by the name of their pool.
        """
        if not self._waiting:
            return ()
        with self._all_there(opened=opened, more=more):
            return pending_either_way(self._waiting, self._room)

    def orders(self) -> tuple[PoolOrder, ...]:
        """What each pool is to give."""
        return tuple(
            PoolOrder(
                pool=giving.pool.name,
                machines=giving.machines,
                kept=dict(giving.kept),
                opened=tuple(giving.opened),
                reasons=tuple(giving.reasons),
            )
            for giving in self._givings
            if giving.machines or giving.kept or giving.opened
        )

    def unhelped(self, want: Want) -> Unhelped:
        """Why nobody helps."""
        return Unhelped(
            service_id=want.service.id,
            service_name=want.service.name,
            replicas=want.replicas,
            pools=tuple(self._no_help(giving, want.service) for giving in self._givings),
        )

    # --- inside -----------------------------------------------------------------------------------------------------

    def _fewest_for(self, option: Option, after: tuple[Want, ...]) -> int:
        """How many machines are enough for as much, beside what else was added."""
        if option.machines == 1 or not any(
            each.pool.arriving or each.kept or each.opened or each.machines_with() for each in self._givings
        ):
            return option.machines

        def suffice(machines: int) -> bool:
            return _replicas(self.still_pending(more={option.pool.name: machines})) <= _replicas(after)

        return fewest(suffice, least=1, most=option.machines)

    @contextmanager
    def _all_there(self, *, opened: str | None = None, more: Mapping[str, int] | None = None) -> Iterator[None]:
        """While the block lasts, everything that was added is open, with its share of global services."""
        with self._room.trial():
            ids = [each for giving in self._givings for each in (*giving.pool.arriving, *giving.kept, *giving.opened)]
            for node_id in ids if opened is None else (*ids, opened):
                node = self._room.node(node_id)
                if node is not None:
                    self._room.open(node)
                    settle_everywhere(self._room, node, self._everywhere)
            for giving in self._givings:
                for machine in giving.machines_with((more or {}).get(giving.pool.name, 0)):
                    settle_everywhere(self._room, self._room.add(machine), self._everywhere)
            yield

    def _open_nodes(self, giving: _Giving) -> list[NodeRoom]:
        new = {machine.id for machine in giving.machines_with()}
        mine = {*giving.pool.members, *giving.pool.arriving, *giving.opened} | new
        return [node for node in self._room.nodes if node.is_open and node.node.id in mine]

    def _no_help(self, giving: _Giving, service: Service) -> NoHelp:
        refusal = self._estimates.refusal(giving.pool, service)
        if refusal is not None and giving.pool.template is None and _is_coming(giving):
            return NoHelp(pool=giving.pool.name, reason="a machine is on its way that will tell", is_lasting=False)
        if refusal is not None:
            return NoHelp(pool=giving.pool.name, reason=refusal, is_lasting=giving.pool.template is not None)
        reason = "more of its nodes would not help" if giving.may_order else "it has as many nodes as it may have"
        return NoHelp(pool=giving.pool.name, reason=reason, is_lasting=False)


def _is_coming(giving: _Giving) -> bool:
    """Whether a machine is on its way, also one that is only being ordered here."""
    return bool(giving.pool.joining or giving.pool.arriving or giving.machines)


def _replicas(wants: Iterable[Want]) -> int:
    return sum(want.replicas for want in wants)


def _difference(before: Iterable[Want], after: Iterable[Want]) -> str:
    """Such as ``3 of web, 1 of api``: what was pending and is no longer."""
    left = {want.service.id: want.replicas for want in after}
    helped = [(want.replicas - left.get(want.service.id, 0), want.service.name) for want in before]
    return _most_first(helped)


def _told(wants: Iterable[Want]) -> str:
    return _most_first((want.replicas, want.service.name) for want in wants)


def _most_first(counts: Iterable[tuple[int, str]]) -> str:
    """Such as ``3 of web, 1 of api``."""
    told = [
        f"{replicas} of {name}"
        for replicas, name in sorted(counts, key=lambda each: (-each[0], each[1]))
        if replicas > 0
    ]
    more = [f"and replicas of {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
    return ", ".join([*told[:_MOST_TOLD], *more])


#: Services that a sentence names.
_MOST_TOLD = 5

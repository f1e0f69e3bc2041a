"""What is read out of looks at a pool, and out of what people had ordered then."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.faults.pooled import REPLICAS_PER_MACHINE, Fall, MachineOrder

__all__ = ["Reign", "Sight", "falls", "joined", "machine_orders", "most_at_once", "torn"]

#: An evaluation has its name a moment before it looks.
_NAMED_BEFORE = timedelta(seconds=2)
#: Looks may take their time while engines stand still.
_SEEN_DEAD = timedelta(seconds=3)
#: From a count's being in force until those whom Swarm does not keep have ended.
_SWARM_CHOOSES = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reign:
    """A count of the service that people ordered, for as long as it may have been in force.

    Attributes:
        until: when the next one was certainly in force; none for the last.
    """

    replicas: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The pool at one moment.

    Attributes:
        machines: that stand, whether they live or not.
        nodes: host names by node id; empty while the managers do not answer.
        serving: those whose nodes are open.
        idle_hands: those that are no help: dead, down, or on their way out; all of them while nobody can tell.
        dead: those whose engines do not run: not yet, or no more.
        running: how many replicas ran; none while the managers do not answer, or not all nodes are ready.
        torn: names of the swarm tasks, and the ids of their nodes, of which Docker tells that the node was removed.
    """

    at: datetime
    machines: frozenset[str]
    nodes: Mapping[str, str] = field(default_factory=dict)
    serving: frozenset[str] = frozenset()
    idle_hands: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    running: int | None = None
    torn: Mapping[str, str] = field(default_factory=dict)

    @property
    def lost(self) -> frozenset[str]:
        """Those of the Swarm that are dead."""
        return self.dead.intersection(self.nodes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """From a decision until its machines were seen, and what was seen between."""

    since: datetime
    until: datetime
    sights: Sequence[Sight]


def machine_orders(
    asked: Mapping[str, int],
    made: Mapping[str, tuple[str, ...]],
    *,
    sights: Sequence[Sight],
    reigns: Sequence[Reign],
) -> tuple[MachineOrder, ...]:
    """What was there and what was needed from each decision until its machines stood.

    Whoever decides may have looked at any time between; so whatever was of help throughout counts as standing, and
    the largest count of that time as needed. A machine that died is replaced once.

    Args:
        asked: for how many machines, by the name of the request, which ends with the evaluation: a number of
            milliseconds.
        made: their host names.
        sights: of the pool, in their order.
        reigns: the counts that people ordered.
    """
    orders: list[MachineOrder] = []
    replaced: set[str] = set()
    for name in sorted(asked, key=_evaluation):
        order = _order(name, asked[name], made[name], _until_seen(sights, name, made[name]), reigns)
        beyond_need = len(order.made) - max(0, order.needed - order.standing)
        in_place = tuple(dead for dead in order.replaced if dead not in replaced)[: max(0, beyond_need)]
        replaced.update(in_place)
        orders.append(replace(order, replaced=in_place))
    return tuple(orders)


def _order(name: str, asked: int, made: tuple[str, ...], seen: _Span, reigns: Iterable[Reign]) -> MachineOrder:
    helping = [sight.machines - sight.idle_hands for sight in seen.sights]
    dead: frozenset[str] = frozenset().union(*(sight.lost for sight in seen.sights))
    return MachineOrder(
        name=name,
        asked=asked,
        made=made,
        standing=len(frozenset.intersection(*helping)) if helping else 0,
        needed=math.ceil(max(_in_force(reigns, seen.since, seen.until), default=0) / REPLICAS_PER_MACHINE),
        replaced=tuple(sorted(dead)),
    )


def _until_seen(sights: Iterable[Sight], name: str, made: tuple[str, ...]) -> _Span:
    since = datetime.fromtimestamp(_evaluation(name) / 1000, tz=UTC) - _NAMED_BEFORE
    later = [sight for sight in sights if sight.at >= since]
    seen = next((number for number, sight in enumerate(later) if sight.machines.intersection(made)), len(later))
    return _Span(since=since, until=later[seen].at if seen < len(later) else since, sights=later[:seen])


def _evaluation(name: str) -> int:
    return int(name.rpartition(".")[2])


def most_at_once(sights: Iterable[Sight]) -> int:
    """How many lived at once, at the most: there may be one in place of a dead one before that is deleted."""
    return max((len(sight.machines - sight.dead) for sight in sights), default=0)


def joined(sights: Iterable[Sight]) -> tuple[str, ...]:
    """The machines that served at some time, in the order of their names."""
    return tuple(sorted(frozenset().union(*(sight.serving for sight in sights))))


def torn(sights: Sequence[Sight]) -> tuple[str, ...]:
    """Swarm tasks whose nodes were removed under them, but for those of nodes whose machines had died before."""
    nodes = {node: hostname for sight in sights for node, hostname in sight.nodes.items()}
    dead = frozenset().union(*(sight.lost for sight in sights))
    tasks = {task: node for sight in sights for task, node in sight.torn.items()}
    return tuple(sorted(task for task, node in tasks.items() if nodes.get(node) not in dead))


def falls(sights: Sequence[Sight], reigns: Sequence[Reign]) -> tuple[Fall, ...]:
    """Each time that fewer replicas ran than people ordered, and than before, though no node was lost.

    What ran on a machine that dies is told of before its node is missed, and before its engine is seen to be gone. And
    while people change the count, Swarm may end what runs and keep what is about to: it spreads those that it keeps.
    """
    found = (_fall(one, other, min(_in_force(reigns, one.at, other.at), default=0)) for one, other in pairwise(sights))
    falls = (fall for fall in found if fall is not None)
    return tuple(fall for fall in falls if not _has_died(sights, fall.at) and not _was_ordered(reigns, fall.at))


def _fall(one: Sight, other: Sight, goal: int) -> Fall | None:
    if one.running is None or other.running is None or other.running >= min(one.running, goal):
        return None
    return Fall(at=other.at, before=one.running, after=other.running)


def _was_ordered(reigns: Sequence[Reign], at: datetime) -> bool:
    """Whether people changed the count at that moment, or just before."""
    changes = ((new.since, old.until) for old, new in pairwise(reigns))
    return any(since <= at and (until is None or at <= until + _SWARM_CHOOSES) for since, until in changes)


def _has_died(sights: Iterable[Sight], at: datetime) -> bool:
    """Whether a machine that was on the Swarm is seen dead at that moment or soon after."""
    return any(sight.lost for sight in sights if at <= sight.at <= at + _SEEN_DEAD)


def _in_force(reigns: Iterable[Reign], since: datetime, until: datetime) -> list[int]:
    """The counts that may have been in force at some time between."""
    return [r.replicas for r in reigns if r.since <= until and (r.until is None or r.until >= since)]

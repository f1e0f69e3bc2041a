"""A pool whose machines come and go while everything breaks: what was seen of it, and whether that is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "MOST_LOOKS",
    "MOST_MACHINES",
    "POOLED",
    "REPLICAS_PER_MACHINE",
    "Fall",
    "MachineOrder",
    "PoolEvidence",
    "pool_violations",
]

#: The service that runs on machines of the pool and nowhere else; nobody but people scales it.
POOLED = "jobs_web"
REPLICAS_PER_MACHINE, MOST_MACHINES = 2, 2
#: Evaluations until the machines are right for a count: one that did not join in time is given up, another one is made,
#: after a worker's death its locks run out, and as much again for machines on which all of that starts anew. Where the
#: lab's host is busy, a machine's end takes longer than a task may, and is begun again each time.
MOST_LOOKS = 135


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineOrder:
    """Machines that were ordered once.

    Attributes:
        name: of the request.
        asked: for how many machines.
        made: their host names.
        standing: how many there were all the time from the decision until then, and neither leaving nor dead.
        needed: how many the most replicas of that time fill.
        replaced: the dead ones in whose place they may have been made: what died is replaced, whether needed or not.
    """

    name: str
    asked: int
    made: tuple[str, ...]
    standing: int
    needed: int
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """How many replicas ran before and after, seen at that moment."""

    at: datetime
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolEvidence:
    """All that is known of the pool, a while after the storm, when nothing needs it any more.

    Attributes:
        orders: all that its provider was given.
        most: how many machines lived at once, at the most.
        joined: host names of the machines whose nodes were open at some time.
        falls: each time that fewer ran than people ordered though no node was lost.
        lost: host names of the machines that died while they served.
        torn: swarm tasks that ran on a node that was taken off the Swarm although its machine lived.
        remains: machines that nobody has given back, and nodes that nobody has removed.
        replicas: the count of the service, where people have ordered none.
        looks_to_fit: evaluations from the end of the storm until all replicas ran, and all machines served.
        looks_to_leave: evaluations from the last order of people until no machine was left.
    """

    orders: tuple[MachineOrder, ...]
    most: int
    joined: tuple[str, ...]
    falls: tuple[Fall, ...]
    lost: tuple[str, ...]
    torn: tuple[str, ...]
    remains: tuple[str, ...]
    replicas: int
    looks_to_fit: int
    looks_to_leave: int

    @property
    def left(self) -> tuple[str, ...]:
        """The host names of the machines that had joined and are gone."""
        return tuple(hostname for hostname in self.joined if hostname not in self.remains)


def pool_violations(evidence: PoolEvidence) -> tuple[str, ...]:
    """Every way in which a promise about the pool was broken; empty where all were kept."""
    return (
        *_ordered_twice(evidence),
        *_beyond_bounds(evidence),
        *map(_fell, evidence.falls),
        *(f"{task} ran on a node that was removed" for task in evidence.torn),
        *(f"{hostname} is left though nothing needs it" for hostname in evidence.remains),
        *_not_as_ordered(evidence),
        *_late(evidence),
    )


def _fell(fall: Fall) -> str:
    return f"{POOLED} fell from {fall.before} running replicas to {fall.after} by a drain, at {fall.at:%H:%M:%S}"


def _ordered_twice(evidence: PoolEvidence) -> Iterator[str]:
    for order in evidence.orders:
        made = ", ".join(order.made)
        if len(order.made) > order.asked:
            yield f"{order.name} asked for {order.asked}, and made {made}"
        elif len(order.made) > max(0, order.needed - order.standing, len(order.replaced)):
            yield f"{order.name} made {made} beside {order.standing}, and {order.needed} were needed"


def _beyond_bounds(evidence: PoolEvidence) -> Iterator[str]:
    if evidence.most > MOST_MACHINES:
        yield f"there were {evidence.most} machines at once, and the pool may have {MOST_MACHINES}"


def _not_as_ordered(evidence: PoolEvidence) -> Iterator[str]:
    if evidence.replicas:
        yield f"{POOLED} was left with {evidence.replicas} replicas, and people ordered none"
    if not evidence.joined:
        yield "no machine has ever joined"


def _late(evidence: PoolEvidence) -> Iterator[str]:
    if evidence.looks_to_fit > MOST_LOOKS:
        yield f"all replicas of {POOLED} ran only {evidence.looks_to_fit} evaluations after the storm"
    if evidence.looks_to_leave > MOST_LOOKS:
        yield f"the last machine left only {evidence.looks_to_leave} evaluations after it was needed"

"""Where Swarm would put swarm tasks, and why it could not put the others anywhere."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.capacity.room import NO_FAILURES, Failures, Room
from skep.core.capacity.spreading import spread
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster
from skep.core.requirements import Operator

__all__ = ["Assigned", "Pending", "Placement", "place", "settle", "why_pending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """So many replicas of a service on a node."""

    service_id: str
    node_id: str
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """So many replicas of a service for which no node will do.

    Attributes:
        reason: as Swarm says it, such as ``no suitable node (insufficient resources on 2 nodes)``.
        not_understood: placement constraints that nobody could read, and that no node can satisfy therefore.
    """

    service_id: str
    service_name: str
    replicas: int
    reason: str
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What Swarm would make of some wants."""

    assigned: tuple[Assigned, ...] = ()
    pending: tuple[Pending, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything found a node."""
        return not self.pending


def place(
    wants: Iterable[Want],
    cluster: Cluster,
    *,
    measured: Measured = NOTHING_MEASURED,
    failures: Failures = NO_FAILURES,
) -> Placement:
    """Where Swarm would put more replicas, beside the swarm tasks that the cluster has.

    Where Swarm chooses by chance (between services, and between nodes that are equally good), the order of the wants
    and that of host names decides, so that the same question has the same answer.

    Args:
        wants: in the order in which they are placed.
        cluster: nodes, and services with their swarm tasks.
        measured: what replicas use, by service; with nothing, only reservations count, as in Swarm.
        failures: how often replicas have failed on nodes lately.
    """
    nodes = sorted(cluster.nodes, key=lambda node: (node.hostname, node.id))
    return settle(wants, Room(nodes, cluster.services, measured=measured, failures=failures))


def settle(wants: Iterable[Want], room: Room) -> Placement:
    """Place wants in a room, which is changed by those that find a node."""
    assigned: list[Assigned] = []
    waiting: list[tuple[Applicant, int]] = []
    hopeless: set[Hashable] = set()
    for want in wants:
        applicant = room.applicant(want.service)
        chosen = [] if applicant.kind in hopeless else spread(room, applicant, want.replicas)
        by_node = Counter(node.node.id for node in chosen)
        assigned += (
            Assigned(service_id=want.service.id, node_id=node_id, replicas=replicas)
            for node_id, replicas in by_node.items()
        )
        if len(chosen) < want.replicas:
            # Room only shrinks here: where one found none, none of its kind will.
            hopeless.add(applicant.kind)
            waiting.append((applicant, want.replicas - len(chosen)))
    return Placement(assigned=tuple(assigned), pending=tuple(_all_pending(waiting, room)))


def _all_pending(waiting: Iterable[tuple[Applicant, int]], room: Room) -> Iterator[Pending]:
    reasons: dict[Hashable, str] = {}
    for applicant, replicas in waiting:
        if applicant.kind not in reasons:
            reasons[applicant.kind] = why_pending(applicant, room)
        yield _pending(applicant, replicas, reasons[applicant.kind])


def _pending(applicant: Applicant, replicas: int, reason: str) -> Pending:
    unread = (each.text for each in applicant.standard.constraints if each.operator is Operator.UNKNOWN)
    return Pending(
        service_id=applicant.service.id,
        service_name=applicant.service.name,
        replicas=replicas,
        reason=reason,
        not_understood=tuple(unread),
    )


def why_pending(applicant: Applicant, room: Room) -> str:
    """Why no node will do, in Swarm's own words: what most nodes fail at comes first.

    Swarm counts all nodes once nothing of the service can be placed any more. When it has just placed some replicas
    and runs out of room for the others, it first tells of fewer nodes than it means.
    """
    refusals = sorted(room.refusals(applicant).items(), key=lambda refusal: -refusal[1])
    words = "; ".join(each.words(nodes) for each, nodes in refusals)
    return f"no suitable node ({words})" if words else "no suitable node"

"""Whether everything on a node would find a place elsewhere, and whether those places could carry it."""

from collections import Counter
from dataclasses import dataclass

from skep.core.capacity.loads import Loads, unknown
from skep.core.capacity.needs import need
from skep.core.capacity.placement import Assigned, Placement, settle
from skep.core.capacity.sequence import largest_first
from skep.core.capacity.vetoes import Candidate, Veto
from skep.core.capacity.want import Want
from skep.core.cluster import Service

__all__ = ["Emptying", "empty", "move_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptying:
    """What comes of an attempt to empty a node.

    Attributes:
        loads: what the nodes carry then; as before where it cannot be done.
        moves: where its swarm tasks would run.
        veto: why it cannot be done.
    """

    loads: Loads
    moves: tuple[Assigned, ...] = ()
    veto: Veto | None = None


def empty(candidate: Candidate, loads: Loads) -> Emptying:
    """Empty a node in the simulation; where that works out, the room stays as it is then, else as it was.

    Swarm places services in an order left to chance, so both the largest first and the smallest first have to work.

    Args:
        candidate: the node; its room closes it and takes its swarm tasks away.
        loads: what the nodes carry now.
    """
    room = candidate.surroundings.room
    mark = room.mark()
    wanted = _take_out(candidate)
    with room.trial():
        veto = _veto(candidate, settle(wanted[::-1], room), loads)
    placement = Placement() if veto is not None else settle(wanted, room)
    veto = veto or _veto(candidate, placement, loads)
    if veto is not None:
        room.back_to(mark)
        return Emptying(loads=loads, veto=veto)
    return Emptying(loads=_after(candidate, placement, loads), moves=placement.assigned)


def move_out(candidate: Candidate, loads: Loads) -> Emptying:
    """Empty a node in the simulation as far as there is room, because that has been decided before."""
    placement = settle(_take_out(candidate), candidate.surroundings.room)
    return Emptying(loads=_after(candidate, placement, loads), moves=placement.assigned)


def _take_out(candidate: Candidate) -> tuple[Want, ...]:
    """Close the node and take its swarm tasks away; returns those that need another node, the largest first."""
    room, mine = candidate.surroundings.room, candidate.room()
    room.close(mine)
    for service, task in candidate.running:
        if task.is_wanted:
            room.give_back(mine, room.burden_of(service, task))
    return largest_first(_wants(candidate), room)


def _wants(candidate: Candidate) -> list[Want]:
    """A replica elsewhere for each that is wanted and would have to move."""
    services: dict[str, Service] = {}
    counts: Counter[str] = Counter()
    for service, task in candidate.movable:
        if task.is_wanted:
            services[service.id] = service
            counts[service.id] += 1
    return [Want(service=service, replicas=counts[service_id]) for service_id, service in services.items()]


def _veto(candidate: Candidate, placement: Placement, loads: Loads) -> Veto | None:
    """What has nowhere to go; a use that nobody knows; a node that would be used beyond its pool's threshold."""
    for waits in placement.pending:
        return Veto(by="room", reason=f"{waits.service_name} would have nowhere else to run: {waits.reason}")
    for service, _ in candidate.services():
        missing = unknown(need(service, candidate.situation.measured))
        if missing:
            return Veto(by="unknown use", reason=f"how much {missing} {service.name} uses is not known")
    after = _after(candidate, placement, loads)
    for node_id in dict.fromkeys(assigned.node_id for assigned in placement.assigned):
        receiver = candidate.surroundings.room.node(node_id)
        trouble = after.trouble(receiver.node) if receiver is not None else None
        if trouble is not None:
            return Veto(by="load", reason=f"its swarm tasks would go where they weigh too much: {trouble}")
    return None


def _after(candidate: Candidate, placement: Placement, loads: Loads) -> Loads:
    services = {service.id: service for service, _ in candidate.services()}
    measured = candidate.situation.measured
    return loads.plus(
        (each.node_id, need(services[each.service_id], measured), each.replicas) for each in placement.assigned
    )

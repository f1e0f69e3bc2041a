"""In which order wants are placed. Swarm takes services by chance, so what is promised has to hold either way."""

from collections.abc import Iterable

from skep.core.capacity.placement import settle
from skep.core.capacity.room import Room
from skep.core.capacity.want import Want

__all__ = ["largest_first", "pending_either_way"]


def largest_first(wants: Iterable[Want], room: Room) -> tuple[Want, ...]:
    """Those whose swarm tasks take most come first, which wastes least."""

    def size(want: Want) -> tuple[int, int, str]:
        taken = room.applicant(want.service).burden
        return -taken.nano_cpus, -taken.memory_bytes, want.service.name

    return tuple(sorted(wants, key=size))


def pending_either_way(wants: Iterable[Want], room: Room) -> tuple[Want, ...]:
    """What finds no node if the largest come first, or if the smallest do; the room is left as it was.

    Of a service for which it makes a difference, the larger number.
    """
    ordered = largest_first(wants, room)
    services = {want.service.id: want.service for want in ordered}
    most: dict[str, int] = {}
    for sequence in (ordered, ordered[::-1]):
        with room.trial():
            for pending in settle(sequence, room).pending:
                most[pending.service_id] = max(most.get(pending.service_id, 0), pending.replicas)
    return tuple(Want(service=services[service_id], replicas=replicas) for service_id, replicas in most.items())

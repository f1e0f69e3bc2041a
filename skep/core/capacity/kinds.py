"""Services that could run on one open node alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.room import Room
from skep.core.cluster import Service
from skep.core.requirements import NO_REQUIREMENTS

__all__ = ["kinds", "only_homes"]


def kinds(services: Iterable[Service], room: Room) -> tuple[Applicant, ...]:
    """One service for each set of lasting requirements, the first by name; those that any node fulfils are left out."""
    found: dict[object, Applicant] = {}
    for service in sorted(services, key=lambda service: service.name):
        if service.requirements != NO_REQUIREMENTS:
            applicant = room.applicant(service)
            found.setdefault(applicant.standard, applicant)
    return tuple(found.values())


def only_homes(of: Iterable[Applicant], room: Room) -> Mapping[str, tuple[Applicant, ...]]:
    """For nodes that are the only open one where some of the services could run, by their id: those services."""
    homes: defaultdict[str, tuple[Applicant, ...]] = defaultdict(tuple)
    for applicant in of:
        able = [node for node in room.nodes if node.is_open and room.could_ever_run(applicant, node)]
        if len(able) == 1:
            homes[able[0].node.id] += (applicant,)
    return homes

"""No node goes while something waits for a node that this one could be.

What could never run there, however empty it were, does not hold it: a service that asks for what no machine has would
otherwise keep every node for ever.
"""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["something_waits"]


def something_waits(candidate: Candidate) -> Veto | None:
    """Keep a node that may be needed yet."""
    if not candidate.surroundings.pending:
        return None
    empty = NodeRoom(candidate.node, candidate.room().index)
    names = [each.service.name for each in candidate.surroundings.pending if _could_run(candidate, each, empty)]
    if not names:
        return None
    return Veto(by="pending", reason=f"swarm tasks of {', '.join(sorted(names))} wait for a node")


def _could_run(candidate: Candidate, applicant: Applicant, empty: NodeRoom) -> bool:
    taken = applicant.burden
    return (
        candidate.surroundings.room.could_ever_run(applicant, candidate.room())
        and taken.nano_cpus <= empty.nano_cpus
        and taken.memory_bytes <= empty.memory_bytes
        and all(empty.generic[kind] >= amount for kind, amount in taken.generic)
    )

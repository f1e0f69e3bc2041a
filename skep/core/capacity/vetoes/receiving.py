"""A node that something is about to move to does not go."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["receiving"]


def receiving(candidate: Candidate) -> Veto | None:
    """Keep a node that will take in what was just decided, or what runs on a node that goes before it."""
    if not candidate.receives:
        return None
    tasks = f"{candidate.receives} swarm task{'' if candidate.receives == 1 else 's'}"
    return Veto(by="receiver", reason=f"{tasks} would come to it")

"""A service that may not have a replica more for a while cannot be moved without an interruption."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["may_not_surge"]


def may_not_surge(candidate: Candidate) -> Veto | None:
    """Keep a node with swarm tasks of services whose operators did not allow a surge."""
    names = sorted(service.name for service, terms in candidate.services() if not terms.may_surge)
    if not names:
        return None
    return Veto(by="surge", reason=f"no surge is allowed of {', '.join(names)}")

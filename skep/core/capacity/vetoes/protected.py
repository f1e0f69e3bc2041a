"""What somebody protects stays: a node, or the swarm tasks of a service that run there."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["node_protected", "service_protected"]


def node_protected(candidate: Candidate) -> Veto | None:
    """Keep a node for as long as it is protected."""
    protection = candidate.situation.protections.get(candidate.node.id)
    if protection is None or not protection.is_in_force(candidate.situation.now):
        return None
    return Veto(by="protect", reason=f"it is {protection.sentence}", until=protection.until)


def service_protected(candidate: Candidate) -> Veto | None:
    """Keep a node for as long as a service that runs there is protected."""
    for service, terms in candidate.services():
        if terms.protection is not None and terms.protection.is_in_force(candidate.situation.now):
            reason = f"{service.name} runs there, which is {terms.protection.sentence}"
            return Veto(by="protect", reason=reason, until=terms.protection.until)
    return None

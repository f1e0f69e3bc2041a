"""No node goes while the loss of one more manager would leave the Swarm without a leader."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["no_quorum_to_spare"]


def no_quorum_to_spare(candidate: Candidate) -> Veto | None:
    """Keep every node while managers are out of reach and no further one may be.

    A Swarm whose managers are all there is as safe as its operator made it, with one manager as with two. A node that
    is only becoming a manager has no part in the quorum yet.
    """
    managers = [node.manager for node in candidate.situation.cluster.nodes if node.manager is not None]
    reachable = sum(manager.is_reachable for manager in managers)
    away = len(managers) - reachable
    if not away or reachable > len(managers) // 2 + 1:
        return None
    words = f"{away} of {len(managers)} managers {'is' if away == 1 else 'are'} out of reach"
    return Veto(by="quorum", reason=f"{words}, and the quorum has none to spare")

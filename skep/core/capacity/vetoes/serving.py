"""Only a node that serves is removed for being idle; one that does not is another matter."""

from skep.core.capacity.vetoes.veto import Candidate, Veto
from skep.core.cluster import Availability

__all__ = ["not_serving"]


def not_serving(candidate: Candidate) -> Veto | None:
    """Keep what is going already, what is away (which is healed), and what somebody has cordoned or drained."""
    reason = _reason(candidate)
    return None if reason is None else Veto(by="state", reason=reason)


def _reason(candidate: Candidate) -> str | None:
    node = candidate.node
    if node.id in candidate.situation.leaving:
        return "it is being removed already"
    if not node.is_ready:
        return "it is down" if node.is_down else "it is not ready"
    if node.availability is Availability.PAUSE:
        return "it is cordoned"
    return "it is drained" if node.availability is Availability.DRAIN else None

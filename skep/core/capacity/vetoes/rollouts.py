"""A service whose rollout is under way, or stuck, is not moved: its count must not be touched then."""

from collections.abc import Mapping

from skep.core.capacity.vetoes.veto import Candidate, Veto
from skep.core.cluster import UpdateState

__all__ = ["rollout_under_way"]

_STATES: Mapping[UpdateState, str] = {
    UpdateState.UPDATING: "a rollout of {} is under way",
    UpdateState.PAUSED: "a rollout of {} has failed and is paused",
    UpdateState.ROLLBACK_STARTED: "{} is being rolled back",
    UpdateState.ROLLBACK_PAUSED: "a rollback of {} has failed and is paused",
}


def rollout_under_way(candidate: Candidate) -> Veto | None:
    """Keep a node with swarm tasks of such a service."""
    for service, _ in candidate.services():
        words = _STATES.get(service.update_state)
        if words is not None:
            return Veto(by="rollout", reason=words.format(service.name))
    return None

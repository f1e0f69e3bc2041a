"""Leave rollouts alone where a change of the count would do harm.

Tried on a real Swarm: any change of the count during a rollout overwrites ``PreviousSpec``, so that an armed
rollback has nothing to return to; and changing the count of a failed, paused rollout resumes the failing one.
"""

from skep.core.cluster import Service, UpdateState
from skep.core.decision import Situation, Step
from skep.core.policy import OnRollout, ServicePolicy

__all__ = ["during_rollout", "growth_only", "untouchable"]

_UNTOUCHABLE = {
    UpdateState.PAUSED: "its rollout failed and is paused; changing the count would resume it",
    UpdateState.ROLLBACK_STARTED: "it is being rolled back",
    UpdateState.ROLLBACK_PAUSED: "its rollback failed and is paused; changing the count would resume it",
}


def during_rollout(situation: Situation) -> Step | None:
    """Hold a service whose rollout is stuck, or could still be rolled back by Swarm itself."""
    reason = untouchable(situation.service, situation.policy)
    if reason is None:
        return None
    return Step(
        by="rollout",
        replicas_before=situation.replicas,
        replicas_after=situation.replicas,
        reason=f"left alone: {reason}",
    )


def untouchable(service: Service, policy: ServicePolicy) -> str | None:
    """Why a rollout forbids any change of the count now, if it does.

    While one is under way, what the operator said of rollouts counts; where nothing was said, whether Swarm could roll
    back by itself.
    """
    if service.update_state is not UpdateState.UPDATING:
        return _UNTOUCHABLE.get(service.update_state)
    if policy.on_rollout is OnRollout.HOLD:
        return "a rollout is under way, and skep.on-rollout is hold"
    if policy.on_rollout is None and service.rolls_back_on_failure:
        return "a rollout with automatic rollback is under way; a change now would disarm it"
    return None


def growth_only(situation: Situation, replicas: int) -> Step | None:
    """During a rollout replicas come and go, and their load with them: only growth is believed."""
    if situation.service.update_state is not UpdateState.UPDATING or replicas >= situation.replicas:
        return None
    return Step(
        by="rollout",
        replicas_before=replicas,
        replicas_after=situation.replicas,
        reason="no shrinking while a rollout is under way",
    )

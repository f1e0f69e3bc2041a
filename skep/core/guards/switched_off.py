"""A service that a person set to zero stays off until a person raises it."""

from skep.core.decision import Situation, Step

__all__ = ["switched_off"]


def switched_off(situation: Situation) -> Step | None:
    """Zero replicas where the policy wants at least one is a person's doing (the rule of the Kubernetes HPA).

    Unless skep itself put it to sleep while zero was allowed: a schedule that ends, or a new ``min``, wakes it.
    """
    minimum = situation.bounds.min_replicas
    if situation.replicas > 0 or minimum == 0 or situation.sleeps:
        return None
    return Step(
        by="switched off",
        replicas_before=0,
        replicas_after=0,
        reason=f"left alone: somebody set it to 0 replicas although min is {minimum}; raise it to switch it on",
    )

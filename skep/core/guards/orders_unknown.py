"""While holds may have been forgotten, nothing shrinks: somebody may have asked for just this count."""

from skep.core.decision import Situation, Step

__all__ = ["no_shrink_without_orders"]


def no_shrink_without_orders(situation: Situation, replicas: int) -> Step | None:
    """Forbid shrinking until the orders of people are known again; growth stays allowed."""
    if situation.knows_orders or replicas >= situation.replicas:
        return None
    return Step(
        by="orders unknown",
        replicas_before=replicas,
        replicas_after=situation.replicas,
        reason="no shrinking while the orders of people are not known again",
    )

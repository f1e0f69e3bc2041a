"""A gap never shrinks: no data is not zero load."""

from skep.core.decision import Situation, Step
from skep.core.policy import OnMissing

__all__ = ["no_shrink_on_gaps"]


def no_shrink_on_gaps(situation: Situation, replicas: int) -> Step | None:
    """Forbid shrinking while any metric has no value, or only a lower bound of one; growth stays allowed.

    The rule of the Kubernetes HPA, broken once there and repaired (kubernetes#99514). Where an operator chose a static
    count for the time without a value, that count is an order and no measurement, and may be a smaller one.
    """
    if replicas >= situation.replicas:
        return None
    blind = [p.metric for p in situation.proposals if p.gap is not None and p.stand_in is not OnMissing.STATIC]
    partial = [p.metric for p in situation.proposals if p.gap is None and not p.may_shrink]
    if not blind and not partial:
        return None
    reasons = [f"no value of {name}" for name in blind] + [f"only part of {name} is seen" for name in partial]
    return Step(
        by="gaps",
        replicas_before=replicas,
        replicas_after=situation.replicas,
        reason=f"no shrinking with {' and '.join(reasons)}",
    )

"""A deploy writes the count of its file over the one that the load asked for: the last goal is brought back."""

from skep.core.decision import Situation, Step
from skep.core.policy import OnDeploy

__all__ = ["restored"]


def restored(situation: Situation) -> Step | None:
    """Bring back what a deploy has lowered, at once and whatever rates say, within the bounds of now.

    A count that a deploy has raised is left to the metrics, which shrink it in their own time.
    """
    owed = situation.owed_replicas
    if owed is None or situation.policy.on_deploy is OnDeploy.ACCEPT:
        return None
    goal = situation.bounds.clamp(owed)
    if goal <= situation.replicas:
        return None
    how = situation.outside.sentence if situation.outside is not None else "a deploy has set its count"
    return Step(
        by="deploy",
        replicas_before=situation.replicas,
        replicas_after=goal,
        reason=f"{how}: back to {goal}, as it was needed before",
    )

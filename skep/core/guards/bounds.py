"""The bounds an operator set: enforced before any metric is asked, and last after every other guard."""

from skep.core.decision import Situation, Step

__all__ = ["out_of_bounds", "within_bounds"]


def out_of_bounds(situation: Situation) -> Step | None:
    """Bring a count that lies outside its bounds back at once, also while metrics fail."""
    goal = situation.bounds.clamp(situation.replicas)
    if goal == situation.replicas:
        return None
    return Step(
        by="bounds",
        replicas_before=situation.replicas,
        replicas_after=goal,
        reason=_reason(situation, situation.replicas, goal),
        until=situation.bounds_until,
    )


def within_bounds(situation: Situation, replicas: int) -> Step | None:
    """Clamp what is left of the wish."""
    goal = situation.bounds.clamp(replicas)
    if goal == replicas:
        return None
    return Step(
        by="bounds",
        replicas_before=replicas,
        replicas_after=goal,
        reason=_reason(situation, replicas, goal),
        until=situation.bounds_until,
    )


def _reason(situation: Situation, replicas: int, goal: int) -> str:
    bounds = situation.bounds
    name = "max" if replicas > bounds.max_replicas else "min"
    by = f" by schedule {' and '.join(situation.bounds_by)}" if situation.bounds_by else ""
    return f"{name} is {goal}{by}"

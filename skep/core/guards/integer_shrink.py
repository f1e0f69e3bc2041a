"""Shrink only to a count that carries the load within its target.

Counts are whole numbers: with two replicas too few and three too many, a rule that looks at the present load alone goes
back and forth between them for ever. What the load would be on the smaller count decides (AWS target tracking looks
ahead in the same way; the thrash is told in gardener#397).
"""

from skep.core.decision import Situation, Step, plural
from skep.core.strategies.proposal import Proposal, whole_replicas

__all__ = ["fits_after_shrinking"]


def fits_after_shrinking(situation: Situation, replicas: int) -> Step | None:
    """Raise a smaller count until it carries every metric's load within its target."""
    if replicas >= situation.replicas:
        return None
    heaviest = max(situation.proposals, key=lambda p: p.needed or 0.0, default=None)
    if heaviest is None or heaviest.needed is None:
        return None
    goal = min(max(replicas, whole_replicas(heaviest.needed)), situation.replicas)
    if goal == replicas:
        return None
    return Step(
        by="integer shrink", replicas_before=replicas, replicas_after=goal, reason=_reason(heaviest, replicas, goal)
    )


def _reason(heaviest: Proposal, replicas: int, goal: int) -> str:
    name, target = heaviest.metric, heaviest.unit.text(heaviest.target_value)
    if replicas == 0:
        return f"{name} needs {plural(goal)} to stay within its target of {target}"
    share = heaviest.unit.text((heaviest.needed or 0.0) / replicas * heaviest.target_value)
    return f"on {plural(replicas)} {name} would be {share} each, beyond its target of {target}"

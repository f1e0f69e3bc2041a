"""Follow what was asked for over a window, not the last value alone.

Growth follows the lowest recommendation of its window and shrinking the highest of its own, as in the Kubernetes
HorizontalPodAutoscaler: a short peak does not grow and a short dip does not shrink.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from skep.core.decision import Recommendation, Situation, Step

__all__ = ["stabilized"]


def stabilized(situation: Situation, replicas: int) -> Step | None:
    """Pull the present count inside what both windows agree on."""
    policy = situation.policy
    past = situation.history.recommendations
    up = _young(past, situation.now, policy.scale_up.window)
    down = _young(past, situation.now, policy.scale_down.window)
    floor = min([replicas, *[r.replicas for r in up]])
    ceiling = max([replicas, *[r.replicas for r in down]])
    goal = min(max(situation.replicas, floor), ceiling)
    if goal == replicas:
        return None
    if goal > replicas:
        return _kept_up(situation, replicas, goal, down)
    return _kept_down(situation, replicas, goal, up)


def _young(past: Iterable[Recommendation], now: datetime, window: timedelta) -> list[Recommendation]:
    """What is strictly younger than the window."""
    if not window:
        return []
    since = now - window
    return [recommendation for recommendation in past if recommendation.at > since]


def _kept_up(situation: Situation, replicas: int, goal: int, young: list[Recommendation]) -> Step:
    """Shrinking waits until nothing in the window asks for more than ``replicas``."""
    window = situation.policy.scale_down.window
    until = max((r.at + window for r in young if r.replicas > replicas), default=None)
    return Step(
        by="stabilization",
        replicas_before=replicas,
        replicas_after=goal,
        reason=f"{goal} was needed within the last {_span(window)}",
        until=until,
    )


def _kept_down(situation: Situation, replicas: int, goal: int, young: list[Recommendation]) -> Step:
    """Growing waits until nothing in the window asks for fewer than ``replicas``."""
    window = situation.policy.scale_up.window
    until = max((r.at + window for r in young if r.replicas < replicas), default=None)
    return Step(
        by="stabilization",
        replicas_before=replicas,
        replicas_after=goal,
        reason=f"{goal} was enough within the last {_span(window)}",
        until=until,
    )


def _span(window: timedelta) -> str:
    return f"{window.total_seconds():.0f} s"

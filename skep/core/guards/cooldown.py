"""The least time between two changes in the same direction."""

from skep.core.decision import Situation, Step

__all__ = ["cooled_down"]


def cooled_down(situation: Situation, replicas: int) -> Step | None:
    """Keep the present count until the last change in this direction is long enough ago.

    Directions are independent, as with Kapacitor: growing never delays shrinking nor the reverse. The boundary
    itself is allowed.
    """
    change = replicas - situation.replicas
    if change == 0:
        return None
    cooldown = (situation.policy.scale_up if change > 0 else situation.policy.scale_down).cooldown
    same_direction = [event.at for event in situation.history.events if event.change * change > 0]
    if not cooldown or not same_direction:
        return None
    until = max(same_direction) + cooldown
    if situation.now >= until:
        return None
    direction = "growth" if change > 0 else "shrinking"
    return Step(
        by="cooldown",
        replicas_before=replicas,
        replicas_after=situation.replicas,
        reason=f"{direction} cools down for {cooldown.total_seconds():.0f} s after the last change",
        until=until,
    )

"""A person's order to keep a count stands above bounds, schedules and metrics."""

from skep.core.decision import Situation, Step, plural

__all__ = ["held"]


def held(situation: Situation) -> Step | None:
    """Keep, or bring back, the count that a person ordered."""
    hold = situation.hold
    if hold is None or not hold.is_in_force(situation.now):
        return None
    until = f"until {hold.until:%Y-%m-%d %H:%M:%S %Z}" if hold.until is not None else "until it is released"
    why = f" ({hold.reason})" if hold.reason else ""
    return Step(
        by="hold",
        replicas_before=situation.replicas,
        replicas_after=hold.replicas,
        reason=f"held at {plural(hold.replicas)} by {hold.actor} {until}{why}",
        until=hold.until,
    )

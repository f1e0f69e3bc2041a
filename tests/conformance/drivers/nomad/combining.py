"""What becomes of several proposals: groups ``pick_*``, ``cap_to_bounds``, ``scaling_needed``, ``remaining_cooldown``.

Nomad's checks vote with a direction and a count that need not agree with each other; a proposal of the core is a count
alone. So the votes are taken as counts below, at, and above a present count that is out of their reach.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from skep.core.action import scale_orders
from skep.core.decision import Decision, History, ScaleEvent, Situation, Step, Verdict, decide
from skep.core.guards.bounds import within_bounds
from skep.core.guards.cooldown import cooled_down
from skep.core.plan import Plan
from skep.core.policy import Bounds, DirectionPolicy, ServicePolicy, Unit
from skep.core.readiness import ReplicaState
from skep.core.strategies.proposal import LARGEST_COUNT, Proposal
from tests.builders import NOW
from tests.conformance.drivers.hpa.pods import swarm
from tests.conformance.vector import Json

__all__ = ["DRIVERS"]

_PRESENT = 1_000_000
_ANY = Bounds(min_replicas=0, max_replicas=LARGEST_COUNT)


def _situation(
    replicas: int,
    proposals: Iterable[Proposal] = (),
    *,
    bounds: Bounds = _ANY,
    cooldown: timedelta = timedelta(0),
    history: History | None = None,
) -> Situation:
    at_once = DirectionPolicy(window=timedelta(0), rates=(), cooldown=cooldown)
    return Situation(
        evaluation=1,
        now=NOW,
        service=swarm([ReplicaState.READY], replicas=replicas),
        policy=ServicePolicy(bounds=bounds, metrics=(), scale_up=at_once, scale_down=at_once),
        proposals=tuple(proposals),
        history=history or History(),
        bounds=bounds,
    )


_OFFSETS = {"up": _PRESENT + 1, "none": _PRESENT, "down": 0}


def _vote(name: str, action: Json) -> Proposal:
    """A vote for the present count is one, whatever count stands beside it."""
    asked = _OFFSETS[action["direction"]] + (action["count"] if action["direction"] != "none" else 0)
    return Proposal(metric=name, unit=Unit.PLAIN, target_value=1.0, value=1.0, replicas=asked)


def _winner(actions: list[Json]) -> dict[str, Any]:
    """The vote that the core follows, in the words of Nomad."""
    votes = [_vote(str(number), action) for number, action in enumerate(actions)]
    goal = decide(_situation(_PRESENT, votes), overrides=(), guards=()).goal
    if goal == _PRESENT:
        return {"direction": "none", "count": max(a["count"] for a in actions if a["direction"] == "none")}
    direction = "up" if goal > _PRESENT else "down"
    return {"direction": direction, "count": goal - _OFFSETS[direction]}


def _pick_of_two(given: Json) -> dict[str, Any]:
    return _winner([given["a"], given["b"]])


def _pick_across_groups(given: Json) -> dict[str, Any]:
    """All checks at once: the core has no groups of metrics."""
    checks = [check for group in given["groups"].values() for check in group or () if check is not None]
    actions = [check["action"] for check in checks if check["action"] is not None]
    return {"action": _winner(actions) if actions else None}


def _cap_to_bounds(given: Json) -> dict[str, Any]:
    """The chain of steps remembers what was asked for before, and why."""
    bounds = Bounds(min_replicas=given["min"], max_replicas=given["max"])
    count, reason = given["count"], given["reason"]
    chain = [Step(by="check", replicas_before=count, replicas_after=count, reason=reason)] if reason else []
    step = within_bounds(_situation(count, bounds=bounds), count)
    if step is None:
        return {"count": count, "capped": False}
    return {
        "count": step.replicas_after,
        "capped": True,
        "original_count": step.replicas_before,
        "reason_history": [earlier.reason for earlier in chain],
    }


def _scaling_needed(given: Json) -> dict[str, Any]:
    """Whether an order follows; a vote for no direction is one for the present count."""
    current = given["current"]
    decision = Decision(
        evaluation=1,
        at=NOW,
        service_id="web-id",
        service_name="web",
        verdict=Verdict.KEEP,
        reason="",
        replicas=current,
        running=current,
        goal=current if given["direction"] == "none" else given["count"],
    )
    return {"scale": bool(scale_orders(Plan(evaluation=1, at=NOW, decisions=(decision,))))}


def _remaining_cooldown(given: Json) -> dict[str, Any]:
    event = ScaleEvent(at=NOW - timedelta(seconds=given["last_event_age_s"]), change=1)
    cooldown = timedelta(seconds=given["cooldown_s"])
    step = cooled_down(_situation(2, cooldown=cooldown, history=History(events=(event,))), 3)
    until = NOW if step is None or step.until is None else step.until
    return {"remaining_s": (until - NOW).total_seconds()}


DRIVERS = {
    "pick_of_two": _pick_of_two,
    "pick_across_groups": _pick_across_groups,
    "cap_to_bounds": _cap_to_bounds,
    "scaling_needed": _scaling_needed,
    "remaining_cooldown": _remaining_cooldown,
}

"""No replica is left over that Swarm would never start.

Swarm goes on trying to place a replica that no node has room for only as long as its service stays as it is. Once the
service has changed, be it by its count alone, a replica that still has no node is dropped from what the scheduler
tries, and stays pending for ever, whatever room there is later (moby/moby#53722; tried on Docker 20.10: of 7 replicas
4 had no node; after a change to 6 or to 8 those that were left never started). When the count falls, Swarm ends
replicas without a node before any other.
"""

from skep.core.decision import Situation, Step, plural
from skep.core.policy import OnMissing

__all__ = ["none_stranded"]


def none_stranded(situation: Situation, replicas: int) -> Step | None:
    """End all replicas without a node rather than some, and those that are stranded; the next evaluation asks anew.

    What runs is not touched, so this needs no patience: it comes after all that delays a change. Where so few have a
    node that ending the others would break ``min``, as many new ones are added as are stranded, which are ended once
    enough of the new ones have a node.
    """
    service = situation.service
    # Counted, and not taken from the count in the spec: in a drain there are more of them.
    if not service.replicas_without_room or (placed := service.placed_replicas) >= min(situation.replicas, replicas):
        return None
    if replicas < situation.replicas:
        goal = placed if placed >= situation.bounds.min_replicas else situation.replicas
        return _step(replicas, goal, "those that wait for a node would never start if some of them were ended")
    stranded = service.stranded_replicas
    if not stranded or not _knows_enough(situation):
        return None
    never = f"Swarm will never start {plural(stranded)} that had no node when it was changed"
    if placed >= max(situation.bounds.min_replicas, 1):
        return _step(replicas, placed, f"{never}: the next evaluation asks for new ones")
    if stranded < service.replicas_without_room:
        return None
    return _step(
        replicas,
        situation.bounds.clamp(max(replicas, situation.replicas + stranded)),
        f"{never}: new ones come first, to keep min",
    )


def _knows_enough(situation: Situation) -> bool:
    """Whether the next evaluation will ask for what is ended now: without values, or orders, it might not."""
    return situation.knows_orders and not any(
        proposal.gap is not None and proposal.stand_in is not OnMissing.STATIC for proposal in situation.proposals
    )


def _step(replicas: int, goal: int, reason: str) -> Step | None:
    if goal == replicas:
        return None
    return Step(by="stranded", replicas_before=replicas, replicas_after=goal, reason=reason)

"""To zero replicas and back: the last goes when nothing has been active for long, and comes with the first load.

Whether there is any load at all is another question than how much: a total is active above its activation, and that
has the last word on zero (KEDA's rule). Means of replicas have no say, since without replicas there are none.
"""

from skep.core.decision import Situation, Step

__all__ = ["activated"]


def activated(situation: Situation, replicas: int) -> Step | None:
    """Keep one replica while anything is active or has lately been, and none once nothing has.

    Only where ``min`` is 0; elsewhere nothing ever reaches zero.
    """
    if situation.bounds.min_replicas > 0:
        return None
    activity = [p.is_active for p in situation.proposals if p.is_active is not None]
    if any(activity):
        return _at_least_one(replicas)
    if not activity or any(p.gap is not None for p in situation.proposals):
        return None
    if situation.replicas == 0:
        return _none(replicas)
    return _rest(situation, replicas)


def _at_least_one(replicas: int) -> Step | None:
    if replicas > 0:
        return None
    return Step(by="activation", replicas_before=replicas, replicas_after=1, reason="there is load")


def _none(replicas: int) -> Step | None:
    if replicas == 0:
        return None
    return Step(
        by="activation", replicas_before=replicas, replicas_after=0, reason="nothing is active, and it sleeps at 0"
    )


def _rest(situation: Situation, replicas: int) -> Step | None:
    """The last replica waits until nothing has been asked for, for as long as the policy says."""
    span = situation.policy.sleeps_after
    asked = [r.at for r in situation.history.recommendations if r.replicas > 0]
    until = max(asked, default=situation.now) + span
    if situation.now < until:
        after = f"it sleeps when nothing has been active for {span.total_seconds():.0f} s"
        goal = max(replicas, 1)
        if goal == replicas:
            return None
        return Step(by="activation", replicas_before=replicas, replicas_after=goal, reason=after, until=until)
    return _none(replicas)

"""Replicas that Swarm will never start: what happened, what skep does or waits for, and what helps."""

from skep.core.decision import Decision, plural
from skep.core.policy import OnMissing

__all__ = ["stranded_sentence"]


def stranded_sentence(decision: Decision) -> str:
    """All of it, for a decision with stranded replicas."""
    name = decision.service_name
    return (
        f"{name} has {plural(decision.waiting_for_room)} without a node, and Swarm will never start "
        f"{_how_many(decision)}, whatever room there is, because {name} was changed meanwhile: {_what_helps(decision)}"
    )


def _how_many(decision: Decision) -> str:
    if decision.stranded < decision.waiting_for_room:
        return f"{decision.stranded} of them"
    return "it" if decision.stranded == 1 else "them"


def _what_helps(decision: Decision) -> str:
    """What keeps the guard against stranded replicas from speaking, or its word from being carried out."""
    if decision.inaction is not None:
        return f"skep asks for others instead once this is over: {decision.inaction.sentence}"
    if decision.recommendation is None:
        return f"skep asks for others instead once this is over: {decision.reason}"
    if decision.changes_replicas:
        return "skep is about to ask for others instead"
    if any(proposal.gap is not None and proposal.stand_in is not OnMissing.STATIC for proposal in decision.proposals):
        return "skep asks for others instead once every metric has a value"
    if decision.stranded < decision.waiting_for_room:
        return "others were asked for and have no node either, so add one"
    return "max leaves no room for others, and too few have a node to end these first, so raise skep.max"

"""How a service was decided, from what was measured to what is done, in words: now, or as it was then."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from skep.core.decision import Decision, Inaction, InactionReason, Step, Verdict, plural
from skep.core.outside import OutsideChange, OutsideKind
from skep.core.policy import Tune
from skep.core.strategies.tuning import Tuning
from skep.report.explained_metrics import what_it_measured, what_metrics_want
from skep.report.without_room import fate_without_node
from skep.report.words import ahead, until_text

__all__ = [
    "counts",
    "how_it_was_decided",
    "how_many_run",
    "what_is_done",
    "what_others_did",
    "what_was_wrong",
    "when_it_may_change",
]


def counts(decision: Decision) -> str:
    """How many replicas it had, and how many of them ran."""
    return f"{plural(decision.replicas)}{how_many_run(decision.replicas, decision.running)}"


def how_many_run(replicas: int, running: int) -> str:
    """The end of a sentence about a count: ``, 11 of them running``."""
    if replicas == running:
        return {0: "", 1: ", which is running"}.get(replicas, ", all running")
    if running > replicas:
        return f", {running} still running"
    return f", {running} of them running" if running else ", none running"


def what_was_wrong(decision: Decision) -> str:
    """What was wrong with the labels, where that was the decision."""
    return decision.reason.removeprefix("left alone: ")


def what_others_did(change: OutsideChange) -> str:
    """What happened to the service past skep just before it was decided."""
    whose = "its" if change.kind is OutsideKind.RELABELLED else "it was"
    return f"Just before, {whose} {change.sentence}."


def how_it_was_decided(decision: Decision, now: datetime, *, opening: str) -> Iterable[list[str]]:
    """Two paragraphs: what was measured, and what the metrics and the guards made of it.

    Args:
        decision: the decision.
        now: the instant at which the story is told.
        opening: how the first one begins: when it had how many replicas.
    """
    waiting = decision.waiting_for_room
    if waiting:
        opening += f" {waiting} of them {fate_without_node(decision)}."
    measured = "measured:" if decision.proposals else "had no metric to look at."
    yield [
        f"{opening} Evaluation {decision.evaluation} {measured}",
        *(line for proposal in decision.proposals for line in what_it_measured(proposal, decision)),
    ]
    if decision.recommendation is None:
        yield ["The metrics had no say, because something stands above them:", *_what_stands_above(decision, now)]
    else:
        guards = " Then guards had their say:" if decision.steps else ""
        yield [
            f"{what_metrics_want(decision)}{guards}",
            *(_what_a_guard_did(step, decision, now) for step in decision.steps),
        ]
    if decision.tuning is not None:
        yield list(_what_the_rule_says(decision.tuning))


# --- the policy that tunes itself ----------------------------------------------------------------------------------


def _what_the_rule_says(tuning: Tuning) -> Iterator[str]:
    """Which rule is followed or looks on, why, and what it is worth."""
    if tuning.mode is Tune.AUTO:
        yield f"Its policy tunes itself. It follows {tuning.why}."
        yield from _what_it_reckons_with(tuning)
        return
    asks = "has no load to go by" if tuning.replicas is None else f"would have {plural(tuning.replicas)} now"
    yield f"Its policy would tune itself, and looks on: it {asks}, by {tuning.why}."
    if tuning.comparison is not None:
        yield f"Against the policy that acts, {tuning.comparison.sentence}."
    yield from _what_it_reckons_with(tuning)


def _what_it_reckons_with(tuning: Tuning) -> Iterator[str]:
    if tuning.delays:
        yield f"It reckons that {tuning.delays}."


# --- overrides and guards ----------------------------------------------------------------------------------------


def _what_stands_above(decision: Decision, now: datetime) -> Iterator[str]:
    for step in decision.steps:
        yield f"  {_settled(step, decision)}{_until(step, now)}"


def _settled(step: Step, decision: Decision) -> str:
    """The reason of an override as a sentence, without what has been told just before."""
    told = "" if decision.outside is None else f"{decision.outside.sentence}: "
    if step.by == "deploy" and step.reason.startswith(told):
        return f"it goes {step.reason.removeprefix(told)}"
    return f"{_OPENINGS.get(step.by, '')}{step.reason}"


#: What has to stand before the reason of an override to make it a sentence.
_OPENINGS = {"bounds": "its ", "hold": "it is ", "rollout": "it is ", "switched off": "it is "}


def _what_a_guard_did(step: Step, decision: Decision, now: datetime) -> str:
    who = _SUBJECTS.get(step.by, step.by)
    verb = "kept it at" if step.replicas_after == decision.replicas else "made it"
    # That nothing shrinks is told by the counts.
    why = step.reason.removeprefix("no shrinking: ")
    return f"  {who} {verb} {step.replicas_after} instead of {step.replicas_before}: {why}{_until(step, now)}"


_SUBJECTS = {
    "activation": "activation",
    "bounds": "its bounds",
    "cooldown": "the cooldown",
    "flaps": "the flap budget",
    "gaps": "a gap",
    "integer shrink": "a look ahead",
    "orders unknown": "forgotten orders",
    "rate": "the rate limit",
    "rollout": "the rollout",
    "room": "lack of room",
    "stabilization": "the stabilization window",
}


def _until(step: Step, now: datetime) -> str:
    """When it ends, where the reason does not say so itself."""
    return "" if step.until is None or "until" in step.reason else f", {until_text(step.until, now)}"


# --- what follows ------------------------------------------------------------------------------------------------


def what_is_done(decision: Decision) -> str:
    """What follows from the decision."""
    before, goal, inaction = decision.replicas, decision.goal, decision.inaction
    if inaction is not None and decision.changes_replicas:
        return f"So skep would scale it from {before} to {goal}, but {_why_not(inaction)}: nothing is done."
    return _VERDICTS[decision.verdict].format(before=before, goal=goal)


def _why_not(inaction: Inaction) -> str:
    return f"it is {inaction.sentence}" if inaction.reason is InactionReason.PAUSED else inaction.sentence


_VERDICTS = {
    Verdict.GROW: "So skep grows it from {before} to {goal}.",
    Verdict.SHRINK: "So skep shrinks it from {before} to {goal}.",
    Verdict.KEEP: "So it stays at {goal}.",
    Verdict.LEAVE_ALONE: "So skep leaves it alone at {goal}.",
    Verdict.INVALID: "So skep leaves it exactly as it is, at {goal}.",
}


def when_it_may_change(decision: Decision, now: datetime) -> str:
    """When the next change is possible, and what has to happen before."""
    inaction = decision.inaction
    if inaction is not None:
        return _when_something_is_done(inaction, now)
    for step in decision.steps:
        condition = _CONDITIONS.get(step.by)
        if condition is not None and step.until is None and step.replicas_after == decision.replicas:
            return condition.format(name=decision.service_name, least=_least(decision))
    if decision.next_change_at is not None:
        # Guards hold back what the load asks for now; with another load they have another say.
        beginning = "The" if decision.recommendation is None else "Unless its load changes, the"
        return f"{beginning} next change is possible {ahead(decision.next_change_at, now)}."
    return "The next change is possible at the next evaluation, if a metric asks for it."


def _least(decision: Decision) -> int:
    return decision.bounds.min_replicas if decision.bounds is not None else 1


#: What has to happen where time alone changes nothing.
_CONDITIONS = {
    "hold": "Nothing changes until the hold is released: skep release {name}.",
    "rollout": "The next change is possible once the rollout is over.",
    "room": "More replicas are possible once a node has room for those that wait.",
    "switched off": "Nothing changes until somebody raises it: skep scale {name}={least}.",
}


def _when_something_is_done(inaction: Inaction, now: datetime) -> str:
    if inaction.reason is InactionReason.DRY_RUN:
        return "Nothing is done for as long as it is a dry run."
    if inaction.reason is InactionReason.ORDERS_UNKNOWN:
        return (
            "Nothing is done before the journal has told what people ordered. If it cannot for 10 minutes, services "
            "may grow."
        )
    if inaction.until is None:
        return "Nothing is done until somebody ends the pause with skep resume."
    return f"Nothing is done before the pause ends {ahead(inaction.until, now)}."

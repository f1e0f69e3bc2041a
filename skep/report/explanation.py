"""Why a service has the replicas it has, told the way a person would."""

from collections.abc import Iterable
from datetime import datetime
from textwrap import fill

from skep.core.decision import Decision, Hold, Step, Verdict, plural
from skep.core.strategies.proposal import Proposal
from skep.report.standing import OLD_DECISION, Standing
from skep.report.words import age, ahead, joined, one_line, until_text

__all__ = ["explain"]


def explain(service: Standing, now: datetime, *, width: int = 80) -> str:
    """The whole chain from what was measured to what is done, in words.

    Args:
        service: the service with its latest decision.
        now: the present instant; instants are written in its time zone.
        width: characters per line.

    Returns:
        Paragraphs, separated by blank lines, without a newline at the end.
    """
    return "\n\n".join("\n".join(_set(line, width) for line in paragraph) for paragraph in _story(service, now))


def _set(line: str, width: int) -> str:
    """One line of a paragraph, wrapped; what is indented stays so."""
    text = one_line(line)
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return fill(text, width, initial_indent=indent, subsequent_indent=indent + ("  " if indent else ""))


def _story(service: Standing, now: datetime) -> Iterable[list[str]]:
    yield _what_it_is(service)
    if service.hold is not None:
        yield [_who_holds_it(service.hold, now)]
    if service.problems:
        yield _what_is_wrong(service)
    elif service.is_enabled and service.decision is None:
        yield ["No evaluation has decided it yet. The first comes within seconds of its labels, if beat is running."]
    elif service.is_enabled and service.decision is not None:
        yield from _how_it_was_decided(service.decision, now)
        yield [*_what_is_done(service.decision), *_what_happened_since(service, service.decision)]
        yield [_when_it_may_change(service.decision, now)]


# --- what it is -------------------------------------------------------------------------------------------------


def _what_it_is(service: Standing) -> list[str]:
    name = service.name
    if service.replicas is None:
        return [
            f"{name} is not a replicated service: it has no count that could be changed ({service.running} running)."
        ]
    counts = f"{name} has {plural(service.replicas)}{_how_many_run(service.replicas, service.running)}."
    if not service.is_enabled:
        return [counts, 'skep does not scale it: its label skep.enable is not "true".']
    if service.bounds is None:
        return [counts]
    bounds = service.bounds
    return [f"{counts} Its labels allow {bounds.min_replicas} to {bounds.max_replicas}."]


def _how_many_run(replicas: int, running: int) -> str:
    if replicas == running:
        return {0: "", 1: ", which is running"}.get(replicas, ", all running")
    if running > replicas:
        return f", {running} still running"
    return f", {running} of them running" if running else ", none running"


def _who_holds_it(hold: Hold, now: datetime) -> str:
    until = "until it is released" if hold.until is None else until_text(hold.until, now)
    why = f": {hold.reason}" if hold.reason else ""
    return f"{hold.actor} holds it at {plural(hold.replicas)} {until}{why}. Metrics have no say while it is held."


def _what_is_wrong(service: Standing) -> list[str]:
    return [
        "Its labels are wrong, so skep leaves it exactly as it is:",
        *(f"  - {problem.removeprefix(f'{service.name}: ')}" for problem in service.problems),
        "Correct them and deploy it again; the next evaluation reads them.",
    ]


# --- how it was decided ------------------------------------------------------------------------------------------


def _how_it_was_decided(decision: Decision, now: datetime) -> Iterable[list[str]]:
    if now - decision.at > OLD_DECISION:
        yield [f"Nothing has been decided for {age(decision.at, now)}: are beat and a worker on queue observe running?"]
    if decision.verdict is Verdict.INVALID:
        yield [f"When it was last decided, {age(decision.at, now)} ago, its labels were wrong: {decision.reason}."]
        return
    counts = f"{plural(decision.replicas)}{_how_many_run(decision.replicas, decision.running)}"
    yield [
        f"{age(decision.at, now)} ago it had {counts}. Evaluation {decision.evaluation} "
        + ("measured:" if decision.proposals else "had no metric to look at."),
        *(line for proposal in decision.proposals for line in _what_it_measured(proposal, decision)),
    ]
    yield [*_what_metrics_want(decision), *(_what_a_step_did(step, now) for step in decision.steps)]


def _what_it_measured(proposal: Proposal, decision: Decision) -> list[str]:
    target = proposal.unit.text(proposal.target_value)
    if proposal.gap is not None or proposal.value is None or proposal.at is None:
        why = proposal.gap.sentence if proposal.gap is not None else "no value"
        return [f"  {proposal.metric}: no value ({why}), target {target}"]
    value = proposal.unit.text(proposal.value)
    measured = f"  {proposal.metric}: {value} per replica, target {target}, {age(proposal.at, decision.at)} old"
    asks = "is content with" if proposal.replicas == decision.replicas else "asks for"
    lines = [measured, f"    {proposal.formula}, so it {asks} {proposal.replicas}"]
    if not proposal.may_shrink:
        lines.append("    A source is silent, so the truth may be more: this metric cannot ask for fewer.")
    return lines


def _what_metrics_want(decision: Decision) -> list[str]:
    if decision.recommendation is None:
        return ["The metrics had no say, because something stands above them:"]
    loudest = tuple(p.metric for p in decision.proposals if p.replicas == decision.recommendation)
    if not loudest:
        return ["No metric has a value, and no data is not zero load: nothing asks for a change."]
    guards = " Then guards had their say:" if decision.steps else ""
    wish = f"The metrics want {plural(decision.recommendation)}"
    if len(decision.proposals) > 1:
        wish += f", because {joined(loudest)} {'ask' if len(loudest) > 1 else 'asks'} for the most"
    return [f"{wish}.{guards}"]


def _what_a_step_did(step: Step, now: datetime) -> str:
    until = "" if step.until is None or "until" in step.reason else f", {until_text(step.until, now)}"
    if step.replicas_before == step.replicas_after:
        return f"  {step.by}: {step.reason}{until}"
    return f"  {step.by} made it {step.replicas_after} instead of {step.replicas_before}: {step.reason}{until}"


# --- what is done ------------------------------------------------------------------------------------------------


def _what_is_done(decision: Decision) -> list[str]:
    before, goal = decision.replicas, decision.goal
    if decision.is_dry_run and decision.changes_replicas:
        return [f"So skep would scale it from {before} to {goal}, but the label skep.dry-run is set: nothing is done."]
    return [_VERDICTS[decision.verdict].format(before=before, goal=goal)]


_VERDICTS = {
    Verdict.GROW: "So skep grows it from {before} to {goal}.",
    Verdict.SHRINK: "So skep shrinks it from {before} to {goal}.",
    Verdict.KEEP: "So it stays at {goal}.",
    Verdict.LEAVE_ALONE: "So skep leaves it alone at {goal}.",
    Verdict.INVALID: "So skep leaves it exactly as it is, at {goal}.",
}


def _what_happened_since(service: Standing, decision: Decision) -> list[str]:
    if service.replicas == decision.replicas:
        return []
    if service.replicas == decision.goal:
        return ["That has been done."]
    return [f"Since then its count has become {service.replicas}, which was not this decision's doing."]


def _when_it_may_change(decision: Decision, now: datetime) -> str:
    if decision.next_change_at is not None:
        return f"The next change is possible {ahead(decision.next_change_at, now)}."
    if decision.recommendation is None and not decision.changes_replicas:
        return "Time alone will not change this."
    return "The next change is possible at the next evaluation, if a metric asks for it."

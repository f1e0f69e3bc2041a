"""What was measured, and what each metric made of it, in words."""

from collections.abc import Iterator

from skep.core.decision import Decision, plural
from skep.core.policy import OnMissing
from skep.core.strategies.proposal import Proposal
from skep.report.words import age, joined

__all__ = ["what_it_measured", "what_metrics_want"]


def what_it_measured(proposal: Proposal, decision: Decision) -> Iterator[str]:
    """The value of one metric with its age and its arithmetic, or why there is none; a line each."""
    name, target = proposal.metric, proposal.unit.text(proposal.target_value)
    if proposal.gap is not None:
        yield f"  {name}: no value{_for_how_long(proposal, decision)} ({proposal.gap.sentence}), target {target}"
        yield from _what_stands_in(proposal)
    elif proposal.value is None or proposal.at is None:
        yield f"  {name}: {proposal.formula or 'nothing to measure'}: it asks for nothing"
    else:
        limit = f"at most {target}" if _is_threshold(proposal) else f"target {target}"
        yield f"  {name}: {_value(proposal, decision)}, {limit}, {age(proposal.at, decision.at)} old"
        yield f"    {proposal.formula}, so it {_wish(proposal, decision)}"
        if not proposal.may_shrink:
            yield "    A source is silent, so the truth may be more: this metric cannot ask for fewer."


def what_metrics_want(decision: Decision) -> str:
    """What the metrics want together, before any guard."""
    loudest = tuple(p.metric for p in decision.proposals if p.replicas == decision.recommendation)
    if not loudest:
        if any(proposal.gap is not None for proposal in decision.proposals):
            return "No metric has a value, and no data is not zero load: nothing asks for a change."
        return "No metric asks for anything, so nothing asks for a change."
    wish = f"The metrics want {plural(decision.recommendation or 0)}"
    if len(decision.proposals) > 1:
        wish += f", because {joined(loudest)} {'ask' if len(loudest) > 1 else 'asks'} for the most"
    return f"{wish}."


def _value(proposal: Proposal, decision: Decision) -> str:
    """As far as it is known: of the whole service, and of each replica."""
    value = proposal.unit.text(proposal.value or 0.0)
    if _is_threshold(proposal):
        return value
    if proposal.total is None:
        return f"{value} per replica"
    total = f"{proposal.unit.text(proposal.total)} in all"
    return total if decision.replicas == 0 else f"{total}, {value} per replica"


def _is_threshold(proposal: Proposal) -> bool:
    """Whether it has a limit to be kept: what is over it tells nothing about how many replicas are needed."""
    return proposal.needed is None and proposal.total is None and proposal.stand_in is None


def _for_how_long(proposal: Proposal, decision: Decision) -> str:
    since = proposal.gap_since
    return "" if since is None or since >= decision.at else f" for {age(since, decision.at)}"


def _what_stands_in(proposal: Proposal) -> Iterator[str]:
    if proposal.stand_in is OnMissing.LAST:
        yield f"    {proposal.formula}, so it asks for {proposal.replicas}, and never for fewer than there are"
    elif proposal.stand_in is not None:
        yield f"    skep.on-missing is {proposal.stand_in}, so it asks for {proposal.replicas} until it has one"


def _wish(proposal: Proposal, decision: Decision) -> str:
    if proposal.replicas is None:
        return "asks for nothing"
    return f"{'is content with' if proposal.replicas == decision.replicas else 'asks for'} {proposal.replicas}"

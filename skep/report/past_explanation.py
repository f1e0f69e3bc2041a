"""Why a service had the replicas it had at an instant of the past, as the journal has it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from skep.core.decision import Decision, Verdict
from skep.core.record import Entry
from skep.report.explained_decision import (
    counts,
    how_it_was_decided,
    what_is_done,
    what_others_did,
    what_was_wrong,
    when_it_may_change,
)
from skep.report.paragraphs import set_story
from skep.report.words import instant, span

__all__ = ["explain_past"]


def explain_past(
    entry: Entry, decision: Decision, *, since: Sequence[Entry], at: datetime, now: datetime, width: int = 80
) -> str:
    """What skep decided last before an instant of the past, told as it was then.

    Args:
        entry: of the journal, with that decision.
        decision: the decision.
        since: what was recorded between it and the instant, oldest first.
        at: the instant.
        now: the present one; all instants are written in its time zone.
        width: characters per line.

    Returns:
        Paragraphs, separated by blank lines, without a newline at the end.
    """
    return set_story(_story(entry, decision, since, at, now), width)


def _story(
    entry: Entry, decision: Decision, since: Sequence[Entry], at: datetime, now: datetime
) -> Iterator[Iterable[str]]:
    when = f"at {instant(decision.at, now)}, {span(at - decision.at)} before {instant(at, now)}"
    yield [f"This is what skep decided about {entry.service_name} {when}. It is told as it was then."]
    yield from _how_it_was(decision, decision.at.astimezone(now.tzinfo))
    yield [f"The journal said: {entry.sentence}."]
    if since:
        yield [
            f"From then until {instant(at, now)}:",
            *(f"  {instant(one.at, now)}, {one.actor}: {one.sentence}" for one in since),
        ]


def _how_it_was(decision: Decision, then: datetime) -> Iterator[Iterable[str]]:
    if decision.verdict is Verdict.INVALID:
        yield [f"Its labels were wrong: {what_was_wrong(decision)}."]
        return
    if decision.outside is not None:
        yield [what_others_did(decision.outside)]
    bounds = decision.bounds
    allowed = "" if bounds is None else f" Its bounds were {bounds.min_replicas} to {bounds.max_replicas}."
    yield from how_it_was_decided(decision, then, opening=f"It had {counts(decision)}.{allowed}")
    yield [what_is_done(decision)]
    yield [when_it_may_change(decision, then)]

"""Whether what Docker, the journal and Flower tell of a run fits together; if not, how not, in sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from celery.states import READY_STATES, SUCCESS

from skep.core.decision import Verdict
from skep.core.record import Entry, EntryKind

__all__ = ["Blindness", "Evidence", "violations"]

#: Steps of a decision that may lower a count without any metric.
_NEED_NO_METRIC = frozenset({"bounds", "hold", "schedule"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blindness:
    """A time in which no metric could be read for certain."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of a run, a while after it.

    Attributes:
        bounds: the fewest and the most replicas that were ever allowed.
        first: the count at the beginning.
        counts: each change of the count that Docker told of, as before and after, in its order.
        writes: how often the service was written, whatever was changed by it.
        entries: the journal of the service.
        outcomes: state and result of each order of which the broker had said that it has it, by task id.
        rows: Flower's rows of scale tasks: state and result by task id.
        blind: when metrics were out of reach.
    """

    bounds: tuple[int, int]
    first: int
    counts: tuple[tuple[int, int], ...]
    writes: int
    entries: tuple[Entry, ...]
    outcomes: Mapping[str, tuple[str, str]]
    rows: Mapping[str, tuple[str, str]]
    blind: tuple[Blindness, ...] = ()


def violations(evidence: Evidence) -> tuple[str, ...]:
    """Every way in which a promise was broken; empty where all were kept."""
    return (
        *_beyond_bounds(evidence),
        *_overwritten(evidence),
        *_written_twice(evidence),
        *_told_otherwise(evidence),
        *_applied_twice(evidence),
        *_lost(evidence),
        *_shrunk_blindly(evidence),
        *_false_rows(evidence),
    )


def _beyond_bounds(evidence: Evidence) -> Iterator[str]:
    fewest, most = evidence.bounds
    for before, after in evidence.counts:
        if not fewest <= after <= most:
            yield f"{before} → {after} is outside {fewest}..{most}"


def _overwritten(evidence: Evidence) -> Iterator[str]:
    """Each change begins where the one before it ended."""
    expected = evidence.first
    for before, after in evidence.counts:
        if before != expected:
            yield f"{before} → {after} was written over {expected}"
        expected = after


def _written_twice(evidence: Evidence) -> Iterator[str]:
    if evidence.writes != len(evidence.counts):
        yield f"the service was written {evidence.writes} times, and its count changed {len(evidence.counts)} times"


def _told_otherwise(evidence: Evidence) -> Iterator[str]:
    told = Counter((e.replicas_before, e.replicas_after) for e in evidence.entries if e.kind is EntryKind.CHANGED)
    happened = Counter(evidence.counts)
    for before, after in (happened - told).elements():
        yield f"{before} → {after} happened, and the journal does not tell it"
    for before, after in (told - happened).elements():
        yield f"{before} → {after} is told by the journal, and did not happen"


def _applied_twice(evidence: Evidence) -> Iterator[str]:
    times = Counter(entry.task_id for entry in evidence.entries if entry.kind is EntryKind.CHANGED)
    for task_id, count in times.items():
        if count > 1:
            yield f"{task_id} was applied {count} times"


def _lost(evidence: Evidence) -> Iterator[str]:
    """An order that the broker took came to an end; one that ended well is in the journal, or changed nothing."""
    told = {entry.task_id for entry in evidence.entries}
    for task_id, (state, result) in evidence.outcomes.items():
        if state not in READY_STATES:
            yield f"{task_id} was taken by the broker and never ended: {state}"
        elif state == SUCCESS and task_id not in told and " already " not in result:
            yield f"{task_id} ended with {result!r}, and the journal does not know it"


def _shrunk_blindly(evidence: Evidence) -> Iterator[str]:
    for entry in evidence.entries:
        decision = entry.decision
        if entry.kind is not EntryKind.CHANGED or decision is None or decision.verdict is not Verdict.SHRINK:
            continue
        if not _NEED_NO_METRIC.isdisjoint(step.by for step in decision.steps):
            continue
        has_gap = any(proposal.gap is not None for proposal in decision.proposals)
        if has_gap or any(blind.since <= decision.at <= blind.until for blind in evidence.blind):
            yield f"without data: {entry.sentence}"


def _false_rows(evidence: Evidence) -> Iterator[str]:
    """Flower may have missed what happened while it was away; what it shows is true."""
    changes = {entry.task_id: entry for entry in evidence.entries if entry.kind is EntryKind.CHANGED}
    for task_id, (state, result) in evidence.rows.items():
        if state == SUCCESS and " → " in result and task_id not in changes:
            yield f"Flower shows {result!r} for {task_id}, and the journal knows no such change"

"""What is counted when it happens."""

from collections import Counter
from collections.abc import Iterable

from skep.core.action import AUTOSCALER
from skep.core.call import comes_by_webhook
from skep.core.decision import Decision
from skep.core.meters.meter import Reading
from skep.core.record import Entry, EntryKind

__all__ = ["counts_of_decisions", "counts_of_entries", "counts_of_task"]


def counts_of_decisions(decisions: Iterable[Decision]) -> tuple[Reading, ...]:
    """What one evaluation adds."""
    verdicts: Counter[str] = Counter()
    gaps: Counter[str] = Counter()
    for decision in decisions:
        verdicts[decision.verdict] += 1
        gaps.update(str(proposal.gap.reason) for proposal in decision.proposals if proposal.gap is not None)
    return (
        *(Reading(meter="skep_decisions_total", labels=(str(v),), value=n) for v, n in verdicts.items()),
        *(Reading(meter="skep_gaps_total", labels=(reason,), value=n) for reason, n in gaps.items()),
    )


def counts_of_entries(entries: Iterable[Entry]) -> tuple[Reading, ...]:
    """What entries of the journal add; states and reasons to hold add nothing."""
    counted: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for entry in entries:
        if entry.kind is EntryKind.CHANGED:
            direction = "up" if entry.replicas_after > entry.replicas_before else "down"
            counted["skep_changes_total", (direction, _by(entry.actor))] += 1
        elif entry.kind is EntryKind.REFUSED:
            counted["skep_refusals_total", (_by(entry.actor),)] += 1
        elif entry.kind in _PLAIN:
            counted[_PLAIN[entry.kind], ()] += 1
    return tuple(Reading(meter=meter, labels=labels, value=n) for (meter, labels), n in counted.items())


_PLAIN = {EntryKind.OUTSIDE: "skep_outside_changes_total", EntryKind.NODE: "skep_node_events_total"}


def counts_of_task(task: str, outcome: str, took_s: float | None) -> tuple[Reading, ...]:
    """What a task adds when it ends.

    Args:
        task: its name.
        outcome: ``success``, ``failure`` or ``retry``.
        took_s: how long it took; ``None`` where nobody saw it begin.
    """
    ended = Reading(meter="skep_tasks_total", labels=(task, outcome), value=1)
    if took_s is None:
        return (ended,)
    return (ended, Reading(meter="skep_task_seconds_total", labels=(task,), value=took_s))


def _by(actor: str) -> str:
    """The kind of actor; names would make a series each."""
    if actor == AUTOSCALER:
        return "skep"
    return "webhook" if comes_by_webhook(actor) else "person"

"""What is wrong right now, seen from the latest decision about each service."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.decision import Decision, InactionReason, Verdict, plural
from skep.core.notices.notice import Topic
from skep.core.notices.stranded import stranded_sentence

__all__ = ["Failure", "Trouble", "is_at_max", "troubles"]

#: A task that comes again and again and has not failed for so long works again.
_FAILS_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that ended in trouble, after all its retries.

    Attributes:
        task: its name, which is the same each time it comes.
        task_id: under which Flower shows it, if at all.
        sentence: what happened.
        is_action: it was to change something, and does not come again by itself.
    """

    task: str
    task_id: str
    at: datetime
    sentence: str
    is_action: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong.

    Attributes:
        key: stays the same for as long as it is the same trouble, whatever its numbers do.
        is_urgent: it does not get better by waiting, and is told at once.
    """

    key: str
    topic: Topic
    subject: str
    sentence: str
    is_urgent: bool = False


def troubles(
    decisions: Mapping[str, Decision], failures: Sequence[Failure], *, now: datetime, overdue_after: timedelta
) -> tuple[Trouble, ...]:
    """All that is wrong now.

    Args:
        decisions: the latest by service id.
        failures: of tasks, of late.
        now: the present instant.
        overdue_after: no evaluation for so long is a trouble, and then nothing can be told of services.
    """
    of_tasks = tuple(_of_tasks(failures, now))
    newest = max((decision.at for decision in decisions.values()), default=now)
    if now - newest > overdue_after:
        return (_overdue(newest), *of_tasks)
    unknown = [d for d in decisions.values() if d.inaction and d.inaction.reason is InactionReason.ORDERS_UNKNOWN]
    found = [trouble for decision in decisions.values() for trouble in _of_service(decision)]
    left_out = [decision for decision in decisions.values() if newest - decision.at > overdue_after]
    return (*(_orders_unknown() for _ in unknown[:1]), *_left_out(left_out), *of_tasks, *found)


def _of_tasks(failures: Sequence[Failure], now: datetime) -> Iterator[Trouble]:
    latest: dict[str, Failure] = {}
    for failure in sorted(failures, key=lambda failure: failure.at):
        if not failure.is_action and now - failure.at < _FAILS_FOR:
            latest[failure.task] = failure
    for task, failure in latest.items():
        sentence = f"skep cannot do its work: {failure.sentence}"
        yield Trouble(key=f"failing:{task}", topic=Topic.FAILURES, subject="skep", sentence=sentence)


def _overdue(newest: datetime) -> Trouble:
    sentence = f"skep has evaluated nothing since {newest:%Y-%m-%d %H:%M:%S %Z}: no service follows its load"
    return Trouble(key="overdue", topic=Topic.FAILURES, subject="skep", sentence=sentence, is_urgent=True)


def _left_out(decisions: Sequence[Decision]) -> Iterator[Trouble]:
    """Services whose share of evaluations nobody decides, while others decide theirs."""
    if decisions:
        oldest = min(decision.at for decision in decisions)
        services = "1 service" if len(decisions) == 1 else f"{len(decisions):,} services"
        sentence = (
            f"skep has left {services} out of its evaluations since {oldest:%Y-%m-%d %H:%M:%S %Z}: "
            "too few workers take their shares"
        )
        yield Trouble(key="left-out", topic=Topic.FAILURES, subject="skep", sentence=sentence, is_urgent=True)


def _orders_unknown() -> Trouble:
    sentence = "skep acts on nothing: its memory was lost, and the orders of people are not known again yet"
    return Trouble(key="orders-unknown", topic=Topic.FAILURES, subject="skep", sentence=sentence)


def _of_service(decision: Decision) -> Iterator[Trouble]:
    name, service_id = decision.service_name, decision.service_id
    if decision.verdict is Verdict.INVALID:
        sentence = f"{name} is not scaled: {decision.reason}"
        yield Trouble(
            key=f"invalid:{service_id}", topic=Topic.FAILURES, subject=name, sentence=sentence, is_urgent=True
        )
    for proposal in decision.proposals:
        if proposal.gap is not None:
            yield Trouble(
                key=f"no-data:{service_id}:{proposal.metric}",
                topic=Topic.NO_DATA,
                subject=name,
                sentence=f"{name} has no value of {proposal.metric}: {proposal.gap.sentence}",
            )
    if is_at_max(decision):
        sentence = f"{name} is at its max of {decision.goal} and wants more: {decision.reason}"
        yield Trouble(key=f"at-max:{service_id}", topic=Topic.AT_MAX, subject=name, sentence=sentence)
    if decision.waiting_for_room:
        waiting = f"{name} has {plural(decision.waiting_for_room)} that no node has room for"
        sentence = stranded_sentence(decision) if decision.stranded else waiting
        yield Trouble(key=f"no-room:{service_id}", topic=Topic.NO_ROOM, subject=name, sentence=sentence)


def is_at_max(decision: Decision) -> bool:
    """Whether the metrics want more than the bounds allow."""
    return decision.bounds is not None and any(
        step.by == "bounds" and step.replicas_before > step.replicas_after == decision.bounds.max_replicas
        for step in decision.steps
    )

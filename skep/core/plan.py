"""One pass over the whole cluster: a decision for every enabled service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.cluster import Service
from skep.core.decision import (
    Decision,
    History,
    Hold,
    Inaction,
    InactionReason,
    Pause,
    Situation,
    Verdict,
    decide,
)
from skep.core.demand import Demand, ServiceDemand, measure
from skep.core.guards import GUARDS, OVERRIDES
from skep.core.metrics.series import Answers, Question
from skep.core.outside import OutsideChange, OutsideKind
from skep.core.policy import MetricPolicy, ServicePolicy, Signal
from skep.core.strategies import Carriers, Proposal, propose
from skep.core.strategies.foreseen import Foreseen

__all__ = ["Candidate", "Knowledge", "Plan", "invalid", "plan", "questions"]


class Knowledge(StrEnum):
    """Whether the orders of people are known: all of them, or possibly not, for a short or for a long time."""

    COMPLETE = "complete"
    AWAITED = "awaited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A service with a valid policy, and what is remembered of it: nothing, if it is new or the memory was lost.

    Attributes:
        pause: a person's order to keep hands off, of this service or of all.
        previous: the decision of the evaluation before.
        outside: what others did to it since.
        owed_replicas: the goal that a deploy has undone.
        foreseen: what looks ahead, where the policy tunes itself.
    """

    service: Service
    policy: ServicePolicy
    history: History = field(default_factory=History)
    hold: Hold | None = None
    pause: Pause | None = None
    previous: Decision | None = None
    outside: OutsideChange | None = None
    owed_replicas: int | None = None
    foreseen: Foreseen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one evaluation came to."""

    evaluation: int
    at: datetime
    decisions: tuple[Decision, ...]


def questions(candidates: Sequence[Candidate]) -> tuple[Question, ...]:
    """What to ask the metrics store for all of them: one question per built-in signal, one per own query.

    The window asked for leaves room for the age that is still allowed, so that a late point is seen as late and
    not as absent.
    """
    asked: dict[tuple[Signal, str | None, str | None], Question] = {}
    for candidate in candidates:
        for metric in candidate.policy.metrics:
            window = metric.window + 2 * candidate.policy.max_age
            for signal in _signals(metric):
                is_own = signal is Signal.QUERY
                key = (signal, candidate.service.name, metric.name) if is_own else (signal, None, None)
                known = asked.get(key)
                if known is None or known.window < window:
                    asked[key] = _own(metric, window, candidate) if is_own else Question(signal=signal, window=window)
    return tuple(asked.values())


def _signals(metric: MetricPolicy) -> tuple[Signal, ...]:
    """What a metric is made of: only the counter of requests tells whether a latency is of now."""
    return (Signal.LATENCY, Signal.REQUESTS) if metric.signal is Signal.LATENCY else (metric.signal,)


def _own(metric: MetricPolicy, window: timedelta, candidate: Candidate) -> Question:
    return Question(
        signal=metric.signal,
        window=window,
        service=candidate.service.name,
        metric=metric.name,
        query=metric.query,
        source=metric.source,
    )


def plan(
    *,
    evaluation: int,
    now: datetime,
    interval: timedelta,
    candidates: Sequence[Candidate],
    answers: Answers,
    orders: Knowledge = Knowledge.COMPLETE,
) -> Plan:
    """Decide every candidate.

    Args:
        evaluation: the id of this evaluation.
        now: its instant.
        interval: the time from one evaluation to the next.
        candidates: what to decide about.
        answers: what the metrics store said.
        orders: whether all orders of people are known.
    """
    moment = _Moment(evaluation=evaluation, now=now, interval=interval, answers=answers, orders=orders)
    return Plan(evaluation=evaluation, at=now, decisions=tuple(_decide(candidate, moment) for candidate in candidates))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What all decisions of one evaluation have in common."""

    evaluation: int
    now: datetime
    interval: timedelta
    answers: Answers
    orders: Knowledge


def _decide(candidate: Candidate, moment: _Moment) -> Decision:
    service, policy = candidate.service, candidate.policy
    scheduled = policy.bounds_at(moment.now)
    situation = Situation(
        evaluation=moment.evaluation,
        now=moment.now,
        service=service,
        policy=policy,
        proposals=_proposals(candidate, moment),
        history=candidate.history.resumed(
            at=moment.now, replicas=service.replicas or 0, window=policy.longest_window, interval=moment.interval
        ),
        bounds=scheduled.bounds,
        bounds_by=scheduled.by,
        bounds_until=scheduled.until,
        hold=candidate.hold,
        outside=candidate.outside,
        owed_replicas=candidate.owed_replicas,
        inaction=_inaction(candidate, moment),
        knows_orders=moment.orders is Knowledge.COMPLETE,
        sleeps=_sleeps(candidate),
    )
    return decide(situation, overrides=OVERRIDES, guards=GUARDS)


def _proposals(candidate: Candidate, moment: _Moment) -> tuple[Proposal, ...]:
    """What each metric asks for; and last, what somebody expects of one of them who looks ahead."""
    service, policy = candidate.service, candidate.policy
    carriers = Carriers(
        replicas=service.replicas or 0, running=service.running_replicas, all_since=_all_run_since(service)
    )
    previous = {p.metric: p for p in candidate.previous.proposals} if candidate.previous is not None else {}
    proposals: list[Proposal] = []
    expected: list[Proposal] = []
    for metric in policy.metrics:
        demand = measure(service, metric, moment.answers, max_age=policy.max_age)
        proposals.append(
            propose(
                metric,
                demand,
                tolerance=policy.tolerance,
                carriers=carriers,
                now=moment.now,
                outage=metric.outage or policy.outage,
                previous=previous.get(metric.name),
            )
        )
        if candidate.foreseen is not None and candidate.foreseen.metric == metric.name:
            expected += _expected(candidate.foreseen, demand, moment.now, replicas=carriers.replicas)
    return (*proposals, *expected)


def _expected(foreseen: Foreseen, demand: Demand, now: datetime, *, replicas: int) -> Iterator[Proposal]:
    """Nothing is expected of a metric without a value: what stands in for it is no load to look ahead from."""
    if isinstance(demand, ServiceDemand):
        proposal = foreseen.propose(demand, now=now)
        yield replace(proposal, value=(proposal.total or 0.0) / max(replicas, 1))


def _all_run_since(service: Service) -> datetime | None:
    """Since when as many replicas run as the spec says; ``None`` while they do not."""
    running = [task.state_since for task in service.tasks if task.is_running]
    return max(running, default=None) if len(running) == service.replicas else None


def _sleeps(candidate: Candidate) -> bool:
    """Whether it was skep that wanted zero replicas, and nobody has said anything since."""
    before, outside = candidate.previous, candidate.outside
    if before is None or before.bounds is None or (outside is not None and outside.kind is OutsideKind.PERSON):
        return False
    return before.goal == 0 and before.bounds.min_replicas == 0


def _inaction(candidate: Candidate, moment: _Moment) -> Inaction | None:
    """Why the decision is not carried out; what the operator wrote comes before what somebody ordered."""
    if candidate.policy.dry_run:
        return Inaction(reason=InactionReason.DRY_RUN, sentence="the label skep.dry-run is set")
    pause = candidate.pause
    if pause is not None and pause.is_in_force(moment.now):
        why = f" ({pause.reason})" if pause.reason else ""
        return Inaction(reason=InactionReason.PAUSED, sentence=f"paused by {pause.actor}{why}", until=pause.until)
    if moment.orders is Knowledge.AWAITED:
        sentence = "the memory was lost, and the orders of people are not known again yet"
        return Inaction(reason=InactionReason.ORDERS_UNKNOWN, sentence=sentence)
    return None


def invalid(*, evaluation: int, now: datetime, service: Service, problems: Sequence[str]) -> Decision:
    """The decision about a service whose labels are wrong: it is left exactly as it is, and says what is wrong."""
    replicas = service.replicas or 0
    return Decision(
        evaluation=evaluation,
        at=now,
        service_id=service.id,
        service_name=service.name,
        verdict=Verdict.INVALID,
        reason="left alone: " + "; ".join(problems),
        replicas=replicas,
        running=service.running_replicas,
        goal=replicas,
    )

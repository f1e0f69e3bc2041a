"""One pass over the whole cluster: a decision for every enabled service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from skep.core.cluster import Service
from skep.core.decision import Decision, History, Hold, Situation, Verdict, decide
from skep.core.demand import measure
from skep.core.guards import GUARDS, OVERRIDES
from skep.core.metrics.series import Answers, Question
from skep.core.policy import ServicePolicy, Signal
from skep.core.strategies import Proposal, propose

__all__ = ["Candidate", "Plan", "invalid", "plan", "questions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A service with a valid policy, and what is remembered of it: nothing, if it is new or the memory was lost."""

    service: Service
    policy: ServicePolicy
    history: History = field(default_factory=History)
    hold: Hold | None = None


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
    spans: dict[tuple[Signal, str | None, str | None], Question] = {}
    for candidate in candidates:
        for metric in candidate.policy.metrics:
            is_own = metric.signal is Signal.QUERY
            key = (
                metric.signal,
                candidate.service.name if is_own else None,
                metric.name if is_own else None,
            )
            window = metric.window + 2 * candidate.policy.max_age
            known = spans.get(key)
            if known is None or known.window < window:
                spans[key] = Question(signal=key[0], service=key[1], metric=key[2], query=metric.query, window=window)
    return tuple(spans.values())


def plan(
    *, evaluation: int, now: datetime, interval: timedelta, candidates: Sequence[Candidate], answers: Answers
) -> Plan:
    """Decide every candidate.

    Args:
        evaluation: the id of this evaluation.
        now: its instant.
        interval: the time from one evaluation to the next.
        candidates: what to decide about.
        answers: what the metrics store said.
    """
    decisions = tuple(_decide(candidate, evaluation, now, interval, answers) for candidate in candidates)
    return Plan(evaluation=evaluation, at=now, decisions=decisions)


def _decide(candidate: Candidate, evaluation: int, now: datetime, interval: timedelta, answers: Answers) -> Decision:
    service = candidate.service
    situation = Situation(
        evaluation=evaluation,
        now=now,
        service=service,
        policy=candidate.policy,
        proposals=_proposals(service, candidate.policy, answers),
        history=candidate.history.resumed(
            at=now,
            replicas=service.replicas or 0,
            window=candidate.policy.longest_window,
            interval=interval,
        ),
        hold=candidate.hold,
    )
    return decide(situation, overrides=OVERRIDES, guards=GUARDS)


def _proposals(service: Service, policy: ServicePolicy, answers: Answers) -> tuple[Proposal, ...]:
    running = service.running_replicas
    return tuple(
        propose(
            metric,
            measure(service, metric, answers, max_age=policy.max_age),
            tolerance=policy.tolerance,
            replicas=service.replicas or 0,
            running=running,
        )
        for metric in policy.metrics
    )


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

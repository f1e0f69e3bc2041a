"""Decisions, recommendations and journal entries with something in every field."""

from datetime import datetime

from skep.core.action import AUTOSCALER
from skep.core.decision import Decision, Inaction, InactionReason, Recommendation, Step, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import Bounds
from skep.core.record import Entry, EntryKind
from tests.builders import NOW, ago, proposal

__all__ = ["HOSTILE_NAMES", "decision", "entry", "recommended"]

#: No name of a Swarm service, but nothing may break on them.
HOSTILE_NAMES = {
    "a quote": "we'b",
    "a double quote": 'we"b',
    "a statement": "web'; DROP DATABASE skep; --",
    "a line break": "we\nb",
    "a backslash at the end": "web\\",
    "a backslash before a quote": "we\\'b",
    "separators of the line protocol": "w e,b=c",
    "wildcards": "w*[e]?b",
    "colons": "a:of:b",
    "braces": "{web}",
    "another script": "веб-сервис-蜂",
    "no printable character": "\x00\x07\u200b",
    "blanks": "  web ",
    "nothing": "",
    "ten thousand characters": "w" * 10_000,
}


def decision(service: str = "web", *, goal: int = 7, reason: str = "") -> Decision:
    """From 3 to ``goal`` replicas at :data:`tests.builders.NOW`."""
    return Decision(
        evaluation=1_763_910_000_123,
        at=NOW,
        service_id=f"{service}-id",
        service_name=service,
        verdict=Verdict.GROW,
        reason=reason or 'requests 412/s on 3 replicas, target 50/s each: "9 wanted", 7 allowed → é\\ \n',
        replicas=3,
        running=3,
        goal=goal,
        recommendation=9,
        bounds=Bounds(min_replicas=1, max_replicas=20),
        proposals=(proposal(9), proposal(gap=Gap(reason=GapReason.STALE, detail="newest point is 95 s old"))),
        steps=(Step(by="rate", replicas_before=9, replicas_after=7, reason="4 in a minute", until=ago(-30)),),
        inaction=Inaction(reason=InactionReason.DRY_RUN, sentence="the label skep.dry-run is set"),
        next_change_at=ago(-30),
    )


def recommended(*ages_s: float, replicas: int = 3) -> tuple[Recommendation, ...]:
    """Recommendations so many seconds before :data:`tests.builders.NOW`."""
    return tuple(Recommendation(at=ago(age_s), replicas=replicas) for age_s in ages_s)


def entry(
    number: int = 1,
    *,
    at: datetime = NOW,
    service: str = "web",
    kind: EntryKind = EntryKind.CHANGED,
    actor: str = AUTOSCALER,
    reason: str = "",
) -> Entry:
    """The change of ``service`` to ``number`` replicas, or another kind of entry."""
    return Entry(
        kind=kind,
        at=at,
        service_id=f"{service}-id",
        service_name=service,
        actor=actor,
        replicas_before=3,
        replicas_after=number,
        sentence=f"{service} 3 → {number}: {reason}",
        evaluation=1_763_910_000_123,
        task_id=f"scale.{service}.{number}",
        decision=decision(service, goal=number, reason=reason),
    )

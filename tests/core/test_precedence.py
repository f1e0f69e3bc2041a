"""Where several things speak at once, the first of a fixed order decides: every pair of them is tried."""

from dataclasses import dataclass, field
from itertools import combinations

import pytest

from skep.core.cluster import UpdateState
from skep.core.decision import Decision, Hold, InactionReason, Pause
from skep.core.metrics.series import Answers
from skep.core.plan import Candidate, plan
from skep.core.policy import Signal
from tests.builders import EVERY_15_S, NOW, ago, answers, counter, history, policy, service

#: Without anything else the metrics ask for six replicas.
LOAD = answers(Signal.REQUESTS, counter("proxy", [300 * 5.0 * n for n in range(8)]))


@dataclass(frozen=True)
class Condition:
    """Something that may hold of a service, and who then has settled what becomes of it."""

    name: str
    settled_by: str
    replicas: int | None = None
    minimum: int | None = None
    owed: int | None = None
    rollout: UpdateState = UpdateState.NONE
    hold: Hold | None = None
    metrics: Answers = field(default=LOAD)


#: In the order in which they decide. Whoever owes a count has fewer than it; whoever is out of bounds, fewer than min.
CONDITIONS = (
    Condition("a stuck rollout", "rollout", rollout=UpdateState.PAUSED),
    Condition("switched off", "switched off", replicas=0),
    Condition("a hold", "hold", hold=Hold(replicas=4, until=ago(-600), actor="ana")),
    Condition("a deploy that lowered the count", "deploy", owed=9),
    Condition("out of bounds", "bounds", minimum=5),
    Condition("metrics", "metrics"),
)


def decide(*conditions: Condition, dry_run: bool = False, pause: Pause | None = None) -> Decision:
    """What is decided of a service with three replicas of which all of this is true."""
    replicas = next((c.replicas for c in conditions if c.replicas is not None), 3)
    rollout = next((c.rollout for c in conditions if c.rollout is not UpdateState.NONE), UpdateState.NONE)
    candidate = Candidate(
        service=service(replicas, update_state=rollout),
        policy=policy(minimum=next((c.minimum for c in conditions if c.minimum is not None), 2), dry_run=dry_run),
        history=history({15: replicas}),
        hold=next((c.hold for c in conditions if c.hold is not None), None),
        pause=pause,
        owed_replicas=next((c.owed for c in conditions if c.owed is not None), None),
    )
    decided = plan(evaluation=1, now=NOW, interval=EVERY_15_S, candidates=[candidate], answers=conditions[0].metrics)
    return decided.decisions[0]


def settled_by(decision: Decision) -> str:
    return "metrics" if decision.recommendation is not None else decision.steps[0].by


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_each_alone_decides(condition: Condition) -> None:
    assert settled_by(decide(condition)) == condition.settled_by


@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param(a, b, id=f"{a.name} before {b.name}") for a, b in combinations(CONDITIONS, 2)],
)
def test_of_two_the_first_decides(first: Condition, second: Condition) -> None:
    assert settled_by(decide(first, second)) == first.settled_by
    assert settled_by(decide(second, first)) == first.settled_by


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_a_pause_keeps_hands_off_whatever_is_decided(condition: Condition) -> None:
    decision = decide(condition, pause=Pause(until=None, actor="ana", reason="tuning"))
    assert decision.inaction is not None
    assert (decision.inaction.reason, decision.inaction.sentence) == (
        InactionReason.PAUSED,
        "paused by ana (tuning)",
    )
    assert decision.goal == decide(condition).goal


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_a_dry_run_stands_before_a_pause(condition: Condition) -> None:
    decision = decide(condition, dry_run=True, pause=Pause(until=None, actor="ana"))
    assert decision.inaction is not None
    assert decision.inaction.reason is InactionReason.DRY_RUN


def test_a_pause_that_is_over_keeps_nothing() -> None:
    assert decide(CONDITIONS[-1], pause=Pause(until=NOW, actor="ana")).inaction is None

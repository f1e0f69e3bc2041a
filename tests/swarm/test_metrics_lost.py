"""No data is not zero: while metrics are missing nothing shrinks, bounds hold all the same, and evaluations go on."""

import pytest

from skep.core.decision import Decision, Verdict
from skep.core.metrics.series import GapReason
from skep.core.record import EntryKind
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import HASTY, Stage

pytestmark = pytest.mark.swarm

FEW, MANY = 2, 6
UP_TO_MANY = {**HASTY, "skep.max": str(MANY)}
#: At 5 requests per second for each replica; a little more than enough, so that no late point makes it too little.
LOAD_FOR_MANY_RPS = 32.0


def test_load_that_goes_unseen_shrinks_nothing_until_it_is_seen_again(stage: Stage) -> None:
    stage.service.set_replicas(MANY)
    with stage.load(LOAD_FOR_MANY_RPS):
        # A service that skep only watches: the mean of a window that began in silence would be too low.
        stage.label({**UP_TO_MANY, "skep.dry-run": "true"})
        becomes(lambda: stage.account.decision, asks_for_many, what="a full window of load")
        stage.label({"skep.dry-run": "false"})
        stage.account.next_decisions(1)
        stage.lab.stop_collector()
    assert_blind(stage, GapReason.STALE, evaluations=4)
    held = [entry.sentence for entry in stage.account.entries if entry.kind is EntryKind.HELD]
    assert any(f"{SERVICE} stays {MANY}: no value of requests (stale: newest point is " in text for text in held)
    assert_bounds_hold(stage)
    stage.lab.start_collector()
    stage.await_replicas(FEW)


def asks_for_many(decision: Decision | None) -> bool:
    """Whether it was measured: without a value the present count is recommended, which here is many too."""
    return decision is not None and any(proposal.replicas in range(MANY, 100) for proposal in decision.proposals)


def test_nothing_shrinks_while_the_store_is_down_until_it_is_back(stage: Stage) -> None:
    stage.service.set_replicas(MANY)
    with stage.without("influxd"):
        stage.label(UP_TO_MANY)
        assert_blind(stage, GapReason.UNREACHABLE, evaluations=4)
        assert_bounds_hold(stage)
    stage.await_replicas(FEW)


def test_evaluations_end_in_time_while_the_store_answers_nothing(stage: Stage) -> None:
    stage.service.set_replicas(MANY)
    with stage.frozen("influxd"):
        stage.label(UP_TO_MANY)
        # Each of them waits for an answer until its patience ends.
        assert_blind(stage, GapReason.UNREACHABLE, evaluations=2)
        assert_bounds_hold(stage)
    stage.await_replicas(FEW)


def assert_blind(stage: Stage, reason: GapReason, *, evaluations: int) -> None:
    becomes(
        lambda: gaps(stage.account.decision), lambda found: found == [reason], what=f"a decision without data: {reason}"
    )
    for decision in stage.account.next_decisions(evaluations):
        assert gaps(decision) == [reason]
        assert decision.verdict is Verdict.KEEP
        assert f"no value of requests ({reason}: " in decision.reason
    assert stage.counts == [MANY]


def assert_bounds_hold(stage: Stage) -> None:
    stage.label({"skep.max": "5"})
    stage.await_replicas(5)
    stage.label({"skep.min": "7", "skep.max": "8"})
    stage.await_replicas(7)
    stage.label({"skep.min": "2"})
    assert stage.counts == [MANY, 5, 7]


def gaps(decision: Decision | None) -> list[GapReason]:
    """What was wrong with the metrics; nothing, where nothing was or nobody has decided yet."""
    proposals = decision.proposals if decision is not None else ()
    return [proposal.gap.reason for proposal in proposals if proposal.gap is not None]

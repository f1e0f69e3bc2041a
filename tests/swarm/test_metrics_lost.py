"""No data is not zero: while metrics are missing nothing shrinks, bounds hold all the same, and evaluations go on."""

import pytest

from skep.core.decision import Decision, Verdict
from skep.core.metrics.series import GapReason
from skep.core.record import EntryKind
from tests.swarm.patience import becomes
from tests.swarm.stage import POLICY, Stage

pytestmark = pytest.mark.swarm

#: With data, a service without load shrinks at the very next evaluation.
HASTY = {**POLICY, "skep.scale-down": "window=0s"}
FEW, MANY = 2, 6
#: At 5 requests per second for each replica.
LOAD_FOR_MANY_RPS = 28.0


def test_load_that_goes_unseen_shrinks_nothing_until_it_is_seen_again(stage: Stage) -> None:
    stage.scale_past_skep(MANY)
    with stage.load(LOAD_FOR_MANY_RPS):
        # A service that skep only watches: the mean of a window that began in silence would be too low.
        stage.label({**HASTY, "skep.dry-run": "true"})
        becomes(lambda: stage.decision, asks_for_many, what="a full window of load")
        stage.label({"skep.dry-run": "false"})
        stage.next_decisions(2)
        stage.lab.stop_collector()
    assert_blind_for_three_evaluations(stage, GapReason.STALE)
    assert [entry.sentence for entry in stage.entries if entry.kind is EntryKind.HELD and "stale" in entry.sentence]
    assert_bounds_hold(stage)
    stage.lab.start_collector()
    stage.await_replicas(FEW)


def asks_for_many(decision: Decision | None) -> bool:
    return decision is not None and decision.recommendation == MANY


def test_nothing_shrinks_while_the_store_is_down_until_it_is_back(stage: Stage) -> None:
    stage.scale_past_skep(MANY)
    with stage.without("influxd"):
        stage.label(HASTY)
        assert_blind_for_three_evaluations(stage, GapReason.UNREACHABLE)
        assert_bounds_hold(stage)
    stage.await_replicas(FEW)


def test_evaluations_end_in_time_while_the_store_answers_nothing(stage: Stage) -> None:
    stage.scale_past_skep(MANY)
    with stage.frozen("influxd"):
        stage.label(HASTY)
        assert_blind_for_three_evaluations(stage, GapReason.UNREACHABLE)
        assert_bounds_hold(stage)
    stage.await_replicas(FEW)


def assert_blind_for_three_evaluations(stage: Stage, reason: GapReason) -> None:
    becomes(lambda: gaps(stage.decision), lambda found: found == [reason], what=f"a decision without data: {reason}")
    blind = stage.next_decisions(3)
    assert [gaps(decision) for decision in blind] == [[reason]] * 3
    assert [decision.verdict for decision in blind] == [Verdict.KEEP] * 3
    assert all(f"no value of requests ({reason}: " in decision.reason for decision in blind)
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

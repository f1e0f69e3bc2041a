"""A constant load settles at a count that carries it, and stays there."""

import os
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from skep.core.decision import Decision, Verdict
from tests.swarm.patience import becomes
from tests.swarm.stage import INTERVAL, POLICY, Stage

pytestmark = [pytest.mark.swarm, pytest.mark.timeout(900)]

MOST = 20
PER_REPLICA_RPS = 5.0
#: As many replicas as carry the load at each level. Every one takes ten minutes: SKEP_ALL_LEVELS=1 has them all.
LEVELS = tuple(range(1, MOST + 1)) if os.environ.get("SKEP_ALL_LEVELS") else (1, 2, 3, 5, 8, 13, MOST)
#: A longer window would only make the test longer: what it smooths is smooth already.
STEADY = {**POLICY, "skep.min": "1", "skep.max": str(MOST + 4), "skep.scale-down": "window=10s"}
#: So many evaluations in a row keep the count.
SETTLED_FOR = 3
#: Clients on a busy machine are late now and then.
SEEN = 0.9
#: Until the load is all that a window holds, what is seen of it still rises.
RISES_FOR = timedelta(seconds=10) + 2 * INTERVAL


def test_a_constant_load_settles_at_every_level_without_a_reversal(stage: Stage) -> None:
    stage.label(STEADY)
    for level in LEVELS:
        before = len(stage.counts)
        load_rps = level * PER_REPLICA_RPS - 0.5
        with stage.load(load_rps):
            settles = partial(keeps, load_rps, since=datetime.now(UTC) + RISES_FOR)
            becomes(lambda: stage.account.decision, settles, what=f"{load_rps:g}/s to be carried")
            later = stage.account.next_decisions(SETTLED_FOR)
        steps = stage.counts[before:]
        assert steps == sorted(steps), f"at {load_rps:g}/s the count went back: {steps}"
        assert {decision.goal for decision in later} == {stage.service.replicas}
        assert stage.service.replicas * PER_REPLICA_RPS * 1.1 >= load_rps * SEEN


def keeps(load_rps: float, decision: Decision | None, *, since: datetime) -> bool:
    """Whether a decision saw all of the load, for as long as a window is, and keeps the count."""
    if decision is None or decision.at < since or decision.verdict is not Verdict.KEEP:
        return False
    return decision.running == decision.goal and any(
        proposal.total is not None and proposal.total >= load_rps * SEEN for proposal in decision.proposals
    )

"""A constant load settles at the count that carries it, at every level, and stays there."""

from functools import partial

import pytest

from tests.swarm.patience import becomes
from tests.swarm.stage import POLICY, Stage

pytestmark = [pytest.mark.swarm, pytest.mark.timeout(600)]

MOST = 20
PER_REPLICA_RPS = 5.0
#: Without any tolerance each level has a count of its own, and nothing but the arithmetic keeps it there. A longer
#: window would only make the test longer: what it smooths is smooth already.
STEADY = {
    **POLICY,
    "skep.min": "1",
    "skep.max": str(MOST + 4),
    "skep.tolerance": "0%",
    "skep.window": "6s",
    "skep.scale-down": "window=6s",
}
#: So many evaluations in a row ask for nothing else, the last one a window after the first.
SETTLED_FOR = 3


def test_a_constant_load_of_one_to_twenty_replicas_worth_settles_without_a_reversal(stage: Stage) -> None:
    stage.label(STEADY)
    for level in range(1, MOST + 1):
        before = len(stage.counts)
        with stage.load(level * PER_REPLICA_RPS - 0.5):
            becomes(partial(is_settled, stage, level), bool, what=f"{level} replicas to be enough")
            stage.account.next_decisions(SETTLED_FOR)
        steps = stage.counts[before:]
        assert steps == sorted(steps), f"at the load of {level} replicas the count went back: {steps}"
        assert stage.service.replicas == level


def is_settled(stage: Stage, level: int) -> bool:
    decision = stage.account.decision
    return stage.service.replicas == level and decision is not None and decision.recommendation == level

"""Redis goes and comes back: workers find it again, evaluations go on, and what people ordered is still there."""

import pytest

from lab.demo.stack import ACTOR, BEAT, OBSERVER
from skep.core.decision import Verdict
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import HASTY, Stage

pytestmark = pytest.mark.swarm

#: What each of them says when it finds Redis gone.
COMPLAINTS = {
    OBSERVER: "Connection to broker lost",
    ACTOR: "Connection to broker lost",
    BEAT: "Couldn't apply scheduled task",
}


def test_a_restart_of_redis_is_survived_by_workers_history_and_holds(stage: Stage) -> None:
    stage.label(HASTY)
    stage.command("scale", f"{SERVICE}=4", "--wait", "--reason", "before", "--as", "ada")
    (before,) = stage.account.next_decisions(1)
    hold, recorded = stage.account.hold, stage.account.changes
    processes = {name: stage.skep.pid(name) for name in COMPLAINTS}
    with stage.without("redis"):
        becomes(lambda: calm(stage), lambda names: not names, what="everybody to notice that Redis is gone")
    after = stage.account.next_decisions(3)
    assert all(decision.evaluation > before.evaluation for decision in after)
    assert [decision.verdict for decision in after] == [Verdict.LEAVE_ALONE] * 3
    assert hold is not None
    assert (stage.account.hold, stage.account.changes, stage.counts) == (hold, recorded, [4])
    assert stage.command("scale", f"{SERVICE}=3", "--wait", "--reason", "after", "--as", "ben").returncode == 0
    assert [entry.sentence for entry in stage.account.changes] == [
        f"{SERVICE} 2 → 4: before",
        f"{SERVICE} 4 → 3: after",
    ]
    assert {name: stage.skep.pid(name) for name in COMPLAINTS} == processes


def calm(stage: Stage) -> list[str]:
    """Those of skep's processes that have not complained yet."""
    return [name for name, words in COMPLAINTS.items() if words not in stage.said(name)]

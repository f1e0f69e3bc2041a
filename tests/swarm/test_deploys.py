"""Deploys and rollouts on a real Swarm: what they undo comes back, and what they need is left to them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from skep.core.decision import Decision, Verdict
from skep.core.record import EntryKind
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import POLICY, Stage

pytestmark = pytest.mark.swarm

FEW, MANY = 2, 5
#: At 5 requests per second for each replica.
SURGE_RPS = 23.0
#: The program of the service does not start on such a port. One replica at a time, and the failure of each is noticed
#: before the next one's turn.
BROKEN = ("--env-add=PORT=none", "--update-parallelism=1", "--update-delay=8s", "--update-monitor=4s")


@contextmanager
def surge(stage: Stage) -> Iterator[None]:
    with stage.load(SURGE_RPS) as clients:
        yield
    assert clients.wait().failed_by_kind == ()


@pytest.fixture
def deployed(stage: Stage) -> Iterator[Stage]:
    """The policy stands in the stack's file, as do two replicas; what a test rolls out is undone by deploying again."""
    stage.deploy(POLICY)
    yield stage
    stage.deploy({})
    becomes(lambda: stage.service.update_state, lambda state: state in {"completed", ""}, what="the end of a rollout")
    stage.service.set_replicas(FEW)


def told(stage: Stage, kind: EntryKind) -> list[str]:
    return [entry.sentence for entry in stage.account.entries if entry.kind is kind]


def test_a_deploy_in_mid_surge_is_undone_by_the_next_evaluation(deployed: Stage) -> None:
    with surge(deployed):
        deployed.await_replicas(MANY)
        deployed.deploy(POLICY)
        becomes(lambda: told(deployed, EntryKind.OUTSIDE), bool, what="skep to notice the deploy")
        becomes(lambda: deployed.counts[-2:], lambda last: last == [FEW, MANY], what="all replicas back at once")
        (deploy,) = [entry for entry in deployed.account.entries if entry.kind is EntryKind.OUTSIDE]
        restoring = next(e for e in deployed.account.changes if e.at >= deploy.at)
    assert deploy.sentence == f"{SERVICE} deployed with its stack, which set its count from {MANY} to {FEW}"
    assert restoring.decision is not None
    assert restoring.decision.at == deploy.at, "the evaluation that notices it brings the count back"
    assert restoring.sentence.endswith(f": back to {MANY}, as it was needed before")


def test_a_count_that_a_person_sets_with_docker_is_kept(deployed: Stage) -> None:
    becomes(lambda: deployed.account.decision, sees_no_load, what="the load of an earlier test to be forgotten")
    # What is written within two seconds of its stack's deploy counts as part of it.
    deployed.account.next_decisions(3)
    deployed.service.set_replicas(4)
    becomes(lambda: deployed.account.hold, lambda hold: hold is not None, what="a hold for the count of a person")
    later = deployed.account.next_decisions(3)
    assert {decision.verdict for decision in later} == {Verdict.LEAVE_ALONE}
    assert told(deployed, EntryKind.OUTSIDE)[-1] == f"{SERVICE} set from 2 to 4 by somebody outside skep"
    assert deployed.service.replicas == 4


def sees_no_load(decision: Decision | None) -> bool:
    return decision is not None and (decision.recommendation, decision.replicas) == (0, FEW)


def test_a_rollout_that_swarm_may_roll_back_is_left_alone_and_returns_to_the_good_version(deployed: Stage) -> None:
    good = deployed.service.environment
    with surge(deployed):
        deployed.service.roll_out("--update-failure-action=rollback", *BROKEN)
        becomes(lambda: deployed.account.decision, is_left_to_its_rollout, what="a decision during the rollout")
        counts = deployed.counts
        becomes(lambda: deployed.service.update_state, lambda s: s == "rollback_completed", what="the rollback to end")
        assert deployed.service.environment == good
        assert deployed.counts == counts, "nobody has changed the count while Swarm could roll back"
        deployed.await_replicas(MANY)


def test_a_failed_and_paused_rollout_is_never_touched(deployed: Stage) -> None:
    # Before any load: growth during a rollout begins it anew in Swarm's eyes, and a failure so far is forgotten.
    deployed.service.roll_out("--update-failure-action=pause", *BROKEN)
    becomes(lambda: deployed.service.update_state, lambda state: state == "paused", what="the rollout to pause")
    counts = deployed.counts
    with deployed.load(SURGE_RPS):
        becomes(lambda: deployed.account.decision, wants_more, what="the surge to be seen")
        later = deployed.account.next_decisions(3)
    assert all(is_left_to_its_rollout(decision) for decision in later)
    assert (deployed.service.update_state, deployed.counts) == ("paused", counts)


def wants_more(decision: Decision | None) -> bool:
    return decision is not None and any((p.replicas or 0) > decision.replicas for p in decision.proposals)


def is_left_to_its_rollout(decision: Decision | None) -> bool:
    return decision is not None and [step.by for step in decision.steps] == ["rollout"]

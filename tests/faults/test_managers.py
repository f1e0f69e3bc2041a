"""Managers whose engines or actors stand still: others go on, and without a majority nothing is half done."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.play import VANTAGE, double
from tests.swarm.patience import becomes
from tests.swarm.postbox import order_by_hand
from tests.swarm.service import SERVICE
from tests.swarm.stage import POLICY, Stage
from tests.swarm.theatre import Theatre

pytestmark = pytest.mark.swarm

CALM = {**POLICY, "skep.scale-down": "off"}


@pytest.fixture
def doubled(theatre: Theatre) -> Iterator[Stage]:
    """Workers on the first and on the second manager."""
    with theatre.performance(seen_from=VANTAGE) as stage:
        double(stage)
        stage.label(CALM)
        stage.account.next_decisions(1)
        yield stage


@pytest.mark.parametrize("hostname", ["node-1", "node-2"])
def test_an_order_is_carried_out_while_a_manager_stands_still(doubled: Stage, hostname: str) -> None:
    with doubled.frozen(f"engine-{hostname}"):
        assert outcome_of_order(doubled, 5)[0] == "SUCCESS"
        assert doubled.counts == [5]
    doubled.await_replicas(5)
    assert [entry.sentence for entry in doubled.account.changes] == [f"{SERVICE} 2 → 5: by hand"]


def test_evaluations_go_on_while_a_manager_stands_still(doubled: Stage) -> None:
    with doubled.frozen("engine-node-1"):
        assert len(doubled.account.next_decisions(3)) == 3


@pytest.mark.parametrize("name", ["actor", "actor-2"])
def test_no_order_waits_for_an_actor_that_stands_still(doubled: Stage, name: str) -> None:
    with doubled.frozen(name):
        assert [outcome_of_order(doubled, replicas)[0] for replicas in (3, 4, 5)] == ["SUCCESS"] * 3
    doubled.await_replicas(5)
    assert doubled.counts == [3, 4, 5]


def test_without_a_majority_nothing_is_changed_and_afterwards_an_order_is_carried_out(doubled: Stage) -> None:
    with ExitStack() as frozen:
        for hostname in ("node-1", "node-2"):
            frozen.enter_context(doubled.frozen(f"engine-{hostname}"))
        task_id = send_order(doubled, 4)
        becomes(lambda: doubled.postbox.now(task_id), lambda now: now[0] == "RETRY", what="a first attempt in vain")
    assert doubled.postbox.outcome(task_id)[0] == "SUCCESS"
    doubled.await_replicas(4)
    assert [entry.sentence for entry in doubled.account.changes] == [f"{SERVICE} 2 → 4: by hand"]
    assert (doubled.counts, doubled.writes) == ([4], 1)


def outcome_of_order(stage: Stage, replicas: int) -> tuple[str, str]:
    return stage.postbox.outcome(send_order(stage, replicas))


def send_order(stage: Stage, replicas: int) -> str:
    task_id = f"scale.by-hand.{time.monotonic_ns()}"
    stage.postbox.send(order_by_hand(SERVICE, replicas), task_id=task_id)
    return task_id

"""A worker dies in the middle of a change: the change is made once and told once, by whoever picks it up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.demo.stack import ACTOR, OBSERVER
from tests.swarm.gate import Gate, Held
from tests.swarm.patience import becomes
from tests.swarm.postbox import order_by_hand
from tests.swarm.service import SERVICE
from tests.swarm.stage import HASTY, POLICY, Stage

pytestmark = pytest.mark.swarm

#: What a dead worker had in its hands is picked up when no living one could still have it.
SOON = {"SKEP_TASK_TIME_LIMIT": "15s"}
VICTIM, HEIR, WATCHER = "victim", "heir", "watcher"


@contextmanager
def killed_in_the_middle(stage: Stage, held: Held, folder: Path) -> Iterator[None]:
    """The only actor writes a service in this block and is killed at that point; then another one takes its place."""
    stage.skep.stop(OBSERVER)
    stage.skep.stop(ACTOR)
    with Gate(folder / "docker.sock", stage.lab.status().manager_socket, held) as gate:
        stage.skep.start_observer(WATCHER, variables=SOON)
        stage.skep.start_actor(VICTIM, variables={**SOON, "SKEP_DOCKER_HOST": gate.endpoint})
        stage.skep.wait_ready(WATCHER, VICTIM)
        yield
        gate.await_write()
        stage.skep.kill(VICTIM)
    stage.skep.start_actor(HEIR, variables=SOON)


def test_a_write_that_never_reached_the_engine_is_made_once_by_another_worker(stage: Stage, tmp_path: Path) -> None:
    stage.label(HASTY)
    with killed_in_the_middle(stage, Held.THE_REQUEST, tmp_path):
        stage.postbox.send(order_by_hand(stage.service.id, 4, actor="ada"), task_id="scale.by-ada")
    stage.await_replicas(4)
    assert holder(stage) == "ada"
    stage.postbox.send(order_by_hand(stage.service.id, 3, actor="ben"), task_id="scale.by-ben")
    stage.await_replicas(3)
    # The broker still has ada's order, which nobody has acknowledged; it must not undo ben's.
    await_end_of_the_matter(stage)
    assert (stage.counts, stage.writes) == ([4, 3], 2)
    assert holder(stage) == "ben"
    assert [(entry.actor, entry.sentence) for entry in stage.account.changes] == [
        ("ada", f"{SERVICE} 2 → 4: by hand"),
        ("ben", f"{SERVICE} 4 → 3: by hand"),
    ]


def test_a_write_whose_worker_never_heard_of_it_is_recorded_once_by_another(stage: Stage, tmp_path: Path) -> None:
    with killed_in_the_middle(stage, Held.THE_ANSWER, tmp_path):
        stage.label({**POLICY, "skep.min": "4"})
    becomes(lambda: stage.account.changes, bool, what="a record of the change")
    await_end_of_the_matter(stage)
    assert (stage.counts, stage.writes) == ([4], 1)
    assert [entry.sentence for entry in stage.account.changes] == [f"{SERVICE} 2 → 4: min is 4"]


def await_end_of_the_matter(stage: Stage) -> None:
    """Nobody has an order in hand, the broker has handed out again what the dead worker took, and skep went on."""
    becomes(lambda: stage.account.orders_begun, lambda begun: begun == 0, what="nobody to have an order in hand")
    assert stage.postbox.deliver_again() >= 1
    stage.postbox.await_quiet()
    stage.account.next_decisions(2)


def holder(stage: Stage) -> str | None:
    hold = stage.account.hold
    return hold.actor if hold is not None else None

"""A worker dies in the middle of a change: the change is made once and told once, by whoever picks it up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.demo.stack import ACTOR, OBSERVER
from tests.swarm.gate import Gate, Held
from tests.swarm.patience import becomes
from tests.swarm.postbox import Postbox
from tests.swarm.stage import POLICY, SERVICE, Stage

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


@pytest.mark.parametrize("held", Held)
def test_skeps_own_change_is_made_once_and_told_once(
    stage: Stage, postbox: Postbox, tmp_path: Path, held: Held
) -> None:
    with killed_in_the_middle(stage, held, tmp_path):
        stage.label({**POLICY, "skep.min": "4"})
    assert_made_and_told_once(stage, postbox)
    (entry,) = stage.recorded_changes
    assert entry.sentence == f"{SERVICE} 2 → 4: min is 4"


@pytest.mark.parametrize("held", Held)
def test_a_persons_change_is_made_once_and_told_once(
    stage: Stage, postbox: Postbox, tmp_path: Path, held: Held
) -> None:
    stage.label(POLICY)
    with killed_in_the_middle(stage, held, tmp_path):
        postbox.send(order(stage, replicas=4), task_id="scale.by-ada")
    assert_made_and_told_once(stage, postbox)
    assert stage.decision is not None


def assert_made_and_told_once(stage: Stage, postbox: Postbox) -> None:
    stage.await_replicas(4)
    becomes(lambda: stage.recorded_changes, bool, what="a record of the change")
    becomes(lambda: stage.orders_begun, lambda begun: begun == 0, what="nobody to have an order in hand")
    postbox.deliver_again()
    postbox.await_quiet()
    stage.next_decisions(2)
    assert stage.counts == [4]
    assert stage.witness.writes(SERVICE) == 1
    (entry,) = stage.recorded_changes
    assert (entry.replicas_before, entry.replicas_after) == (2, 4)


def order(stage: Stage, *, replicas: int) -> dict[str, object]:
    """A person's order, as the command line sends it."""
    return {
        "service_id": stage.service_id,
        "service_name": SERVICE,
        "replicas": replicas,
        "seen_replicas": None,
        "evaluation": None,
        "reason": "by hand",
        "actor": "ada",
        "hold_s": 600.0,
        "allow_beyond_bounds": False,
    }

"""A node is emptied on a real Swarm: under load, unbalanced, with dying workers, with a Redis that forgets."""

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from lab.demo.stack import ACTOR, OBSERVER
from lab.load import Load, Step
from tests.swarm.gate import ANY_WRITE, Gate, Held
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import POLICY, Stage

pytestmark = pytest.mark.swarm

NODE = "node-3"
SOON = {"SKEP_TASK_TIME_LIMIT": "15s"}
VICTIM, HEIR, WATCHER = "victim", "heir", "watcher"
#: Bounds that leave the count to the test.
STILL = {**POLICY, "skep.scale-down": "off"}


class Lookout:
    """Counts the running replicas again and again, in a thread of its own. Use it as a context manager."""

    def __init__(self, stage: Stage) -> None:
        self.fewest: int | None = None
        self._stage = stage
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="lookout", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        with self._stage.lab.client() as client:
            while not self._is_over.is_set():
                tasks = client.tasks(filters={"service": SERVICE, "desired-state": "running"})
                running = sum(task["Status"]["State"] == "running" for task in tasks)
                self.fewest = running if self.fewest is None else min(self.fewest, running)
                time.sleep(0.02)


@pytest.fixture
def calm(stage: Stage) -> Iterator[Stage]:
    """A stage whose nodes are as they joined again afterwards."""
    stage.bounds |= set(range(16))
    stage.label({**STILL, "skep.min": "3"})
    stage.await_replicas(3)
    yield stage
    stage.command("undrain", NODE)
    becomes(lambda: node_spec(stage), lambda spec: spec == ({}, "active"), what="the node to be as it joined")


def node_spec(stage: Stage) -> tuple[Mapping[str, str], str]:
    with stage.lab.client() as client:
        spec: Any = client.inspect_node(node_id(stage))["Spec"]
    return {k: v for k, v in (spec.get("Labels") or {}).items() if k.startswith("skep.")}, str(spec["Availability"])


def node_id(stage: Stage) -> str:
    with stage.lab.client() as client:
        return next(str(node["ID"]) for node in client.nodes() if node["Description"]["Hostname"] == NODE)


def await_drained(stage: Stage) -> None:
    becomes(lambda: node_spec(stage)[0].get("skep.node.state"), lambda state: state == "drained", what="the node")
    labels, availability = node_spec(stage)
    assert (availability, "skep.node.surge" in labels) == ("drain", False)


def test_a_node_is_drained_under_load_without_a_failed_request(calm: Stage) -> None:
    quick = Load(calm.status.proxy_url, [Step(duration=timedelta(minutes=3), rate_rps=90)])
    slow = Load(f"{calm.status.proxy_url}/?sleep=2", [Step(duration=timedelta(minutes=3), rate_rps=10)])
    calm.label({"skep.max": "3"})  # the load must not add replicas of its own
    with quick, slow, Lookout(calm) as lookout:
        becomes(quick.now, lambda now: now.ok > 100, what="requests to be answered")
        done = calm.command("drain", NODE, "--wait", "--allow-interruption")
        assert done.returncode == 0, done.stderr + done.stdout
        sent = quick.now().sent
        becomes(quick.now, lambda now: now.sent > sent + 200, what="requests after the drain")
    summaries = (quick.wait(), slow.wait())
    assert [(s.failed, s.failed_by_kind) for s in summaries] == [(0, ()), (0, ())]
    assert summaries[1].ok > 50
    assert lookout.fewest == 3
    assert calm.counts[-2:] == [4, 3]
    await_drained(calm)


def test_an_unbalanced_service_never_falls_below_its_goal(calm: Stage) -> None:
    for hostname in ("node-2", NODE):
        calm.lab.docker("node", "update", "--availability", "pause", hostname)
    try:
        calm.label({"skep.min": "7"})
        calm.await_replicas(7)
    finally:
        for hostname in ("node-2", NODE):
            calm.lab.docker("node", "update", "--availability", "active", hostname)
    with Lookout(calm) as lookout:
        done = calm.command("drain", NODE, "--wait")
        assert done.returncode == 0, done.stderr + done.stdout
    assert lookout.fewest == 7
    calm.await_replicas(7)


@contextmanager
def killed_at(stage: Stage, write: int, held: Held, folder: Path) -> Iterator[None]:
    """The only actor is killed at its so-manieth write in this block; then another one takes its place."""
    stage.skep.stop(OBSERVER)
    stage.skep.stop(ACTOR)
    with Gate(folder / "s", stage.lab.status().manager_socket, held, write=ANY_WRITE, passing=write) as gate:
        stage.skep.start_observer(WATCHER, variables=SOON)
        stage.skep.start_actor(VICTIM, variables={**SOON, "SKEP_DOCKER_HOST": gate.endpoint})
        stage.skep.wait_ready(WATCHER, VICTIM)
        yield
        gate.await_write()
        stage.skep.kill(VICTIM)
    stage.skep.start_actor(HEIR, variables=SOON)
    # The broker waits far longer than the lock of a dead worker stands, before it hands its message out again.
    lock = "skep:lock:cluster:drain"
    becomes(lambda: stage.broker.exists(lock), lambda there: not there, what="the dead worker's lock to end")
    stage.postbox.deliver_again()


#: Every write on both sides takes ten minutes: SKEP_ALL_KILLS=1 has them all, else each kind of write is tried once.
WRITES = ("cordon", "record", "surge", "drain", "goal", "take off", "finish")
SIDES = {held: f"{held.name.lower()} it" for held in Held}
KILLS = [(write, held) for write in range(len(WRITES)) for held in Held]
TRIED = KILLS if os.environ.get("SKEP_ALL_KILLS") else [KILLS[1], KILLS[4], KILLS[7], KILLS[10]]


@pytest.mark.parametrize(
    ("write", "held"), [pytest.param(write, held, id=f"{WRITES[write]}, {SIDES[held]}") for write, held in TRIED]
)
def test_an_actor_killed_at_any_write_is_succeeded(calm: Stage, write: int, held: Held, tmp_path: Path) -> None:
    with Lookout(calm) as lookout:
        with killed_at(calm, write, held, tmp_path):
            order = {"node_id": node_id(calm), "actor": "ada", "reason": "by hand"}
            calm.postbox.send(order, task_id=f"drain.{write}.{held.name}", task="drain.node")
        await_drained(calm)
    calm.await_replicas(3)
    assert lookout.fewest == 3
    assert max(calm.counts) == 4


def test_a_redis_that_forgets_everything_in_mid_drain_loses_nothing(calm: Stage, tmp_path: Path) -> None:
    calm.skep.stop(ACTOR)
    gate = Gate(tmp_path / "s", calm.lab.status().manager_socket, Held.THE_REQUEST, write=ANY_WRITE, passing=3)
    with Lookout(calm) as lookout:
        with gate:
            calm.skep.start_actor(VICTIM, variables={**SOON, "SKEP_DOCKER_HOST": gate.endpoint})
            order = {"node_id": node_id(calm), "actor": "ada", "reason": "by hand"}
            calm.postbox.send(order, task_id="drain.forgotten", task="drain.node")
            gate.await_write()
            calm.broker.flushall()
            calm.skep.kill(VICTIM)
        assert json.loads(node_spec(calm)[0]["skep.node.surge"]) == {calm.service.id: 1}
        calm.skep.start_actor(HEIR)
        await_drained(calm)
    calm.await_replicas(3)
    assert lookout.fewest == 3

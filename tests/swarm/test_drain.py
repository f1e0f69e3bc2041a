"""A node is emptied on a real Swarm: under load, unbalanced, with dying workers, with a Redis that forgets."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.demo.stack import ACTOR
from lab.load import Load, Step
from tests.swarm.gate import ANY_WRITE, Gate, Held
from tests.swarm.lookout import Lookout
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import POLICY, Stage
from tests.swarm.succession import HEIR, VICTIM, victim

pytestmark = pytest.mark.swarm

OTHERS = ("node-1", "node-2")
NODE = "node-3"
#: Bounds that leave the count to the test.
STILL = {**POLICY, "skep.scale-down": "off"}


@pytest.fixture
def still(stage: Stage) -> Iterator[Stage]:
    """A stage whose nodes are as they joined again afterwards."""
    stage.bounds |= set(range(16))
    yield stage
    for hostname in (NODE, *OTHERS):
        if node_spec(stage, hostname) != ({}, "active"):
            stage.command("undrain", hostname)
            await_as_joined(stage, hostname)


def await_as_joined(stage: Stage, hostname: str) -> None:
    becomes(lambda: node_spec(stage, hostname), lambda spec: spec == ({}, "active"), what=f"{hostname} as it joined")


@pytest.fixture
def calm(still: Stage) -> Stage:
    """Three replicas, one on each node."""
    still.service.set_replicas(0)
    # Wherever others have been left, Swarm puts the first three on three nodes.
    still.service.set_replicas(3)
    still.label({**STILL, "skep.min": "3"})
    return still


def node_spec(stage: Stage, hostname: str = NODE) -> tuple[Mapping[str, str], str]:
    with stage.lab.client() as client:
        spec: Any = client.inspect_node(node_id(stage, hostname))["Spec"]
    return {k: v for k, v in (spec.get("Labels") or {}).items() if k.startswith("skep.")}, str(spec["Availability"])


def node_id(stage: Stage, hostname: str = NODE) -> str:
    with stage.lab.client() as client:
        return next(str(node["ID"]) for node in client.nodes() if node["Description"]["Hostname"] == hostname)


def await_drained(stage: Stage, hostname: str = NODE) -> None:
    def state() -> str | None:
        return node_spec(stage, hostname)[0].get("skep.node.state")

    becomes(state, lambda now: now == "drained", what=f"{hostname} to be drained")
    labels, availability = node_spec(stage, hostname)
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


def lay_out(stage: Stage, layout: Mapping[str, int]) -> int:
    """So many replicas on each node, which skep keeps from then on; returns how many there are."""
    stage.service.set_replicas(0)
    count = 0
    for hostname, replicas in layout.items():
        set_availability(stage, "pause", *(other for other in layout if other != hostname))
        count += replicas
        stage.service.set_replicas(count)
        set_availability(stage, "active", *layout)
    stage.label({**STILL, "skep.min": str(count), "skep.max": str(count)})
    return count


def set_availability(stage: Stage, availability: str, *hostnames: str) -> None:
    for hostname in hostnames:
        stage.lab.docker("node", "update", "--availability", availability, hostname)


@pytest.mark.parametrize(
    ("layout", "drained"),
    [
        pytest.param((5, 1, 1), (NODE,), id="one of seven moves"),
        pytest.param((0, 1, 5), (NODE,), id="nearly all of them move"),
        pytest.param((2, 2, 2), (NODE, "node-2"), id="two nodes at once surge it"),
    ],
)
def test_a_service_never_falls_below_its_goal(
    still: Stage, layout: tuple[int, int, int], drained: tuple[str, ...]
) -> None:
    count = lay_out(still, dict(zip((*OTHERS, NODE), layout, strict=True)))
    with Lookout(still) as lookout:
        for hostname in drained:
            done = still.command("drain", hostname, "--allow-interruption")
            assert done.returncode == 0, done.stderr + done.stdout
        for hostname in drained:
            await_drained(still, hostname)
        still.await_replicas(count)
    assert lookout.fewest == count


def by_its_bounds(stage: Stage) -> None:
    stage.label({"skep.min": "5"})


def by_a_person(stage: Stage) -> None:
    stage.lab.scale(SERVICE, 5)


def by_command(stage: Stage) -> None:
    done = stage.command("scale", f"{SERVICE}=5", "--wait")
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize(
    "scale",
    [
        pytest.param(by_its_bounds, id="by skep itself"),
        pytest.param(by_a_person, id="by a person past skep"),
        pytest.param(by_command, id="by a person who waits for it"),
    ],
)
def test_a_service_that_is_scaled_in_mid_surge_has_its_new_goal_afterwards(
    calm: Stage, scale: Callable[[Stage], None]
) -> None:
    with Lookout(calm) as lookout:
        calm.command("drain", NODE)
        becomes(lambda: node_spec(calm)[0], lambda labels: "skep.node.surge" in labels, what="a surge")
        scale(calm)
        await_drained(calm)
        calm.await_replicas(5)
    assert lookout.fewest == 3


def test_a_node_that_dies_in_mid_drain_is_drained_all_the_same(calm: Stage) -> None:
    calm.label({"skep.max": "3"})
    calm.command("drain", NODE)
    becomes(lambda: node_spec(calm)[0], lambda labels: "skep.node.surge" in labels, what="a surge")
    try:
        calm.lab.kill(NODE)
        await_drained(calm)
        calm.await_replicas(3)
    finally:
        calm.lab.revive(NODE)
        becomes(lambda: node_state(calm), lambda state: state == "ready", what="the node to be ready again")


def node_state(stage: Stage) -> str:
    with stage.lab.client() as client:
        return str(client.inspect_node(node_id(stage))["Status"]["State"])


@contextmanager
def killed_at(stage: Stage, write: int, held: Held, folder: Path) -> Iterator[None]:
    """The only actor is killed at its so-manieth write in this block; then another one takes its place."""
    with (
        Gate(folder / "s", stage.lab.status().manager_socket, held, write=ANY_WRITE, passing=write) as gate,
        victim(stage, lock="cluster:drain", docker_host=gate.endpoint),
    ):
        yield
        gate.await_write()


WRITES = ("cordon", "record", "surge", "drain", "goal", "take off", "finish")
SIDES = {held: f"{held.name.lower()} it" for held in Held}
KILLS = [(write, held) for write in range(len(WRITES)) for held in Held]


@pytest.mark.parametrize(
    ("write", "held"), [pytest.param(write, held, id=f"{WRITES[write]}, {SIDES[held]}") for write, held in KILLS]
)
def test_an_actor_killed_at_any_write_is_succeeded(calm: Stage, write: int, held: Held, tmp_path: Path) -> None:
    calm.label({"skep.max": "3"})  # what is still seen of an earlier test's load must not add replicas
    with Lookout(calm) as lookout:
        with killed_at(calm, write, held, tmp_path):
            order = {"node_id": node_id(calm), "actor": "ada", "reason": "by hand"}
            calm.postbox.send(order, task_id=f"drain.{write}.{held.name}", task="drain.node")
        await_drained(calm)
    calm.await_replicas(3)
    assert lookout.fewest == 3
    assert max(calm.counts) == 4


def test_a_redis_that_forgets_everything_in_mid_drain_loses_nothing(calm: Stage, tmp_path: Path) -> None:
    calm.label({"skep.max": "3"})
    calm.skep.stop(ACTOR)
    gate = Gate(tmp_path / "s", calm.lab.status().manager_socket, Held.THE_REQUEST, write=ANY_WRITE, passing=3)
    with Lookout(calm) as lookout:
        with gate:
            calm.skep.start_actor(VICTIM, variables={"SKEP_DOCKER_HOST": gate.endpoint})
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

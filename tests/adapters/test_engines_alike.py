"""What engines do with services and nodes, played through Docker's API on an emulated and on real ones.

These are the things that skep relies on beyond its port: what it plans for is what happens.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from docker import APIClient
from docker.errors import APIError

from lab.emulator.refused import Refused
from lab.real import Lab
from lab.real.events import Change, Events
from skep.core.cluster import Availability, Resources
from tests.adapters.swarm_stage import (
    CORES_OF_NO_NODE,
    IMAGE,
    WORKER,
    EmulatedStage,
    RealStage,
    Wanted,
    lab_of_engines,
    settled,
)
from tests.eventually import eventually

# docker-py forgets to close a unix socket to which it could not connect.
pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed <socket\.socket fd=\d+, family=1\b:ResourceWarning")

Engines: TypeAlias = EmulatedStage | RealStage


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with lab_of_engines() as lab:
        yield lab


@pytest.fixture(params=["emulated", pytest.param("real", marks=pytest.mark.swarm)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    if request.param == "emulated":
        emulated = EmulatedStage(tmp_path)
        yield emulated
        emulated.clear()
        return
    lab: Lab = request.getfixturevalue("lab")
    with lab.client() as client:
        real = RealStage(lab, client, tmp_path)
        yield real
        real.clear()


def running(stage: Engines, name: str) -> list[dict[str, Any]]:
    """The swarm tasks that run and are meant to."""
    tasks = stage.client.tasks(filters={"service": name, "desired-state": "running"})
    return [task for task in tasks if task["Status"]["State"] == "running"]


def spread(stage: Engines, name: str) -> dict[str, int]:
    """How many of a service run on each node by host name."""
    hosts = {node["ID"]: node["Description"]["Hostname"] for node in stage.client.nodes()}
    return dict(Counter(hosts[task["NodeID"]] for task in running(stage, name)))


def open_to(stage: Engines, availability: Availability) -> None:
    """Give the worker another availability."""
    handle = stage.swarm.read_node(WORKER)
    assert handle is not None
    stage.swarm.update_node(handle, availability=availability)


def scale(stage: Engines, name: str, replicas: int) -> None:
    handle = stage.swarm.read_service(name)
    assert handle is not None
    stage.swarm.set_replicas(handle, replicas)


def write(stage: Engines, name: str, **changes: Any) -> None:
    """Write the raw spec with some keys changed."""
    service = stage.client.inspect_service(name)
    answer = stage.client.post(
        f"{stage.client.base_url}/v{stage.client.api_version}/services/{service['ID']}/update",
        params={"version": service["Version"]["Index"]},
        json={**service["Spec"], **changes},
        timeout=30,
    )
    assert answer.ok, answer.text


def with_image(stage: Engines, name: str, image: str) -> dict[str, Any]:
    template: dict[str, Any] = stage.client.inspect_service(name)["Spec"]["TaskTemplate"]
    return {
        **template,
        "ContainerSpec": {**template["ContainerSpec"], "Image": image},
        "RestartPolicy": {"Condition": "any", "Delay": 10**9},
    }


def rollout(stage: Engines, name: str) -> dict[str, Any]:
    status: dict[str, Any] = stage.client.inspect_service(name).get("UpdateStatus") or {}
    return status


def test_replicas_are_spread_evenly(stage: Engines) -> None:
    stage.create(Wanted(name="web", replicas=6))
    settled(stage.swarm, "web", 6)
    assert spread(stage, "web") == {"node-1": 2, "node-2": 2, WORKER: 2}


def test_a_drained_node_is_left_and_a_paused_one_keeps_what_it_has(stage: Engines) -> None:
    stage.create(Wanted(name="web", replicas=3))
    settled(stage.swarm, "web", 3)
    open_to(stage, Availability.PAUSE)
    scale(stage, "web", 5)
    settled(stage.swarm, "web", 5)
    assert spread(stage, "web") == {"node-1": 2, "node-2": 2, WORKER: 1}
    open_to(stage, Availability.DRAIN)
    eventually(lambda: sorted(spread(stage, "web").values()) == [2, 3], within_s=60)
    assert WORKER not in spread(stage, "web")
    open_to(stage, Availability.ACTIVE)
    settled(stage.swarm, "web", 5)
    assert WORKER not in spread(stage, "web")


def test_the_fullest_node_gives_a_replica_first(stage: Engines) -> None:
    open_to(stage, Availability.PAUSE)
    stage.create(Wanted(name="web", replicas=4))
    settled(stage.swarm, "web", 4)
    open_to(stage, Availability.ACTIVE)
    scale(stage, "web", 5)
    settled(stage.swarm, "web", 5)
    assert spread(stage, "web") == {"node-1": 2, "node-2": 2, WORKER: 1}
    scale(stage, "web", 3)
    settled(stage.swarm, "web", 3)
    assert spread(stage, "web") == {"node-1": 1, "node-2": 1, WORKER: 1}


def test_what_fits_nowhere_is_told_in_the_same_words(stage: Engines) -> None:
    open_to(stage, Availability.PAUSE)
    stage.create(Wanted(name="big", reservations=Resources(cpu_cores=CORES_OF_NO_NODE)))

    def words() -> set[str | None]:
        return {task["Status"].get("Err") for task in stage.client.tasks(filters={"service": "big"})}

    expected = "no suitable node (insufficient resources on 2 nodes; 1 node not available for new tasks)"
    eventually(lambda: words() == {expected}, within_s=60)
    (task,) = stage.client.tasks(filters={"service": "big"})
    assert (task["Status"]["State"], task["Status"]["Message"]) == ("pending", "pending task scheduling")
    assert "NodeID" not in task


@pytest.mark.parametrize("other_count", [5, 7])
def test_replicas_without_a_node_are_given_up_once_their_count_changes(stage: Engines, other_count: int) -> None:
    """What the guard against stranded replicas is for, and how it tells them: by versions."""
    open_to(stage, Availability.PAUSE)
    cores = min(node["Description"]["Resources"]["NanoCPUs"] for node in stage.client.nodes()) / 10**9
    stage.create(Wanted(name="web", replicas=6, reservations=Resources(cpu_cores=0.4 * cores)))

    def now() -> tuple[int, int, int]:
        service = next(service for service in stage.swarm.read().services if service.name == "web")
        return service.running_replicas, service.replicas_without_room, service.stranded_replicas

    eventually(lambda: now() == (4, 2, 0), within_s=60)
    scale(stage, "web", other_count)
    eventually(lambda: now() == (4, other_count - 4, min(other_count - 4, 2)), within_s=60)
    open_to(stage, Availability.ACTIVE)
    stranded = min(other_count - 4, 2)
    eventually(lambda: now() == (other_count - stranded, stranded, stranded), within_s=60)
    scale(stage, "web", other_count - stranded)
    scale(stage, "web", 6)
    settled(stage.swarm, "web", 6)


def test_a_rollout_to_an_image_that_nobody_has_is_paused(stage: Engines) -> None:
    stage.create(Wanted(name="web", replicas=2))
    settled(stage.swarm, "web", 2)
    write(stage, "web", TaskTemplate=with_image(stage, "web", "127.0.0.1:5/broken:1"))
    eventually(lambda: rollout(stage, "web").get("State") == "paused", within_s=120)
    assert rollout(stage, "web")["Message"].startswith("update paused due to failure or early termination of task ")
    assert [task["Spec"]["ContainerSpec"]["Image"] for task in running(stage, "web")] == [IMAGE]


def test_a_rollout_to_an_image_that_nobody_has_is_rolled_back_where_that_was_asked_for(stage: Engines) -> None:
    stage.create(Wanted(name="web", replicas=2, rolls_back_on_failure=True))
    settled(stage.swarm, "web", 2)
    write(stage, "web", TaskTemplate=with_image(stage, "web", "127.0.0.1:5/broken:1"))
    eventually(lambda: rollout(stage, "web").get("State") == "rollback_completed", within_s=120)
    assert rollout(stage, "web")["Message"] == "rollback completed"
    settled(stage.swarm, "web", 2)
    assert [task["Spec"]["ContainerSpec"]["Image"] for task in running(stage, "web")] == [IMAGE, IMAGE]


def test_a_rollout_replaces_every_swarm_task_and_a_change_of_count_none(stage: Engines) -> None:
    stage.create(Wanted(name="web", replicas=2))
    before = {task.id for task in settled(stage.swarm, "web", 2).tasks}
    template = stage.client.inspect_service("web")["Spec"]["TaskTemplate"]
    quick = {"Parallelism": 2, "Monitor": 10**8, "FailureAction": "pause"}
    write(stage, "web", TaskTemplate={**template, "ForceUpdate": 1}, UpdateConfig=quick)
    eventually(lambda: rollout(stage, "web").get("State") == "completed", within_s=120)
    after = {task["ID"] for task in running(stage, "web")}
    assert (len(after), after & before) == (2, set())
    scale(stage, "web", 3)
    eventually(lambda: len(running(stage, "web")) == 3, within_s=60)
    assert after < {task["ID"] for task in running(stage, "web")}
    assert rollout(stage, "web") == {}


def test_a_change_of_count_is_told_as_an_event(stage: Engines) -> None:
    endpoint = stage.engine.endpoint if isinstance(stage, EmulatedStage) else stage.proxy.endpoint
    following = APIClient(endpoint, version="auto")
    stage.create(Wanted(name="web", replicas=1))
    with Events(stage.client, following) as events:
        for count in (3, 0):
            scale(stage, "web", count)
        stage.label("web", "a", "b")
        assert events.changes("web") == (Change(1, 3), Change(3, 0))
        assert events.writes("web") == 3
    following.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"Name": "other"}, "renaming services is not supported", id="another name"),
        pytest.param({"Mode": {"Global": {}}}, "service mode change is not allowed", id="another mode"),
    ],
)
def test_what_cannot_be_written_is_refused_in_the_same_words(
    stage: Engines, changes: dict[str, Any], words: str
) -> None:
    stage.create(Wanted(name="web", replicas=0))
    with pytest.raises(AssertionError, match=words):
        write(stage, "web", **changes)


def test_a_name_is_taken_once(stage: Engines) -> None:
    stage.create(Wanted(name="web", replicas=0))
    with pytest.raises((AssertionError, Refused), match="name conflicts with an existing object"):
        stage.create(Wanted(name="web", replicas=0))


@pytest.mark.parametrize("filters", [{"colour": "red"}, {"service": "nobody"}], ids=["a key", "a service"])
def test_an_unknown_filter_is_refused(stage: Engines, filters: dict[str, str]) -> None:
    with pytest.raises(APIError):
        stage.client.tasks(filters=filters)

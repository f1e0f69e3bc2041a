"""What every Swarm does, played on the one in memory, on the emulated one and on real engines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.real import Lab
from skep.core.cluster import Availability, Node, Resources, ServiceMode, UpdateState
from skep.errors import Permanent, Temporary
from skep.ports import NodeHandle, OutOfSequence, ServiceHandle, Swarm
from tests.adapters.swarm_stage import (
    CORES_OF_NO_NODE,
    WORKER,
    EmulatedStage,
    FakeStage,
    RealStage,
    Stage,
    Wanted,
    lab_of_engines,
    seen,
    settled,
)
from tests.eventually import eventually

# docker-py forgets to close a unix socket to which it could not connect.
pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed <socket\.socket fd=\d+, family=1\b:ResourceWarning")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with lab_of_engines() as lab:
        yield lab


@pytest.fixture(params=["fake", "emulated", pytest.param("real", marks=pytest.mark.swarm)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    if request.param == "fake":
        yield FakeStage()
        return
    if request.param == "emulated":
        emulated = EmulatedStage(tmp_path)
        yield emulated
        emulated.clear()
        return
    lab: Lab = request.getfixturevalue("lab")
    with lab.client() as client:
        stage = RealStage(lab, client, tmp_path)
        yield stage
        stage.clear()


def handle(swarm: Swarm, service: str) -> ServiceHandle:
    found = swarm.read_service(service)
    assert found is not None
    return found


def node_handle(swarm: Swarm, node: str = WORKER) -> NodeHandle:
    found = swarm.read_node(node)
    assert found is not None
    return found


# --- seeing ---------------------------------------------------------------------------------------------------------


def test_a_service_is_seen_with_what_was_said_of_it(stage: Stage) -> None:
    wanted = Wanted(
        name="web",
        replicas=2,
        labels={"skep.enable": "true", "com.docker.stack.namespace": "shop", "empty": ""},
        limits=Resources(cpu_cores=0.3, memory_bytes=64 << 20),
        reservations=Resources(cpu_cores=0.1),
        rolls_back_on_failure=True,
    )
    service_id = stage.create(wanted)
    service = seen(stage.swarm, "web")
    assert (service.id, service.mode, service.replicas) == (service_id, ServiceMode.REPLICATED, 2)
    assert dict(service.labels) == wanted.labels
    assert (service.limits, service.reservations) == (wanted.limits, wanted.reservations)
    assert (service.stack, service.rolls_back_on_failure) == ("shop", True)
    assert service.update_state is UpdateState.NONE


def test_what_was_not_said_is_not_there(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    service = seen(stage.swarm, "web")
    assert (service.labels, service.stack, service.rolls_back_on_failure) == ((), None, False)
    assert service.limits == service.reservations == Resources()


def test_its_replicas_are_seen_once_they_run(stage: Stage) -> None:
    stage.create(Wanted(name="web", replicas=3))
    service = settled(stage.swarm, "web", 3)
    assert {task.slot for task in service.tasks} == {1, 2, 3}
    assert all(task.is_running and task.service_id == service.id and task.node_id for task in service.tasks)
    assert all(task.state_since.tzinfo is not None for task in service.tasks)


def test_a_replica_that_fits_nowhere_is_pending_for_room(stage: Stage) -> None:
    stage.create(Wanted(name="big", reservations=Resources(cpu_cores=CORES_OF_NO_NODE)))
    eventually(lambda: [task.is_pending_for_room for task in seen(stage.swarm, "big").tasks] == [True])
    assert seen(stage.swarm, "big").running_replicas == 0


def test_a_global_service_has_no_count(stage: Stage) -> None:
    stage.create(Wanted(name="agent", mode=ServiceMode.GLOBAL))
    service = settled(stage.swarm, "agent", len(stage.swarm.read().nodes))
    assert (service.mode, service.replicas) == (ServiceMode.GLOBAL, None)


@pytest.mark.parametrize("mode", [ServiceMode.REPLICATED_JOB, ServiceMode.GLOBAL_JOB])
def test_a_job_has_no_count(stage: Stage, mode: ServiceMode) -> None:
    stage.create(Wanted(name="job", mode=mode))
    service = seen(stage.swarm, "job")
    assert (service.mode, service.replicas) == (mode, None)


def test_the_nodes_are_seen(stage: Stage) -> None:
    nodes = stage.swarm.read().nodes
    manager = next(node for node in nodes if node.hostname == "node-1")
    assert manager.is_manager
    assert (manager.is_ready, manager.availability) == (True, Availability.ACTIVE)
    assert (manager.capacity.cpu_cores or 0) >= 1
    assert (manager.capacity.memory_bytes or 0) >= 1 << 28
    assert manager.address.count(".") == 3


def test_a_service_is_found_by_id_and_by_name(stage: Stage) -> None:
    service_id = stage.create(Wanted(name="web"))
    by_id, by_name = handle(stage.swarm, service_id), handle(stage.swarm, "web")
    assert by_id == by_name
    assert by_id.service == replace(seen(stage.swarm, "web"), tasks=())


@pytest.mark.parametrize(
    "service",
    ["nobody", "", "..", "web/../web", "web?x=1", "web update", "w" * 10_000],
    ids=["an unknown name", "no name", "a folder above", "a path", "a query", "a space", "a very long name"],
)
def test_what_is_no_service_is_not_found(stage: Stage, service: str) -> None:
    stage.create(Wanted(name="web"))
    assert stage.swarm.read_service(service) is None


def test_the_beginning_of_an_id_names_nobody(stage: Stage) -> None:
    """The engine would take it for the service, and so might act on the wrong one."""
    service_id = stage.create(Wanted(name="web"))
    assert stage.swarm.read_service(service_id[:4]) is None


# --- changing -------------------------------------------------------------------------------------------------------


def test_a_count_is_set_and_nothing_else(stage: Stage) -> None:
    stage.create(Wanted(name="web", replicas=1, labels={"a": "1"}, limits=Resources(memory_bytes=64 << 20)))
    before = handle(stage.swarm, "web")
    stage.swarm.set_replicas(before, 3)
    after = handle(stage.swarm, "web").service
    assert after.replicas == 3
    assert after.version_index > before.service.version_index
    before_but_for_that = replace(
        before.service, replicas=3, version_index=after.version_index, updated_at=after.updated_at
    )
    assert after == before_but_for_that


def test_a_count_that_is_written_once_more_is_confirmed_until_the_next_write(stage: Stage) -> None:
    stage.create(Wanted(name="web", replicas=1))
    confirmed = [handle(stage.swarm, "web").service.is_confirmed]
    for replicas in (2, 2, 3):
        stage.swarm.set_replicas(handle(stage.swarm, "web"), replicas)
        confirmed.append(handle(stage.swarm, "web").service.is_confirmed)
        (listed,) = (service for service in stage.swarm.read().services if service.name == "web")
        assert listed.is_confirmed == confirmed[-1]
    assert confirmed == [False, False, True, False]


def test_running_replicas_go_on_running_when_others_join_them(stage: Stage) -> None:
    stage.create(Wanted(name="web", replicas=2))
    before = {task.id for task in settled(stage.swarm, "web", 2).tasks}
    stage.swarm.set_replicas(handle(stage.swarm, "web"), 5)
    assert before < {task.id for task in settled(stage.swarm, "web", 5).tasks}


def test_those_who_stay_go_on_running_when_others_leave(stage: Stage) -> None:
    stage.create(Wanted(name="web", replicas=4))
    before = {task.id for task in settled(stage.swarm, "web", 4).tasks}
    stage.swarm.set_replicas(handle(stage.swarm, "web"), 1)
    assert {task.id for task in settled(stage.swarm, "web", 1).tasks} < before


def test_a_service_can_rest_and_wake_up(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    stage.swarm.set_replicas(handle(stage.swarm, "web"), 0)
    assert settled(stage.swarm, "web", 0).replicas == 0
    stage.swarm.set_replicas(handle(stage.swarm, "web"), 2)
    settled(stage.swarm, "web", 2)


def test_a_handle_serves_for_one_write(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    once = handle(stage.swarm, "web")
    stage.swarm.set_replicas(once, 2)
    with pytest.raises(OutOfSequence):
        stage.swarm.set_replicas(once, 3)
    assert handle(stage.swarm, "web").service.replicas == 2


def test_a_write_after_somebody_elses_is_refused(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    mine = handle(stage.swarm, "web")
    stage.label("web", "owner", "somebody else")
    with pytest.raises(OutOfSequence):
        stage.swarm.set_replicas(mine, 3)
    service = handle(stage.swarm, "web").service
    assert (service.replicas, dict(service.labels)) == (1, {"owner": "somebody else"})


def test_a_service_that_is_gone_cannot_be_written(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    mine = handle(stage.swarm, "web")
    stage.remove("web")
    with pytest.raises(Permanent, match="not found"):
        stage.swarm.set_replicas(mine, 3)
    assert stage.swarm.read_service("web") is None


@pytest.mark.parametrize("mode", [ServiceMode.GLOBAL, ServiceMode.REPLICATED_JOB])
def test_a_service_without_a_count_cannot_be_given_one(stage: Stage, mode: ServiceMode) -> None:
    stage.create(Wanted(name="agent", mode=mode))
    with pytest.raises(Permanent, match="agent"):
        stage.swarm.set_replicas(handle(stage.swarm, "agent"), 3)


def test_there_are_no_fewer_than_no_replicas(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    with pytest.raises(Permanent, match="-1"):
        stage.swarm.set_replicas(handle(stage.swarm, "web"), -1)


# --- nodes ----------------------------------------------------------------------------------------------------------


def test_the_nodes_alone_are_those_of_the_whole(stage: Stage) -> None:
    assert set(stage.swarm.read_nodes()) == set(stage.swarm.read().nodes)


def test_a_node_is_found_by_id_and_by_host_name(stage: Stage) -> None:
    by_name = node_handle(stage.swarm)
    assert (by_name.node.hostname, by_name.node.is_manager) == (WORKER, False)
    assert node_handle(stage.swarm, by_name.node.id) == by_name
    assert by_name.node in stage.swarm.read_nodes()


@pytest.mark.parametrize(
    "node",
    ["nobody", "", "..", f"{WORKER}/../{WORKER}", f"{WORKER}?x=1", "n" * 10_000],
    ids=["an unknown name", "no name", "a folder above", "a path", "a query", "a very long name"],
)
def test_what_is_no_node_is_not_found(stage: Stage, node: str) -> None:
    assert stage.swarm.read_node(node) is None


def test_the_beginning_of_an_id_names_no_node(stage: Stage) -> None:
    assert stage.swarm.read_node(node_handle(stage.swarm).node.id[:4]) is None


@pytest.mark.parametrize("availability", [Availability.PAUSE, Availability.DRAIN])
def test_a_node_is_given_another_availability_and_nothing_else(stage: Stage, availability: Availability) -> None:
    stage.label_node(WORKER, "zone", "a")
    before = node_handle(stage.swarm)
    stage.swarm.update_node(before, availability=availability)
    assert but_for_its_version(node_handle(stage.swarm)) == replace(
        but_for_its_version(before), availability=availability
    )
    stage.swarm.update_node(node_handle(stage.swarm), availability=Availability.ACTIVE)
    assert but_for_its_version(node_handle(stage.swarm)) == but_for_its_version(before)


def but_for_its_version(handle: NodeHandle) -> Node:
    """Which moves with every write."""
    return replace(handle.node, version_index=0)


def test_labels_of_a_node_are_set_and_taken_away_and_the_others_stay(stage: Stage) -> None:
    for label in ("zone", "disk"):
        stage.label_node(WORKER, label, "old")
    before = node_handle(stage.swarm)
    stage.swarm.update_node(before, labels={"disk": None, "skep.pool": "web", "zone": 'a "b" ж', "absent": None})
    after = node_handle(stage.swarm).node
    assert dict(after.labels) == {"skep.pool": "web", "zone": 'a "b" ж'}
    assert replace(after, labels=before.node.labels, version_index=before.node.version_index) == before.node


def test_availability_and_labels_change_together_or_not_at_all(stage: Stage) -> None:
    mine = node_handle(stage.swarm)
    stage.label_node(WORKER, "owner", "somebody else")
    with pytest.raises(OutOfSequence):
        stage.swarm.update_node(mine, availability=Availability.DRAIN, labels={"skep.pool": "web"})
    untouched = node_handle(stage.swarm).node
    assert (untouched.availability, dict(untouched.labels)) == (Availability.ACTIVE, {"owner": "somebody else"})
    stage.swarm.update_node(
        node_handle(stage.swarm), availability=Availability.DRAIN, labels={"skep.pool": "web", "owner": None}
    )
    changed = node_handle(stage.swarm).node
    assert (changed.availability, dict(changed.labels)) == (Availability.DRAIN, {"skep.pool": "web"})


def test_a_nodes_handle_serves_for_one_write(stage: Stage) -> None:
    once = node_handle(stage.swarm)
    stage.swarm.update_node(once, labels={"a": "1"})
    with pytest.raises(OutOfSequence):
        stage.swarm.update_node(once, labels={"a": "2"})
    assert dict(node_handle(stage.swarm).node.labels) == {"a": "1"}


# --- trouble --------------------------------------------------------------------------------------------------------


def test_a_swarm_out_of_reach_is_temporary_trouble_and_comes_back(stage: Stage) -> None:
    stage.create(Wanted(name="web"))
    mine = handle(stage.swarm, "web")
    worker = node_handle(stage.swarm)
    stage.break_down()
    for attempt in (
        stage.swarm.read,
        stage.swarm.read_nodes,
        lambda: stage.swarm.read_service("web"),
        lambda: stage.swarm.read_node(WORKER),
        lambda: stage.swarm.set_replicas(mine, 2),
        lambda: stage.swarm.update_node(worker, availability=Availability.DRAIN),
    ):
        with pytest.raises(Temporary):
            attempt()
    stage.come_back()
    stage.swarm.set_replicas(mine, 2)
    assert seen(stage.swarm, "web").replicas == 2


def test_a_node_that_is_not_down_is_removed_only_by_force(stage: Stage) -> None:
    with pytest.raises(Permanent, match="not down"):
        stage.swarm.remove_node(node_handle(stage.swarm))
    assert stage.swarm.read_node(WORKER) is not None


def test_a_manager_is_not_removed(stage: Stage) -> None:
    with pytest.raises(Permanent, match="manager"):
        stage.swarm.remove_node(node_handle(stage.swarm, "node-1"))


def test_a_node_that_is_gone_already_is_removed_without_a_word(stage: Stage) -> None:
    handle = node_handle(stage.swarm)
    stage.swarm.remove_node(replace(handle, node=replace(handle.node, id="9mnpnzenvg8p8tdbtq4wvbkcz")), force=True)
    assert stage.swarm.read_node(WORKER) is not None


def test_the_occupants_of_a_node_are_counted(stage: Stage) -> None:
    stage.create(Wanted(name="web", replicas=3))
    settled(stage.swarm, "web", 3)
    counts = [stage.swarm.count_occupants(node.id) for node in stage.swarm.read_nodes()]
    assert sum(counts) == 3
    stage.swarm.set_replicas(handle(stage.swarm, "web"), 0)
    eventually(lambda: not any(stage.swarm.count_occupants(node.id) for node in stage.swarm.read_nodes()), within_s=60)

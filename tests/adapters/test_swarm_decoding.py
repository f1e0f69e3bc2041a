"""Whatever an engine leaves out, adds or mistakes, a tick goes on with the rest."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.swarm.decoding import ClusterReader
from skep.core.cluster import (
    Availability,
    Cluster,
    Node,
    Resources,
    Service,
    ServiceMode,
    SwarmTask,
    TaskState,
    UpdateState,
)

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
WEB: dict[str, Any] = {
    "ID": "web-id",
    "Version": {"Index": 7},
    "Spec": {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}}},
}
TASK: dict[str, Any] = {
    "ID": "task1",
    "ServiceID": "web-id",
    "NodeID": "node1",
    "Slot": 1,
    "Status": {"State": "running", "Timestamp": "2026-11-23T15:22:01.123456789Z"},
    "DesiredState": "running",
}
NODE: dict[str, Any] = {"ID": "node1"}


def decode(services: object = None, tasks: object = None, nodes: object = None) -> Cluster:
    return ClusterReader().read(
        *(json.dumps([] if given is None else given).encode() for given in (services, tasks, nodes))
    )


def service(*, tasks: object = None, **changes: object) -> Service:
    (only,) = decode([WEB | changes], tasks).services
    return only


def spec(**changes: object) -> Service:
    return service(Spec=WEB["Spec"] | changes)


def task(**changes: object) -> SwarmTask:
    (only,) = service(tasks=[TASK | changes]).tasks
    return only


def node(**changes: object) -> Node:
    (only,) = decode(nodes=[NODE | changes]).nodes
    return only


def test_a_service_may_be_almost_empty() -> None:
    assert service() == Service(
        id="web-id",
        name="web",
        mode=ServiceMode.REPLICATED,
        replicas=2,
        version_index=7,
        updated_at=BEGINNING,
        fingerprint=service().fingerprint,
    )


def test_a_task_may_be_almost_empty() -> None:
    (web,) = decode([WEB], [{"ID": "task1", "ServiceID": "web-id"}]).services
    assert web.tasks == (
        SwarmTask(
            id="task1",
            service_id="web-id",
            slot=None,
            node_id=None,
            state=TaskState.NEW,
            state_since=BEGINNING,
            is_wanted=True,
        ),
    )


def test_a_node_may_be_almost_empty() -> None:
    assert node() == Node(
        id="node1",
        hostname="",
        is_manager=False,
        is_ready=False,
        availability=Availability.PAUSE,
        address="",
        capacity=Resources(),
    )


@pytest.mark.parametrize(
    ("mode", "expected", "replicas"),
    [
        pytest.param({"Replicated": {"Replicas": 0}}, ServiceMode.REPLICATED, 0, id="replicated at zero"),
        pytest.param({"Replicated": {}}, ServiceMode.REPLICATED, 1, id="replicated without a count"),
        pytest.param({"Replicated": {"Replicas": None}}, ServiceMode.REPLICATED, 1, id="replicated with null"),
        pytest.param({"Global": {}}, ServiceMode.GLOBAL, None, id="global"),
        pytest.param({"ReplicatedJob": {"TotalCompletions": 5}}, ServiceMode.REPLICATED_JOB, None, id="replicated job"),
        pytest.param({"GlobalJob": {}}, ServiceMode.GLOBAL_JOB, None, id="global job"),
        pytest.param({"Somehow": {}}, ServiceMode.GLOBAL, None, id="a mode to come"),
        pytest.param({}, ServiceMode.GLOBAL, None, id="no mode"),
        pytest.param(None, ServiceMode.GLOBAL, None, id="null"),
    ],
)
def test_only_replicated_services_have_a_count(mode: object, expected: ServiceMode, replicas: int | None) -> None:
    web = spec(Mode=mode)
    assert (web.mode, web.replicas) == (expected, replicas)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *(pytest.param({"State": state.value}, state, id=state.value) for state in UpdateState),
        pytest.param({}, UpdateState.NONE, id="no state"),
        pytest.param(None, UpdateState.NONE, id="null"),
        pytest.param({"State": "wavering"}, UpdateState.PAUSED, id="a word to come is not to be touched"),
    ],
)
def test_the_rollout_is_seen(status: object, expected: UpdateState) -> None:
    assert service(UpdateStatus=status).update_state is expected


@pytest.mark.parametrize(
    ("action", "expected"), [("rollback", True), ("pause", False), ("continue", False), (None, False)]
)
def test_an_armed_rollback_is_seen(action: str | None, expected: bool) -> None:
    assert spec(UpdateConfig={"FailureAction": action}).rolls_back_on_failure is expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param(
            {"NanoCPUs": 300_000_000, "MemoryBytes": 1024}, Resources(cpu_cores=0.3, memory_bytes=1024), id="both"
        ),
        pytest.param({"NanoCPUs": 0, "MemoryBytes": 0}, Resources(), id="zero is none"),
        pytest.param({"NanoCPUs": 1_500_000_000}, Resources(cpu_cores=1.5), id="processor only"),
        pytest.param({}, Resources(), id="nothing"),
        pytest.param(None, Resources(), id="null"),
    ],
)
def test_limits_are_in_cores_and_bytes(limits: object, expected: Resources) -> None:
    assert spec(TaskTemplate={"Resources": {"Limits": limits}}).limits == expected


def test_the_stack_is_known_by_its_label() -> None:
    assert spec(Labels={"com.docker.stack.namespace": "shop"}).stack == "shop"


@pytest.mark.parametrize(
    ("desired", "is_wanted"),
    [
        ("running", True),
        ("ready", True),
        ("accepted", True),
        ("complete", True),
        ("shutdown", False),
        ("remove", False),
    ],
)
def test_only_what_swarm_wants_counts_as_a_running_replica(desired: str, is_wanted: bool) -> None:
    web = service(tasks=[TASK | {"DesiredState": desired}])
    assert ([one.is_wanted for one in web.tasks], web.running_replicas) == ([is_wanted], int(is_wanted))


@pytest.mark.parametrize("state", ["complete", "failed", "rejected"])
def test_a_jobs_task_that_is_done_is_no_live_task(state: str) -> None:
    assert service(tasks=[TASK | {"DesiredState": "complete", "Status": {"State": state}}]).tasks == ()


def test_a_state_to_come_counts_as_on_its_way() -> None:
    assert task(Status={"State": "dreaming"}).state.is_on_its_way


def test_a_task_says_why_it_is_pending() -> None:
    words = "no suitable node (insufficient resources on 1 node)"
    assert task(NodeID="", Status={"State": "pending", "Err": words}).is_pending_for_room


def test_a_task_of_a_global_service_has_no_slot() -> None:
    assert task(Slot=0).slot is None


def test_tasks_go_to_their_services() -> None:
    api = WEB | {"ID": "api-id", "Spec": {"Name": "api"}}
    tasks = [TASK, TASK | {"ID": "task2", "ServiceID": "api-id"}, TASK | {"ID": "task3", "ServiceID": "gone"}]
    assert [[one.id for one in each.tasks] for each in decode([WEB, api], tasks).services] == [["task1"], ["task2"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "2026-11-23T15:22:01.123456789Z", datetime(2026, 11, 23, 15, 22, 1, 123456, UTC), id="nanoseconds"
        ),
        pytest.param("2026-11-23T15:22:01Z", datetime(2026, 11, 23, 15, 22, 1, tzinfo=UTC), id="whole seconds"),
        pytest.param("2026-11-23T16:22:01.5+01:00", datetime(2026, 11, 23, 15, 22, 1, 500_000, UTC), id="another zone"),
        pytest.param("0001-01-01T00:00:00Z", BEGINNING, id="the engine's zero"),
        pytest.param("2026-11-23T15:22:01", BEGINNING, id="no zone"),
        pytest.param("yesterday", BEGINNING, id="no time"),
        pytest.param("", BEGINNING, id="nothing"),
        pytest.param(None, BEGINNING, id="null"),
    ],
)
def test_instants_are_read_or_lie_long_ago(text: str | None, expected: datetime) -> None:
    assert task(Status={"State": "running", "Timestamp": text}).state_since == expected


def test_a_node_is_read() -> None:
    assert node(
        Spec={"Role": "manager", "Availability": "drain", "Labels": {"skep.pool": "a"}},
        Description={"Hostname": "m1", "Resources": {"NanoCPUs": 4_000_000_000, "MemoryBytes": 1 << 33}},
        Status={"State": "ready", "Addr": "10.0.0.1"},
    ) == Node(
        id="node1",
        hostname="m1",
        is_manager=True,
        is_ready=True,
        availability=Availability.DRAIN,
        address="10.0.0.1",
        capacity=Resources(cpu_cores=4.0, memory_bytes=1 << 33),
        labels=(("skep.pool", "a"),),
    )


@pytest.mark.parametrize("nothing", [None, []])
def test_an_empty_swarm_is_read(nothing: object) -> None:
    lists = json.dumps(nothing).encode()
    assert ClusterReader().read(lists, lists, lists) == Cluster(services=(), nodes=())


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"ID": "odd-id"}, id="no spec"),
        pytest.param(WEB | {"Version": None}, id="no version"),
        pytest.param(WEB | {"Spec": {"Name": 7}}, id="a number for a name"),
        pytest.param(
            WEB | {"Spec": {"Name": "odd", "Mode": {"Replicated": {"Replicas": -2}}}}, id="fewer than no replicas"
        ),
        pytest.param("a text", id="a text"),
        pytest.param(None, id="null"),
        pytest.param([], id="a list"),
    ],
)
def test_one_service_that_cannot_be_read_does_not_blind_the_others(
    odd: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert [each.name for each in decode([odd, WEB], [TASK]).services] == ["web"]
    assert "left out" in caplog.text


def test_what_is_left_out_is_named_without_its_contents(caplog: pytest.LogCaptureFixture) -> None:
    decode([{"ID": "odd-id", "Spec": {"Name": 7, "TaskTemplate": {"Env": ["PASSWORD=hunter2"]}}}])
    assert "odd-id" in caplog.text
    assert "hunter2" not in caplog.text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)
_KEYS = ["ID", "Version", "Spec", "Name", "Labels", "Mode", "Status", "State", "ServiceID", "Slot", "UpdatedAt"]


@given(odd=st.lists(_JSON | st.dictionaries(st.sampled_from(_KEYS), _JSON), max_size=4))
def test_no_list_whatever_it_holds_hides_a_good_service(odd: list[object]) -> None:
    cluster = decode([*odd, WEB], [*odd, TASK], [*odd, NODE])
    assert WEB["ID"] in {each.id for each in cluster.services}
    assert NODE["ID"] in {each.id for each in cluster.nodes}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-23T15:21:31.5Z", datetime(2026, 11, 23, 15, 21, 31, 500_000, tzinfo=UTC), id="told"),
        pytest.param("0001-01-01T00:00:00Z", None, id="the engine's zero"),
        pytest.param(None, None, id="not told"),
    ],
)
def test_when_a_task_was_ordered_is_known_where_it_is_told(text: str | None, expected: datetime | None) -> None:
    assert task(CreatedAt=text).ordered_at == expected

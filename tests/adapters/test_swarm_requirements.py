"""What the scheduler looks at, read from what an engine sends: the shapes are those of Engine API 1.41."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.swarm.decoding import ClusterReader, decode_service
from skep.adapters.swarm.requirements import constraint
from skep.core.capacity.placement import place
from skep.core.capacity.want import wants
from skep.core.cluster import Cluster, ManagerStatus, Node, Resources, RestartCondition, Service, SwarmTask, TaskState
from skep.core.requirements import (
    Constraint,
    GenericResource,
    HostPort,
    LabelScope,
    Mount,
    MountKind,
    Operator,
    Platform,
    Plugin,
    PluginKind,
    Requirements,
    SpreadOver,
)

REAL = Path(__file__).parents[1] / "data" / "docker-20.10-swarm.json"
SERVICE: dict[str, Any] = {
    "ID": "9mnpnzenvg8p8tdbtq4wvbkcz",
    "Version": {"Index": 190},
    "CreatedAt": "2026-06-07T21:05:51.880065305Z",
    "UpdatedAt": "2026-06-07T21:07:29.962229872Z",
    "Spec": {
        "Name": "render",
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "render:3",
                "StopGracePeriod": 90_000_000_000,
                "Mounts": [
                    {"Type": "bind", "Source": "/etc/localtime", "Target": "/etc/localtime", "ReadOnly": True},
                    {"Type": "volume", "Source": "cache", "Target": "/cache"},
                    {
                        "Type": "volume",
                        "Source": "shared",
                        "Target": "/shared",
                        "VolumeOptions": {"DriverConfig": {"Name": "local", "Options": {"type": "nfs", "o": "addr=x"}}},
                    },
                    {
                        "Type": "volume",
                        "Source": "disks",
                        "Target": "/disks",
                        "VolumeOptions": {"DriverConfig": {"Name": "rexray/ebs"}},
                    },
                ],
            },
            "Resources": {
                "Limits": {"NanoCPUs": 4_000_000_000},
                "Reservations": {
                    "NanoCPUs": 500_000_000,
                    "MemoryBytes": 104_857_600,
                    "GenericResources": [{"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}}],
                },
            },
            "RestartPolicy": {"Condition": "on-failure", "Delay": 5_000_000_000, "MaxAttempts": 0},
            "Placement": {
                "Constraints": ["node.labels.disk == ssd", "node.role!=manager"],
                "Preferences": [
                    {"Spread": {"SpreadDescriptor": "node.labels.zone"}},
                    {"Spread": {"SpreadDescriptor": "engine.labels.rack"}},
                    {"Spread": {"SpreadDescriptor": "node.hostname"}},
                ],
                "MaxReplicas": 2,
                "Platforms": [{"Architecture": "amd64", "OS": "linux"}],
            },
            "LogDriver": {"Name": "fluentd", "Options": {"tag": "render"}},
            "Networks": [{"Target": "8b3rlbflbz2x05u45nuv48prz"}],
        },
        "Mode": {"Replicated": {"Replicas": 4}},
        "EndpointSpec": {
            "Mode": "vip",
            "Ports": [
                {"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "host"},
                {"Protocol": "udp", "TargetPort": 53, "PublishedPort": 53, "PublishMode": "host"},
                {"Protocol": "tcp", "TargetPort": 90, "PublishMode": "host"},
                {"Protocol": "tcp", "TargetPort": 443, "PublishedPort": 443, "PublishMode": "ingress"},
            ],
        },
    },
}
TASK: dict[str, Any] = {
    "ID": "0kzzo1i0y4jz6027t0k7aezc7",
    "Version": {"Index": 71},
    "Spec": {
        "ContainerSpec": {"Image": "render:3"},
        "Resources": {"Limits": {}, "Reservations": {"NanoCPUs": 250_000_000, "MemoryBytes": 52_428_800}},
    },
    "ServiceID": SERVICE["ID"],
    "Slot": 1,
    "NodeID": "60gvrl6tm78dmak4yl7srz94v",
    "AssignedGenericResources": [
        {"NamedResourceSpec": {"Kind": "gpu", "Value": "UUID1"}},
        {"DiscreteResourceSpec": {"Kind": "ssd", "Value": 3}},
    ],
    "Status": {"Timestamp": "2026-06-07T21:07:31.290032978Z", "State": "running", "Message": "started"},
    "DesiredState": "running",
    "NetworksAttachments": [
        {
            "Network": {"ID": "4qvuz4ko70xaltuqbt8956gd1", "DriverState": {"Name": "overlay"}},
            "Addresses": ["10.0.0.9/16"],
        }
    ],
}
NODE: dict[str, Any] = {
    "ID": "24ifsmvkjbyhk",
    "Version": {"Index": 373_531},
    "CreatedAt": "2026-08-18T10:44:24.496525531Z",
    "Spec": {"Availability": "active", "Role": "manager", "Labels": {"zone": "a"}},
    "Description": {
        "Hostname": "bf3067039e47",
        "Platform": {"Architecture": "x86_64", "OS": "linux"},
        "Resources": {
            "NanoCPUs": 4_000_000_000,
            "MemoryBytes": 8_272_408_576,
            "GenericResources": [
                {"DiscreteResourceSpec": {"Kind": "ssd", "Value": 3}},
                {"NamedResourceSpec": {"Kind": "gpu", "Value": "UUID1"}},
                {"NamedResourceSpec": {"Kind": "gpu", "Value": "UUID2"}},
            ],
        },
        "Engine": {
            "EngineVersion": "20.10.24",
            "Labels": {"rack": "r7"},
            "Plugins": [
                {"Type": "Authorization", "Name": "guard:latest"},
                {"Type": "Log", "Name": "json-file"},
                {"Type": "Network", "Name": "overlay"},
                {"Type": "Volume", "Name": "rexray/ebs:latest"},
            ],
        },
    },
    "Status": {"State": "ready", "Addr": "172.17.0.2"},
    "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "10.0.0.46:2377"},
}


def decode(services: object = None, tasks: object = None, nodes: object = None) -> Cluster:
    return ClusterReader().read(
        *(json.dumps([] if given is None else given).encode() for given in (services, tasks, nodes))
    )


def service(*, tasks: object = None) -> Service:
    (only,) = decode([SERVICE], [TASK] if tasks is None else tasks).services
    return only


def template(**changes: object) -> Service:
    spec = SERVICE["Spec"] | {"TaskTemplate": SERVICE["Spec"]["TaskTemplate"] | changes}
    (only,) = decode([SERVICE | {"Spec": spec}]).services
    return only


def task(**changes: object) -> SwarmTask:
    (only,) = service(tasks=[TASK | changes]).tasks
    return only


def node(**changes: object) -> Node:
    (only,) = decode(nodes=[NODE | changes]).nodes
    return only


def test_a_service_tells_all_that_it_requires_of_a_node() -> None:
    assert service().requirements == Requirements(
        constraints=(
            Constraint(key="node.labels.disk", operator=Operator.EQUALS, value="ssd", text="node.labels.disk == ssd"),
            Constraint(key="node.role", operator=Operator.DIFFERS, value="manager", text="node.role!=manager"),
        ),
        spreads=(
            SpreadOver(scope=LabelScope.NODE, label="zone"),
            SpreadOver(scope=LabelScope.ENGINE, label="rack"),
        ),
        platforms=(Platform(os="linux", architecture="amd64"),),
        max_replicas_per_node=2,
        host_ports=(HostPort(port=8080), HostPort(port=53, protocol="udp")),
        mounts=(
            Mount(kind=MountKind.BIND, source="/etc/localtime", target="/etc/localtime", is_read_only=True),
            Mount(kind=MountKind.VOLUME, source="cache", target="/cache"),
            Mount(kind=MountKind.VOLUME, source="shared", target="/shared", driver="local", file_system="nfs"),
            Mount(kind=MountKind.VOLUME, source="disks", target="/disks", driver="rexray/ebs"),
        ),
        plugins=(
            Plugin(kind=PluginKind.VOLUME, name="rexray/ebs"),
            Plugin(kind=PluginKind.LOG, name="fluentd"),
            Plugin(kind=PluginKind.NETWORK, name="overlay"),
        ),
        generic=(GenericResource(kind="gpu", amount=2),),
    )


def test_a_service_tells_how_it_stops_and_starts_again() -> None:
    web = service()
    assert (web.stop_grace, web.restart) == (timedelta(seconds=90), RestartCondition.ON_FAILURE)


def test_what_a_real_engine_answers_is_read() -> None:
    answers = json.loads(REAL.read_text())
    swarm = decode(answers["services"], answers["tasks"], answers["nodes"])
    (render,) = swarm.services
    assert render.requirements == Requirements(
        constraints=(constraint("node.labels.disk == ssd"), constraint("node.role!=manager")),
        spreads=(SpreadOver(scope=LabelScope.NODE, label="zone"),),
        max_replicas_per_node=1,
        host_ports=(HostPort(port=8080),),
        mounts=(
            Mount(kind=MountKind.VOLUME, source="cache", target="/data"),
            Mount(kind=MountKind.BIND, source="/etc/hostname", target="/srv", is_read_only=True),
            Mount(kind=MountKind.VOLUME, target="/opt"),
        ),
        plugins=(Plugin(kind=PluginKind.LOG, name="json-file"), Plugin(kind=PluginKind.NETWORK, name="overlay")),
    )
    assert [task.reservations for task in render.tasks] == [Resources(cpu_cores=0.25, memory_bytes=64 << 20)] * 2
    assert [(task.takes_room, task.is_unplaced) for task in render.tasks] == [(True, False), (False, True)]


def test_what_a_real_engine_says_of_a_pending_task_is_what_the_simulation_says() -> None:
    answers = json.loads(REAL.read_text())
    swarm = decode(answers["services"], answers["tasks"], answers["nodes"])
    (pending,) = (task for task in swarm.services[0].tasks if task.is_pending_for_room)
    (expected,) = place(wants(swarm), swarm).pending
    assert pending.error == expected.reason


def test_the_networks_of_a_service_are_known_by_its_swarm_tasks_only() -> None:
    alone = decode_service(json.dumps(SERVICE).encode())
    assert Plugin(kind=PluginKind.NETWORK, name="overlay") not in alone.requirements.plugins


def test_a_swarm_task_tells_what_it_was_given() -> None:
    given = task()
    assert given.reservations == Resources(cpu_cores=0.25, memory_bytes=52_428_800)
    assert given.generic == (GenericResource(kind="gpu", name="UUID1"), GenericResource(kind="ssd", amount=3))
    assert (given.message, given.wanted_state) == ("started", TaskState.RUNNING)


def test_a_node_tells_all_that_it_offers() -> None:
    assert node() == Node(
        id="24ifsmvkjbyhk",
        hostname="bf3067039e47",
        is_manager=True,
        is_ready=True,
        availability=node().availability,
        address="172.17.0.2",
        capacity=Resources(cpu_cores=4.0, memory_bytes=8_272_408_576),
        labels=(("zone", "a"),),
        platform=Platform(os="linux", architecture="x86_64"),
        engine_version="20.10.24",
        engine_labels=(("rack", "r7"),),
        plugins=(
            Plugin(kind=PluginKind.LOG, name="json-file"),
            Plugin(kind=PluginKind.NETWORK, name="overlay"),
            Plugin(kind=PluginKind.VOLUME, name="rexray/ebs:latest"),
        ),
        generic=(
            GenericResource(kind="ssd", amount=3),
            GenericResource(kind="gpu", name="UUID1"),
            GenericResource(kind="gpu", name="UUID2"),
        ),
        version_index=373_531,
        manager=ManagerStatus(is_leader=True, is_reachable=True, address="10.0.0.46:2377"),
        joined_at=datetime(2026, 8, 18, 10, 44, 24, 496525, UTC),
    )


@pytest.mark.parametrize(
    ("status", "is_ready", "is_down"),
    [
        pytest.param({"State": "ready"}, True, False, id="ready"),
        pytest.param({"State": "down"}, False, True, id="given up"),
        pytest.param({"State": "disconnected"}, False, False, id="away, and perhaps back soon"),
        pytest.param({"State": "unknown"}, False, False, id="not heard of since the managers changed"),
    ],
)
def test_a_node_that_is_away_is_told_from_one_that_is_given_up(status: object, is_ready: bool, is_down: bool) -> None:
    seen = node(Status=status)
    assert (seen.is_ready, seen.is_down) == (is_ready, is_down)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(None, None, id="a worker has no part in it"),
        pytest.param(
            {"Reachability": "reachable", "Addr": "10.0.0.1:2377"},
            ManagerStatus(is_leader=False, is_reachable=True, address="10.0.0.1:2377"),
            id="a follower",
        ),
        pytest.param(
            {"Leader": True, "Reachability": "unreachable"},
            ManagerStatus(is_leader=True, is_reachable=False),
            id="one that nobody reaches",
        ),
    ],
)
def test_the_quorum_is_read(status: object, expected: ManagerStatus | None) -> None:
    assert node(ManagerStatus=status).manager == expected


@pytest.mark.parametrize(
    ("text", "key", "operator", "value"),
    [
        pytest.param("node.labels.a==b", "node.labels.a", Operator.EQUALS, "b", id="without spaces"),
        pytest.param("  node.labels.a  !=  b  ", "node.labels.a", Operator.DIFFERS, "b", id="with spaces"),
        pytest.param("node.labels.a==b!=c", "node.labels.a", Operator.EQUALS, "b!=c", id="== comes first"),
        pytest.param("node.labels.a!=b==c", "node.labels.a!=b", Operator.EQUALS, "c", id="wherever it stands"),
        pytest.param("node.labels.a==", "node.labels.a", Operator.EQUALS, "", id="nothing to compare with"),
        pytest.param("node.labels.a ~= b", "", Operator.UNKNOWN, "", id="an operator to come"),
        pytest.param("", "", Operator.UNKNOWN, "", id="an empty text"),
    ],
)
def test_a_constraint_is_read_as_swarm_reads_it(text: str, key: str, operator: Operator, value: str) -> None:
    assert constraint(text) == Constraint(key=key, operator=operator, value=value, text=text)


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        pytest.param({"Name": "syslog"}, (Plugin(kind=PluginKind.LOG, name="syslog"),), id="a driver"),
        pytest.param({"Name": "none"}, (), id="no logs"),
        pytest.param({"Name": ""}, (), id="options only"),
        pytest.param({"Options": {"tag": "x"}}, (), id="no name"),
        pytest.param(None, (), id="the engine's own"),
    ],
)
def test_a_log_driver_is_a_plugin_only_where_one_is_named(driver: object, expected: tuple[Plugin, ...]) -> None:
    plugins = template(LogDriver=driver, ContainerSpec={}).requirements.plugins
    assert plugins == expected


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [
        pytest.param(None, timedelta(seconds=10), id="not said"),
        pytest.param(0, timedelta(0), id="none"),
        pytest.param(1_500_000_000, timedelta(seconds=1.5), id="a second and a half"),
        pytest.param(-1, timedelta(seconds=10), id="nonsense"),
        pytest.param(2**63 - 1, timedelta(days=36_500), id="for ever"),
    ],
)
def test_the_grace_of_a_stop_is_read(nanoseconds: int | None, expected: timedelta) -> None:
    assert template(ContainerSpec={"StopGracePeriod": nanoseconds}).stop_grace == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(None, Resources(), id="nothing reserved"),
        pytest.param({"Reservations": None}, Resources(), id="null reserved"),
        pytest.param({"Reservations": {"MemoryBytes": 7}}, Resources(memory_bytes=7), id="memory only"),
        pytest.param("odd", Resources(), id="nothing that can be read"),
    ],
)
def test_the_reservations_of_a_swarm_task_are_its_own(resources: object, expected: Resources) -> None:
    assert task(Spec={"Resources": resources}).reservations == expected


def test_a_swarm_task_without_a_spec_says_nothing_of_its_reservations() -> None:
    assert task(Spec=None).reservations is None


def test_an_engine_that_says_nothing_of_itself_has_unknown_plugins() -> None:
    assert node(Description={"Hostname": "n"}).plugins is None


def test_an_engine_without_plugins_has_none() -> None:
    assert node(Description={"Engine": {"EngineVersion": "1"}}).plugins == ()


_ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.none(), max_size=2)


@given(odd=_ODD)
@pytest.mark.parametrize("key", ["NetworksAttachments", "Spec", "AssignedGenericResources"])
def test_an_odd_field_of_a_swarm_task_never_costs_the_service(key: str, odd: object) -> None:
    assert [each.name for each in decode([SERVICE], [TASK | {key: odd}]).services] == ["render"]


@given(odd=_ODD)
def test_odd_plugins_never_cost_the_node(odd: object) -> None:
    description = NODE["Description"] | {"Engine": {"Plugins": odd}}
    assert [each.id for each in decode(nodes=[NODE | {"Description": description}]).nodes] == [NODE["ID"]]

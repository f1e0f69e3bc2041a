"""Each filter of Swarm's scheduler: which node it lets pass, and what Swarm says of those that it does not."""

from collections.abc import Sequence

import pytest

from skep.core.capacity.placement import place
from skep.core.capacity.want import Want
from skep.core.cluster import Availability, Node, Resources, Service, ServiceMode, TaskState
from skep.core.requirements import (
    GenericResource,
    HostPort,
    Mount,
    MountKind,
    Platform,
    Plugin,
    PluginKind,
    Requirements,
)
from tests.core.capacity.builders import GIB, cluster, manager, node, running_on, service, task

OVERLAY = Plugin(kind=PluginKind.NETWORK, name="overlay")
REXRAY = Plugin(kind=PluginKind.VOLUME, name="rexray/ebs")
FLUENTD = Plugin(kind=PluginKind.LOG, name="fluentd")
JSON_FILE = Plugin(kind=PluginKind.LOG, name="json-file")
GPU_1, GPU_2 = (GenericResource(kind="gpu", name=name) for name in ("UUID1", "UUID2"))

FITS = ""


def verdict(wanted: Service, *nodes: Node, beside: Sequence[Service] = (), replicas: int = 1) -> str:
    """Swarm's words about the replicas that found no node; empty where all did."""
    placement = place([Want(service=wanted, replicas=replicas)], cluster(nodes, *beside, wanted))
    return placement.pending[0].reason if placement.pending else FITS


def no_suitable_node(words: str) -> str:
    return f"no suitable node ({words})"


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        pytest.param([node()], FITS, id="a ready and active one will do"),
        pytest.param(
            [node(availability=Availability.PAUSE)], "1 node not available for new tasks", id="a cordoned one"
        ),
        pytest.param([node(availability=Availability.DRAIN)], "1 node not available for new tasks", id="a drained one"),
        pytest.param(
            [node(is_ready=False), node("node-2", availability=Availability.PAUSE)],
            "2 nodes not available for new tasks",
            id="one that is away, and a cordoned one",
        ),
    ],
)
def test_only_a_ready_and_active_node_is_given_swarm_tasks(nodes: list[Node], expected: str) -> None:
    assert verdict(service(), *nodes) == (no_suitable_node(expected) if expected else FITS)


def test_a_swarm_without_nodes_has_no_words() -> None:
    assert verdict(service()) == "no suitable node"


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        pytest.param(service(cores=1.5, memory_bytes=GIB), True, id="exactly what is left"),
        pytest.param(service(cores=1.500000001), False, id="a billionth of a core too much"),
        pytest.param(service(memory_bytes=GIB + 1), False, id="a byte too much"),
        pytest.param(service(), True, id="nothing reserved fits anywhere"),
    ],
)
def test_reservations_have_to_fit_beside_those_that_are_there(wanted: Service, fits: bool) -> None:
    there = service("db", on=["node-1"], cores=2.5, memory_bytes=7 * GIB)
    says = verdict(wanted, node(cores=4, memory_bytes=8 * GIB), beside=[there])
    assert says == (FITS if fits else no_suitable_node("insufficient resources on 1 node"))


def test_tenths_of_cores_fill_a_core_without_a_rest() -> None:
    assert verdict(service(cores=0.1), node(cores=1), replicas=10) == FITS


def test_a_swarm_task_that_is_being_stopped_takes_room_until_it_has_stopped() -> None:
    going = service("db", 0, tasks=[task("db", 1, "node-1", is_wanted=False)], cores=4)
    assert verdict(service(cores=1), node(cores=4), beside=[going]) != FITS


def test_a_swarm_task_that_has_ended_takes_no_room() -> None:
    ended = service("db", 1, tasks=[task("db", 1, "node-1", state=TaskState.FAILED)], cores=4)
    assert verdict(service(cores=4), node(cores=4), beside=[ended]) == FITS


def test_a_swarm_task_of_an_older_spec_takes_what_that_reserved() -> None:
    older = task("db", 1, "node-1", reservations=Resources(cpu_cores=3.0))
    assert verdict(service(cores=2), node(cores=4), beside=[service("db", 1, tasks=[older], cores=1)]) != FITS


def test_a_node_whose_memory_is_overdrawn_takes_nothing_that_reserves() -> None:
    there = service("db", on=["node-1"], memory_bytes=9 * GIB)
    assert verdict(service(cores=1), node(memory_bytes=8 * GIB), beside=[there]) != FITS


@pytest.mark.parametrize(
    ("wanted", "there", "taken", "fits"),
    [
        pytest.param(2, [GPU_1, GPU_2], [], True, id="as many names as are asked for"),
        pytest.param(3, [GPU_1, GPU_2], [], False, id="more than there are names"),
        pytest.param(2, [GPU_1, GPU_2], [GPU_1], False, id="one of the names is taken"),
        pytest.param(3, [GenericResource(kind="gpu", amount=3)], [], True, id="as many as are counted"),
        pytest.param(4, [GenericResource(kind="gpu", amount=3)], [], False, id="more than are counted"),
        pytest.param(1, [GenericResource(kind="fpga", amount=3)], [], False, id="none of that kind"),
        pytest.param(1, [], [], False, id="none at all"),
    ],
)
def test_generic_resources_have_to_be_left(
    wanted: int, there: list[GenericResource], taken: list[GenericResource], fits: bool
) -> None:
    asks = Requirements(generic=(GenericResource(kind="gpu", amount=wanted),))
    beside = service("db", 1, tasks=[task("db", 1, "node-1", generic=taken)])
    says = verdict(service(requires=asks), node(generic=there), beside=[beside])
    assert says == (FITS if fits else no_suitable_node("insufficient resources on 1 node"))


@pytest.mark.parametrize(
    ("wanted", "there", "fits"),
    [
        pytest.param(OVERLAY, [OVERLAY], True, id="a driver that is there"),
        pytest.param(REXRAY, [OVERLAY], False, id="a driver that is not"),
        pytest.param(REXRAY, [Plugin(kind=PluginKind.VOLUME, name="rexray/ebs:latest")], True, id="by its default tag"),
        pytest.param(REXRAY, [Plugin(kind=PluginKind.VOLUME, name="rexray/ebs:2")], False, id="another tag"),
        pytest.param(REXRAY, [Plugin(kind=PluginKind.LOG, name="rexray/ebs")], False, id="another kind"),
        pytest.param(FLUENTD, [JSON_FILE], False, id="a log driver that is not there"),
        pytest.param(FLUENTD, [OVERLAY], True, id="an engine that names no log driver is believed to have it"),
        pytest.param(REXRAY, None, True, id="an engine that tells nothing passes"),
    ],
)
def test_the_engine_must_have_the_drivers(wanted: Plugin, there: list[Plugin] | None, fits: bool) -> None:
    says = verdict(service(requires=Requirements(plugins=(wanted,))), node(plugins=there))
    assert says == (FITS if fits else no_suitable_node("missing plugin on 1 node"))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        pytest.param("node.labels.disk==ssd", True, id="a label that is so"),
        pytest.param("node.labels.disk==SSD", True, id="values without regard to case"),
        pytest.param("node.labels.Disk==ssd", False, id="names of labels with it"),
        pytest.param("NODE.LABELS.disk==ssd", True, id="keys without it"),
        pytest.param("node.labels.disk!=ssd", False, id="a label that should differ"),
        pytest.param("node.labels.zone==a", False, id="a label that is not there"),
        pytest.param("node.labels.zone!=a", True, id="a label that is not there differs"),
        pytest.param("engine.labels.rack==r7", True, id="a label of the engine"),
        pytest.param("engine.labels.disk==ssd", False, id="the engine has labels of its own"),
        pytest.param("node.id==node-1-id", True, id="by id"),
        pytest.param("node.hostname==node-1", True, id="by host name"),
        pytest.param("node.hostname!=node-1", False, id="by another host name"),
        pytest.param("node.role==worker", True, id="by role"),
        pytest.param("node.role==Manager", False, id="by the other role"),
        pytest.param("node.platform.os==linux", True, id="by system"),
        pytest.param("node.platform.arch==x86_64", True, id="by architecture, as the node spells it"),
        pytest.param("node.platform.arch==amd64", False, id="and in no other spelling"),
        pytest.param("node.ip==10.0.0.7", True, id="by address"),
        pytest.param("node.ip!=10.0.0.7", False, id="by another address"),
        pytest.param("node.ip==10.0.0.0/24", True, id="in a network"),
        pytest.param("node.ip!=10.1.0.0/24", True, id="outside a network"),
        pytest.param("node.ip!=fd00::/8", True, id="in a network of the other family"),
        pytest.param("node.ip==somewhere", False, id="no address"),
        pytest.param("node.ip!=somewhere", False, id="no address, and so not different from it either"),
        pytest.param("node.labels.==", False, id="a label without a name"),
        pytest.param("node.colour==green", False, id="a key that is not known"),
        pytest.param("node.colour!=green", False, id="a key that is not known never differs"),
        pytest.param("node.labels.disk~=ssd", False, id="an operator that is not known"),
    ],
)
def test_constraints_have_to_hold(text: str, fits: bool) -> None:
    there = node(labels={"disk": "ssd"}, engine_labels={"rack": "r7"}, address="10.0.0.7")
    says = verdict(service(constraints=[text]), there)
    assert says == (FITS if fits else no_suitable_node("scheduling constraints not satisfied on 1 node"))


def test_all_constraints_have_to_hold_at_once() -> None:
    there = [node("node-1", labels={"disk": "ssd"}), node("node-2", labels={"zone": "a"})]
    assert verdict(service(constraints=["node.labels.disk==ssd", "node.labels.zone==a"]), *there) == no_suitable_node(
        "scheduling constraints not satisfied on 2 nodes"
    )


def test_a_manager_is_a_manager_to_constraints() -> None:
    assert verdict(service(constraints=["node.role==manager"]), manager()) == FITS


def test_a_constraint_that_nobody_understands_is_named() -> None:
    wanted = service(constraints=["node.labels.disk ~ ssd"])
    placement = place([Want(service=wanted, replicas=1)], cluster([node()], wanted))
    assert placement.pending[0].not_understood == ("node.labels.disk ~ ssd",)


@pytest.mark.parametrize(
    ("platforms", "fits"),
    [
        pytest.param([Platform(os="linux", architecture="amd64")], True, id="another spelling of the same"),
        pytest.param([Platform(os="linux", architecture="arm64")], False, id="another architecture"),
        pytest.param([Platform(os="windows", architecture="amd64")], False, id="another system"),
        pytest.param([Platform(os="linux")], True, id="any architecture"),
        pytest.param([Platform()], True, id="anything"),
        pytest.param(
            [Platform(os="linux", architecture="arm64"), Platform(os="linux", architecture="x86_64")],
            True,
            id="one of several",
        ),
        pytest.param([], True, id="nothing said"),
    ],
)
def test_the_image_has_to_be_made_for_the_machine(platforms: list[Platform], fits: bool) -> None:
    says = verdict(service(requires=Requirements(platforms=tuple(platforms))), node())
    assert says == (FITS if fits else no_suitable_node("unsupported platform on 1 node"))


@pytest.mark.parametrize(
    ("port", "fits"),
    [
        pytest.param(HostPort(port=80), False, id="the same port"),
        pytest.param(HostPort(port=80, protocol="udp"), True, id="another protocol"),
        pytest.param(HostPort(port=81), True, id="another port"),
    ],
)
def test_a_port_of_the_node_serves_one_at_a_time(port: HostPort, fits: bool) -> None:
    there = service("db", on=["node-1"], requires=Requirements(host_ports=(HostPort(port=80),)))
    says = verdict(service(requires=Requirements(host_ports=(port,))), node(), beside=[there])
    assert says == (FITS if fits else no_suitable_node("host-mode port already in use on 1 node"))


def test_two_replicas_with_a_port_of_the_node_need_two_nodes() -> None:
    wanted = service(requires=Requirements(host_ports=(HostPort(port=80),)))
    assert verdict(wanted, node(), replicas=2) == no_suitable_node("host-mode port already in use on 1 node")
    assert verdict(wanted, node(), node("node-2"), replicas=2) == FITS


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [
        pytest.param(3, FITS, id="up to the limit on each"),
        pytest.param(4, "no suitable node (max replicas per node limit exceed)", id="and no further"),
    ],
)
def test_no_more_replicas_on_a_node_than_allowed(replicas: int, expected: str) -> None:
    wanted = service(on=["node-1"], requires=Requirements(max_replicas_per_node=2))
    assert verdict(wanted, node(), node("node-2"), replicas=replicas) == expected


def test_volumes_that_swarm_manages_are_never_promised() -> None:
    mounts = (Mount(kind=MountKind.CLUSTER, source="disk"),)
    assert verdict(service(requires=Requirements(mounts=mounts)), node()) == no_suitable_node(
        "cannot fulfill requested CSI volume mounts on 1 node"
    )


def test_what_most_nodes_fail_at_comes_first() -> None:
    nodes = [
        node("node-1", cores=1),
        node("node-2", cores=1),
        node("node-3", labels={"disk": "hdd"}),
        node("node-4", availability=Availability.DRAIN),
    ]
    assert verdict(service(cores=2, constraints=["node.labels.disk==ssd"]), *nodes) == no_suitable_node(
        "insufficient resources on 2 nodes; 1 node not available for new tasks; "
        "scheduling constraints not satisfied on 1 node"
    )


def test_a_swarm_task_of_a_global_service_is_settled_before_all_others() -> None:
    coming = task("agent", 1, "node-1", state=TaskState.PENDING)
    agent = service("agent", tasks=[coming], mode=ServiceMode.GLOBAL, cores=3)
    assert verdict(service(cores=2), node(cores=4), beside=[agent]) != FITS


def test_one_of_a_global_service_that_does_not_fit_takes_no_room() -> None:
    coming = task("agent", 1, "node-1", state=TaskState.PENDING)
    agent = service("agent", tasks=[coming], mode=ServiceMode.GLOBAL, cores=5)
    assert verdict(service(cores=4), node(cores=4), beside=[agent]) == FITS


def test_swarm_tasks_of_one_node_say_nothing_of_another() -> None:
    there = service("db", tasks=running_on("db", "node-1", "node-1"), cores=2)
    assert verdict(service(cores=4), node("node-1"), node("node-2"), beside=[there]) == FITS

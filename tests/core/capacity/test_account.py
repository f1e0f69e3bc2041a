"""What is set aside on nodes, what is free, and what the next machine of a pool will be like."""

from dataclasses import replace

import pytest

from skep.core.capacity.account import accounts, headroom
from skep.core.capacity.needs import need
from skep.core.capacity.template import copies, template
from skep.core.cluster import Availability, Node, Resources, ServiceMode, TaskState
from skep.core.requirements import UNKNOWN_PLATFORM, GenericResource, Platform, Plugin, PluginKind
from tests.core.capacity.builders import GIB, LINUX, cluster, manager, node, service, task

OVERLAY = Plugin(kind=PluginKind.NETWORK, name="overlay")
LOCAL = Plugin(kind=PluginKind.VOLUME, name="local")


@pytest.mark.parametrize(
    ("reserved", "measured", "expected"),
    [
        pytest.param(0.5, 0.2, 0.5, id="more was reserved than is used"),
        pytest.param(0.5, 0.9, 0.9, id="more is used than was reserved"),
        pytest.param(None, 0.9, 0.9, id="nothing was reserved"),
        pytest.param(0.5, None, 0.5, id="the use is not known"),
        pytest.param(None, None, None, id="neither is known"),
        pytest.param(None, 0.0, 0.0, id="a use of nothing is known"),
    ],
)
def test_a_swarm_task_needs_the_larger_of_reservation_and_use(
    reserved: float | None, measured: float | None, expected: float | None
) -> None:
    assert need(service(cores=reserved), {"web-id": Resources(cpu_cores=measured)}).cpu_cores == expected


def test_a_node_is_accounted_for() -> None:
    web = service(on=["node-1", "node-1"], cores=0.5, memory_bytes=GIB)
    agent = service("agent", on=["node-1"], mode=ServiceMode.GLOBAL, memory_bytes=GIB)
    job = service("job", tasks=[task("job", 1, "node-1", state=TaskState.COMPLETE)], mode=ServiceMode.REPLICATED_JOB)
    (account,) = accounts(cluster([node()], web, agent, job), {"agent-id": Resources(cpu_cores=0.25)})
    assert account.reserved == Resources(cpu_cores=1.0, memory_bytes=2 * GIB)
    assert account.reserved_everywhere == Resources(cpu_cores=0.0, memory_bytes=GIB)
    assert account.needed == Resources(cpu_cores=1.25, memory_bytes=3 * GIB)
    assert account.free == Resources(cpu_cores=3.0, memory_bytes=5 * GIB)
    assert (account.tasks, account.movable) == (3, 2)


def test_what_one_swarm_task_needs_and_nobody_knows_is_not_zero() -> None:
    (account,) = accounts(cluster([node()], service(on=["node-1"], cores=1)))
    assert account.needed == Resources(cpu_cores=1.0, memory_bytes=None)


def test_nodes_that_take_nothing_new_are_no_headroom() -> None:
    nodes = [node("node-1"), node("node-2", availability=Availability.DRAIN), node("node-3", is_ready=False)]
    assert headroom(accounts(cluster(nodes, service(on=["node-1"], cores=1)))) == Resources(
        cpu_cores=3.0, memory_bytes=8 * GIB
    )


def test_a_node_that_promised_too_much_takes_nothing_from_the_others() -> None:
    crowd = service(on=["node-1"] * 9, cores=1)
    assert headroom(accounts(cluster([node("node-1"), node("node-2")], crowd))).cpu_cores == 4.0


def test_a_template_is_the_least_that_all_nodes_have() -> None:
    one = node(
        "node-1",
        cores=4,
        memory_bytes=4 * GIB,
        labels={"disk": "ssd", "zone": "a"},
        engine_labels={"rack": "r1"},
        plugins=[OVERLAY, LOCAL],
        generic=[GenericResource(kind="gpu", name="A"), GenericResource(kind="gpu", name="B")],
    )
    other = node(
        "node-2",
        cores=2,
        memory_bytes=8 * GIB,
        labels={"disk": "ssd", "zone": "b"},
        engine_labels={"rack": "r1"},
        plugins=[OVERLAY],
        generic=[GenericResource(kind="gpu", name="C")],
        availability=Availability.DRAIN,
    )
    made = template([one, other], labels=[("skep.pool", "a")])
    assert made is not None
    assert made.capacity == Resources(cpu_cores=2, memory_bytes=4 * GIB)
    assert (made.labels, made.engine_labels) == ((("skep.pool", "a"),), (("rack", "r1"),))
    assert (made.plugins, made.generic) == ((OVERLAY,), (GenericResource(kind="gpu", amount=1),))
    assert (made.platform, made.takes_tasks, made.id, made.hostname, made.address) == (LINUX, True, "", "", "")


def test_a_template_has_no_platform_where_nodes_differ() -> None:
    made = template([node("a"), node("b", platform=Platform(os="linux", architecture="aarch64"))])
    assert made is not None
    assert made.platform == UNKNOWN_PLATFORM


def test_a_template_has_none_of_a_kind_that_one_node_lacks() -> None:
    made = template([node("a", generic=[GenericResource(kind="gpu", amount=2)]), node("b")])
    assert made is not None
    assert made.generic == ()


def test_a_template_of_managers_is_a_worker() -> None:
    made = template([manager()])
    assert made is not None
    assert (made.is_manager, made.manager) == (False, None)


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param([], id="no nodes"),
        pytest.param([replace(node(), capacity=Resources())], id="none that tells its capacity"),
    ],
)
def test_without_a_node_that_tells_nobody_knows(nodes: list[Node]) -> None:
    assert template(nodes) is None


def test_copies_have_names_of_their_own() -> None:
    assert [each.id for each in copies(node("", cores=1), 2, name="workers")] == ["workers+1", "workers+2"]

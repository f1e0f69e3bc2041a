"""Machines of a provider: how much room a pool has, and which node a machine has become."""

import pytest

from skep.core.cluster import Availability, Node, Resources
from skep.core.machines import Machine, MachineState, PoolMachines, node_of


def node(name: str, address: str = "", *, is_ready: bool = True, node_id: str = "") -> Node:
    return Node(
        id=node_id or f"{name}-id",
        hostname=name,
        is_manager=False,
        is_ready=is_ready,
        availability=Availability.ACTIVE,
        address=address,
        capacity=Resources(),
    )


def machine(*addresses: str, hostname: str = "", node_id: str | None = None) -> Machine:
    return Machine(id="m1", state=MachineState.RUNNING, hostname=hostname, addresses=addresses, node_id=node_id)


@pytest.mark.parametrize(
    ("pool", "room", "spare"),
    [
        pytest.param(PoolMachines(target=3, minimum=1, maximum=5), 2, 2, id="between its limits"),
        pytest.param(PoolMachines(target=5, minimum=5, maximum=5), 0, 0, id="at both limits"),
        pytest.param(PoolMachines(target=7, minimum=8, maximum=5), 0, 0, id="beyond what somebody set since"),
        pytest.param(PoolMachines(target=2), None, 2, id="without a known maximum"),
    ],
)
def test_a_pool_knows_how_far_it_may_go(pool: PoolMachines, room: int | None, spare: int) -> None:
    assert (pool.room, pool.spare) == (room, spare)


OLD = node("web-1", "10.0.0.5", is_ready=False, node_id="old")
NEW = node("web-1", "10.0.0.5", node_id="new")
OTHER = node("web-2", "10.0.0.6")


@pytest.mark.parametrize(
    ("known", "nodes", "meant"),
    [
        pytest.param(machine(node_id="old"), [NEW, OLD, OTHER], OLD, id="by the id of its node"),
        pytest.param(machine("10.0.0.5", node_id="gone"), [NEW], None, id="an id that is not there any more"),
        pytest.param(machine("203.0.113.9", "10.0.0.6"), [NEW, OTHER], OTHER, id="by any of its addresses"),
        pytest.param(machine("10.0.0.5"), [OLD, NEW], NEW, id="an address that was given again: the ready one"),
        pytest.param(machine("10.0.0.5"), [OLD, OTHER], OLD, id="its node, which is down"),
        pytest.param(machine("10.0.0.9", hostname="web-2"), [OTHER], None, id="a name does not outweigh an address"),
        pytest.param(machine(hostname="web-2"), [NEW, OTHER], OTHER, id="by name, where no address is known"),
        pytest.param(machine(hostname="web-1"), [OLD, NEW], NEW, id="a name that was given again"),
        pytest.param(
            machine(hostname="web-1"), [NEW, node("web-1", node_id="twin")], None, id="a name that two nodes share"
        ),
        pytest.param(machine(), [node("", "")], None, id="nothing known matches nothing"),
        pytest.param(machine("10.0.0.5"), [], None, id="no nodes"),
    ],
)
def test_a_machine_is_told_apart_by_the_surest_sign(known: Machine, nodes: list[Node], meant: Node | None) -> None:
    assert node_of(known, nodes) is meant

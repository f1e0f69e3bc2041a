"""What a pool carries, in machines of its own: the same number however many nodes there are."""

import pytest

from skep.core.capacity.pool import Pool
from skep.core.capacity.pool_load import pool_loads
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster, Node, Resources, Service, ServiceMode
from tests.core.capacity.builders import GIB, cluster, node, service

#: Of four cores and 8 GiB.
NODES = (node("node-1"), node("node-2"))
HALF_BY_CPU = Resources(cpu_cores=2.0, memory_bytes=GIB)
HALF_BY_MEMORY = Resources(cpu_cores=0.5, memory_bytes=4 * GIB)


def pool(*nodes: Node, name: str = "workers", template: Node | None = NODES[0]) -> Pool:
    return Pool(name=name, members=tuple(each.id for each in nodes), template=template)


def web(*hostnames: str, needs: Resources = HALF_BY_CPU) -> Service:
    return service("web", on=hostnames, cores=needs.cpu_cores, memory_bytes=needs.memory_bytes)


def load(there: Cluster, *wants: Want, pools: tuple[Pool, ...] = (pool(*NODES),)) -> float:
    return pool_loads(there, wants, pools, {})["workers"]


@pytest.mark.parametrize(
    ("needs", "machines"),
    [
        pytest.param(HALF_BY_CPU, 1.5, id="the processors are what is short"),
        pytest.param(HALF_BY_MEMORY, 1.5, id="the memory is what is short"),
        pytest.param(Resources(), 0.0, id="nothing is known of what they need"),
    ],
)
def test_what_runs_counts_by_the_resource_of_which_there_is_least(needs: Resources, machines: float) -> None:
    assert load(cluster(NODES, web("node-1", "node-1", "node-2", needs=needs))) == pytest.approx(machines)


def test_what_waits_counts_as_what_runs() -> None:
    assert load(cluster(NODES, web("node-1")), Want(service=web(), replicas=3)) == pytest.approx(2.0)


def test_the_number_of_nodes_makes_no_difference() -> None:
    more = (*NODES, node("node-3"), node("node-4"))
    one, other = cluster(NODES, web("node-1", "node-2")), cluster(more, web("node-1", "node-2"))
    assert load(one) == load(other, pools=(pool(*more),))


def test_what_runs_elsewhere_is_of_no_concern() -> None:
    assert load(cluster((*NODES, node("other")), web("node-1", "other"))) == pytest.approx(0.5)


def test_the_share_of_global_services_is_taken_off_the_machine() -> None:
    agent = service("agent", cores=2.0, mode=ServiceMode.GLOBAL)
    assert load(cluster(NODES, web("node-1"), agent)) == pytest.approx(1.0)


def test_what_waits_counts_for_the_first_pool_whose_machines_would_do() -> None:
    small = node("small-1", cores=1.0)
    pools = (pool(small, name="small", template=small), pool(*NODES))
    there = cluster((*NODES, small))
    assert pool_loads(there, [Want(service=web(), replicas=1)], pools, {}) == {"small": 0.0, "workers": 0.5}


def test_a_pool_of_whose_machines_nobody_knows_anything_is_left_out() -> None:
    assert pool_loads(cluster(NODES), (), (pool(template=None),), {}) == {}

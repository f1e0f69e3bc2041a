"""What nodes use is what was measured on them; what nobody knows is not zero."""

import math

import pytest

from skep.core.capacity.node_use import measured_use, node_use, pool_use
from skep.core.cluster import Resources
from skep.core.metrics.series import Answers, Gap, GapReason, Series
from skep.core.policy import Signal
from tests.builders import NOW, flat
from tests.core.capacity.builders import GIB, node, service

ONE, TWO = node("node-1"), node("node-2")


def answers(**series: dict[str, Series]) -> Answers:
    built_in = {
        signal: {name: (one,) for name, one in series.get(signal.name.lower(), {}).items()} for signal in Signal
    }
    return Answers(as_of=NOW, built_in=built_in, own={})


def test_a_share_measured_becomes_cores_and_bytes_of_that_node() -> None:
    said = answers(node_cpu={"node-1": flat("node-1", 0.25)}, node_memory={"node-1": flat("node-1", 0.5)})
    used = node_use([ONE, TWO], said)
    assert used[ONE.id] == Resources(cpu_cores=1.0, memory_bytes=4 * GIB)
    assert used[TWO.id] == Resources()


@pytest.mark.parametrize(
    "series",
    [
        pytest.param(flat("node-1", 0.25, age_s=120.0), id="too old"),
        pytest.param(flat("node-1", math.nan), id="no number"),
        pytest.param(flat("node-1", -0.5), id="below zero"),
        pytest.param(flat("node-1", 0.25, age_s=-600.0), id="ahead of the store's clock"),
    ],
)
def test_what_cannot_be_trusted_is_not_known(series: Series) -> None:
    assert node_use([ONE], answers(node_cpu={"node-1": series}))[ONE.id].cpu_cores is None


def test_a_store_out_of_reach_knows_nothing() -> None:
    gap = Gap(reason=GapReason.UNREACHABLE, detail="connection refused")
    said = Answers(as_of=NOW, built_in=dict.fromkeys(Signal, gap), own={})
    assert node_use([ONE], said) == {ONE.id: Resources()}
    assert measured_use([service(on=["node-1"])], said) == {}


def test_nobody_knows_whose_points_are_those_of_a_host_name_that_two_nodes_have() -> None:
    twin = node("node-1", address="10.0.0.9")
    assert node_use([ONE, twin], answers(node_cpu={"node-1": flat("node-1", 0.25)})) == {}


def test_the_use_of_a_pool_is_the_mean_of_its_ready_nodes() -> None:
    used = {ONE.id: Resources(cpu_cores=1.0, memory_bytes=GIB), TWO.id: Resources(cpu_cores=3.0, memory_bytes=GIB)}
    away = node("node-3", is_ready=False)
    use = pool_use([ONE, TWO, away], used)
    assert (use.nodes, use.cpu_ratio, use.memory_ratio) == (2, 0.5, 0.125)


def test_the_use_of_a_pool_is_not_known_while_that_of_one_node_is_not() -> None:
    use = pool_use([ONE, TWO], {ONE.id: Resources(cpu_cores=1.0, memory_bytes=GIB)})
    assert (use.nodes, use.cpu_ratio, use.memory_ratio) == (2, None, None)


def test_a_replica_needs_what_replicas_use_at_most_times() -> None:
    web = service(on=["node-1"])
    values = (*[0.1] * 19, 5.0)
    instants = tuple(NOW.timestamp() - 5.0 * back for back in reversed(range(20)))
    series = Series(source=web.tasks[0].id, at_epoch_s=instants, values=values)
    assert measured_use([web], answers(cpu={"web": series})) == {web.id: Resources(cpu_cores=0.1)}


def test_replicas_that_are_gone_say_nothing_about_those_that_run() -> None:
    web = service(on=["node-1"])
    assert measured_use([web], answers(cpu={"web": flat("another-task", 3.0)})) == {}

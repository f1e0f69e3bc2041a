"""Which nodes a pool could do without."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.capacity.idle import (
    Idle,
    IdlePolicy,
    NodeUse,
    PoolCount,
    Retained,
    idle_again,
    idle_since,
    removable_now,
    retained,
    share_in_use,
)
from skep.core.cluster import Resources
from tests.builders import NOW, ago

GIB = 1 << 30
FOUR_CORES = Resources(cpu_cores=4.0, memory_bytes=8 * GIB)
TEN_MINUTES = timedelta(minutes=10)
BY_DEFAULT = IdlePolicy()


def node(
    cores: float = 0.0,
    gib: float = 0.0,
    *,
    everywhere_cores: float = 0.0,
    capacity: Resources = FOUR_CORES,
    is_ready: bool = True,
    is_leaving: bool = False,
    is_protected: bool = False,
) -> NodeUse:
    """A node of four cores and 8 GiB, of which so much is set aside."""
    return NodeUse(
        node_id="n",
        capacity=capacity,
        reserved=Resources(cpu_cores=cores, memory_bytes=int(gib * GIB)),
        reserved_everywhere=Resources(cpu_cores=everywhere_cores),
        is_ready=is_ready,
        is_leaving=is_leaving,
        is_protected=is_protected,
    )


@pytest.mark.parametrize(
    ("of", "policy", "why"),
    [
        pytest.param(node(), BY_DEFAULT, None, id="an empty node"),
        pytest.param(node(2.0, 4.0), BY_DEFAULT, None, id="half in use, which is still hardly"),
        pytest.param(node(2.1), BY_DEFAULT, Retained.USED, id="more of its processor"),
        pytest.param(node(0.0, 4.1), BY_DEFAULT, Retained.USED, id="more of its memory"),
        pytest.param(node(1.0, everywhere_cores=1.5), BY_DEFAULT, Retained.USED, id="with global services"),
        pytest.param(node(1.0, everywhere_cores=1.5), IdlePolicy(ignores_global=True), None, id="and without"),
        pytest.param(node(is_ready=False), BY_DEFAULT, None, id="not ready"),
        pytest.param(node(is_ready=False), IdlePolicy(takes_unready=False), Retained.UNREADY, id="not ready, and kept"),
        pytest.param(node(capacity=Resources()), BY_DEFAULT, Retained.UNKNOWN, id="of unknown capacity"),
        pytest.param(node(is_protected=True), BY_DEFAULT, Retained.PROTECTED, id="protected"),
        pytest.param(node(is_leaving=True, is_protected=True), BY_DEFAULT, Retained.LEAVING, id="already leaving"),
    ],
)
def test_a_node_is_a_candidate_or_kept_for_a_reason(of: NodeUse, policy: IdlePolicy, why: Retained | None) -> None:
    assert retained(of, policy) is why


@pytest.mark.parametrize(
    ("cores", "share"),
    [pytest.param(0.0, 0.0, id="nothing else on it"), pytest.param(0.5, 1.0, id="something else on it")],
)
def test_a_node_full_of_global_services_has_no_room_to_take_a_share_of(cores: float, share: float) -> None:
    assert share_in_use(node(cores, everywhere_cores=4.0), ignores_global=True) == share


def test_a_node_keeps_its_start_for_as_long_as_it_is_idle_in_every_look() -> None:
    first = idle_since({}, ["a", "b"], now=ago(60))
    assert idle_since(first, ["b", "c"], now=NOW) == {"b": ago(60), "c": NOW}


def test_marks_give_the_start_back_unless_they_are_old_or_unreadable() -> None:
    marks = {"fresh": ago(120), "at the limit": ago(300), "old": ago(301), "unreadable": None}
    assert idle_again(marks, now=NOW, lasts=timedelta(seconds=300)) == {"fresh": ago(120), "at the limit": ago(300)}


def idle(node_id: str, since: datetime, *, is_empty: bool = False) -> Idle:
    return Idle(node_id=node_id, since=since, is_empty=is_empty)


def test_empty_nodes_go_first_and_then_those_idle_for_longest() -> None:
    nodes = [idle("young", ago(700)), idle("old", ago(900)), idle("empty", ago(600), is_empty=True)]
    going = removable_now(nodes, PoolCount(nodes=9, min_nodes=1), now=NOW, after=TEN_MINUTES)
    assert [node.node_id for node in going] == ["empty", "old", "young"]


def test_a_node_has_to_be_idle_for_long_enough() -> None:
    nodes = [idle("ripe", ago(600)), idle("not yet", ago(599))]
    going = removable_now(nodes, PoolCount(nodes=9, min_nodes=1), now=NOW, after=TEN_MINUTES)
    assert [node.node_id for node in going] == ["ripe"]


@given(
    nodes=st.integers(0, 20), min_nodes=st.integers(0, 20), leaving=st.integers(0, 20), candidates=st.integers(0, 20)
)
def test_a_pool_never_falls_below_its_minimum(nodes: int, min_nodes: int, leaving: int, candidates: int) -> None:
    idle_nodes = [idle(f"n{number}", ago(3600)) for number in range(candidates)]
    pool = PoolCount(nodes=nodes, min_nodes=min_nodes, leaving=leaving)
    going = removable_now(idle_nodes, pool, now=NOW, after=TEN_MINUTES)
    assert not going or nodes - leaving - len(going) >= min_nodes

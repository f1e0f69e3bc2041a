"""Services are dealt out: each to one, stacks whole, about as much to each."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.cluster import Cluster, Service
from skep.core.shares import deal
from tests.builders import service, swarm_task
from tests.core.capacity.builders import node


def named(number: int, stack: str | None = None, *, tasks: int = 1) -> Service:
    return replace(
        service(),
        id=f"id-{number}",
        name=f"service-{number}",
        stack=stack,
        tasks=tuple(swarm_task(slot) for slot in range(tasks)),
    )


def cluster_of(*services: Service) -> Cluster:
    return Cluster(services=services, nodes=(node("worker"),))


stacks = st.none() | st.sampled_from(["shop", "blog", "service-1"])


@given(st.lists(st.tuples(stacks, st.integers(0, 5)), max_size=30), st.integers(1, 6))
def test_each_service_is_in_exactly_one_share_in_its_order(members: list[tuple[str | None, int]], shares: int) -> None:
    services = [named(number, stack, tasks=tasks) for number, (stack, tasks) in enumerate(members)]
    dealt = deal(cluster_of(*services), shares)
    assert len(dealt) == shares
    assert sorted(s.id for part in dealt for s in part.services) == sorted(s.id for s in services)
    for part in dealt:
        assert [s for s in services if s in part.services] == list(part.services)


@given(st.lists(st.tuples(stacks, st.integers(0, 5)), max_size=30), st.integers(1, 6))
def test_the_services_of_a_stack_stay_together(members: list[tuple[str | None, int]], shares: int) -> None:
    services = [named(number, stack, tasks=tasks) for number, (stack, tasks) in enumerate(members)]
    dealt = deal(cluster_of(*services), shares)
    for stack in {s.stack for s in services} - {None}:
        assert sum(any(s.stack == stack for s in part.services) for part in dealt) == 1


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 6))
def test_no_share_has_more_than_another_by_more_than_the_largest_service(sizes: list[int], shares: int) -> None:
    dealt = deal(cluster_of(*(named(number, tasks=tasks) for number, tasks in enumerate(sizes))), shares)
    work = [sum(1 + len(s.tasks) for s in part.services) for part in dealt]
    assert max(work) - min(work) <= 1 + max(sizes, default=0)


@pytest.mark.parametrize("shares", [1, 3])
def test_nodes_are_in_the_first_share_only(shares: int) -> None:
    dealt = deal(cluster_of(named(1), named(2)), shares)
    assert [len(part.nodes) for part in dealt] == [1, *[0] * (shares - 1)]


def test_each_turn_somebody_else_has_a_part() -> None:
    whole = cluster_of(named(1), named(2, tasks=3), named(3, tasks=5))
    turns = [[[s.name for s in part.services] for part in deal(whole, 3, turn=turn)] for turn in range(3)]
    assert [part[0] for part in turns[0]] == ["service-3", "service-2", "service-1"]
    assert [turn[0] for turn in turns] == [["service-3"], ["service-1"], ["service-2"]]


def test_one_share_is_the_whole() -> None:
    whole = cluster_of(named(2), named(1, "shop"), named(3, "shop"))
    assert deal(whole, 1, turn=7) == (whole,)


def test_a_service_does_not_stay_with_a_stack_of_its_name() -> None:
    first, second = deal(cluster_of(named(1), named(2, "service-1")), 2)
    assert (len(first.services), len(second.services)) == (1, 1)

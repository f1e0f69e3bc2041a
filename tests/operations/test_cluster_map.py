"""The map of the cluster: which swarm task lies on which node."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.cluster import Availability, Cluster, Node, Resources, Service, TaskState
from skep.operations.cluster_map import Box, ClusterMap, cluster_map, lay_out
from tests.builders import service, swarm_task
from tests.operations.fleet_play import FleetPlay

MANY = 41


def node(number: int) -> Node:
    return Node(
        id=f"n{number}",
        hostname=f"node-{number:04d}",
        is_manager=False,
        is_ready=True,
        availability=Availability.ACTIVE,
        address="",
        capacity=Resources(),
        labels=(("skep.pool", "workers"),),
    )


def lying(name: str, nodes: Sequence[int | None], *, state: TaskState = TaskState.RUNNING) -> Service:
    """A service with a swarm task on each of these nodes."""
    tasks = tuple(
        replace(swarm_task(slot, state=state), slot=slot, node_id=None if number is None else f"n{number}")
        for slot, number in enumerate(nodes, start=1)
    )
    return replace(service(name=name), id=f"{name}-id", tasks=tasks)


def laid_out(*services: Service, nodes: int = 2, first: int = 0, count: int = 24) -> ClusterMap:
    cluster = Cluster(services=services, nodes=tuple(node(number) for number in reversed(range(nodes))))
    return lay_out(cluster, first=first, count=count)


def test_boxes_lie_on_their_nodes_by_service_and_number() -> None:
    seen = laid_out(lying("web", [0, 1, 0]), lying("api", [0]))
    assert [column.hostname for column in seen.columns] == ["node-0000", "node-0001"]
    assert [(box.service, box.slot) for box in seen.columns[0].boxes] == [("api", 1), ("web", 1), ("web", 3)]
    assert (seen.columns[0].pool, seen.columns[0].swarm_tasks, seen.outlines) == ("workers", 3, ())


def test_what_has_no_node_stands_apart_with_the_engines_words() -> None:
    waiting = lying("web", [None], state=TaskState.PENDING)
    waiting = replace(waiting, tasks=(replace(waiting.tasks[0], error="no suitable node"),))
    (box,) = laid_out(waiting).unplaced.boxes
    assert box == Box(service="web", slot=1, state="pending", error="no suitable node")


def test_what_is_being_shut_down_is_not_on_the_map() -> None:
    ending = lying("web", [0])
    ending = replace(ending, tasks=(replace(ending.tasks[0], is_wanted=False),))
    assert laid_out(ending).columns[0].boxes == ()


def test_on_a_full_node_those_of_a_service_in_a_state_are_one_box_and_what_waits_comes_first() -> None:
    seen = laid_out(lying("api", [0] * MANY), lying("web", [0, 0], state=TaskState.STARTING))
    assert seen.columns[0].boxes == (
        Box(service="web", slot=None, state="starting", count=2),
        Box(service="api", slot=None, state="running", count=MANY),
    )


def test_a_node_with_more_services_than_there_is_room_for_says_how_many_are_left_out() -> None:
    column = laid_out(*[lying(f"service-{number:03d}", [0, 0]) for number in range(MANY)]).columns[0]
    assert (len(column.boxes), column.more, column.swarm_tasks) == (MANY - 1, 2, 2 * MANY)


def test_a_large_swarm_is_told_in_part_and_as_a_whole_from_afar() -> None:
    seen = laid_out(lying("web", range(100), state=TaskState.STARTING), nodes=100, first=48, count=24)
    assert (seen.total, len(seen.columns), seen.columns[0].hostname) == (100, 24, "node-0048")
    assert len(seen.outlines) == 100
    assert {(each.swarm_tasks, each.waiting) for each in seen.outlines} == {(1, 1)}


@given(st.lists(st.lists(st.none() | st.integers(0, 4), max_size=60), max_size=6), st.integers(1, 5))
def test_no_swarm_task_is_lost_or_told_twice(places: list[list[int | None]], count: int) -> None:
    services = [lying(f"s{number}", some) for number, some in enumerate(places)]
    pages = [laid_out(*services, nodes=5, first=first, count=count) for first in range(0, 5, count)]
    told = sum(column.swarm_tasks for page in pages for column in page.columns) + pages[0].unplaced.swarm_tasks
    assert told == sum(map(len, places))


@pytest.mark.parametrize(("first", "count"), [pytest.param(0, 100, id="whole"), pytest.param(1, 1, id="a part")])
def test_a_swarm_in_motion_is_read_as_it_is(first: int, count: int) -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.tick()
    seen = cluster_map(play.world, first=first, count=count)
    names = [n.hostname for n in sorted(play.world.swarm.read_nodes(), key=lambda n: n.place_in_lists)]
    assert (seen.total, [column.hostname for column in seen.columns]) == (len(names), names[first : first + count])


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["node-1", "node-2", "node-10"], id="numbers by their size"),
        pytest.param(["a1b2", "a1b10", "a2b1"], id="several numbers"),
        pytest.param(["1", "1a", "10", "a", "a1"], id="numbers before words"),
        pytest.param(["n" + "9" * 5_000, "n1" + "0" * 5_000], id="very long numbers"),
    ],
)
def test_nodes_stand_in_the_order_in_which_people_count(names: list[str]) -> None:
    nodes = [replace(node(0), hostname=name) for name in reversed(names)]
    seen = lay_out(Cluster(services=(), nodes=tuple(nodes)), first=0, count=24)
    assert [column.hostname for column in seen.columns] == names

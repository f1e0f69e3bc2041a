"""Where Swarm would put swarm tasks: spread, preferred labels, and what holds for any Swarm."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.capacity.placement import Placement, place
from skep.core.capacity.room import Failures, Room
from skep.core.capacity.want import Want
from skep.core.cluster import Availability, Cluster, Node, Resources, Service
from skep.core.requirements import HostPort, LabelScope, Requirements, SpreadOver
from tests.core.capacity.builders import cluster, node, service
from tests.core.capacity.clusters import assert_that_all_requirements_hold, clusters, with_placed

BY_ZONE = SpreadOver(scope=LabelScope.NODE, label="zone")
BY_RACK = SpreadOver(scope=LabelScope.ENGINE, label="rack")


def spread(
    replicas: int,
    nodes: Sequence[Node],
    *,
    of: Service | None = None,
    beside: Sequence[Service] = (),
    failures: Failures | None = None,
) -> Mapping[str, int]:
    """How many more replicas each node gets, by its name."""
    wanted = of or service()
    placement = place(
        [Want(service=wanted, replicas=replicas)], cluster(nodes, *beside, wanted), failures=failures or {}
    )
    return {assigned.node_id.removesuffix("-id"): assigned.replicas for assigned in placement.assigned}


def of_names(*names: str) -> list[Node]:
    return [node(name) for name in names]


def in_zones(**zones: str | None) -> list[Node]:
    return [node(name, labels={} if zone is None else {"zone": zone}) for name, zone in zones.items()]


@pytest.mark.parametrize(
    ("on", "replicas", "expected"),
    [
        pytest.param([], 6, {"a": 2, "b": 2, "c": 2}, id="evenly onto empty nodes"),
        pytest.param([], 4, {"a": 2, "b": 1, "c": 1}, id="the odd one to the first by name"),
        pytest.param(["a", "a"], 1, {"b": 1}, id="one more to where the service has fewest"),
        pytest.param(
            ["a", "a", "b"], 4, {"c": 2, "b": 2}, id="first what is furthest behind, until the next is better"
        ),
        pytest.param(["a", "b", "c"], 2, {"a": 1, "b": 1}, id="from even to even"),
    ],
)
def test_replicas_of_a_service_are_spread_over_the_nodes(
    on: list[str], replicas: int, expected: dict[str, int]
) -> None:
    assert spread(replicas, of_names("a", "b", "c"), of=service(on=on)) == expected


def test_among_equals_the_node_with_fewest_swarm_tasks_of_all_services_is_first() -> None:
    assert spread(1, of_names("a", "b"), beside=[service("db", on=["a"])]) == {"b": 1}


def test_replicas_of_the_same_service_weigh_more_than_all_others() -> None:
    crowd = service("db", on=["b"] * 9)
    assert spread(1, of_names("a", "b"), of=service(on=["a"]), beside=[crowd]) == {"b": 1}


def test_what_has_no_room_on_the_best_node_goes_to_the_next() -> None:
    nodes = [node("a", cores=1), node("b", cores=4)]
    assert spread(4, nodes, of=service(cores=1)) == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        pytest.param({"a": 5}, {"b": 1}, id="a node where it failed five times comes last"),
        pytest.param({"a": 4}, {"a": 1}, id="four times is bad luck"),
        pytest.param({"a": 6, "b": 5}, {"b": 1}, id="of two bad ones the better"),
    ],
)
def test_nodes_where_it_keeps_failing_are_avoided(failed: dict[str, int], expected: dict[str, int]) -> None:
    failures = {("web-id", f"{name}-id"): count for name, count in failed.items()}
    assert spread(1, of_names("a", "b"), failures=failures) == expected


def test_failures_weigh_more_than_replicas() -> None:
    assert spread(1, of_names("a", "b"), of=service(on=["b"] * 3), failures={("web-id", "a-id"): 5}) == {"b": 1}


@pytest.mark.parametrize(
    ("zones", "replicas", "expected"),
    [
        pytest.param(
            {"a1": "a", "b1": "b", "b2": "b"}, 4, {"a1": 2, "b1": 1, "b2": 1}, id="as many under each value of a label"
        ),
        pytest.param(
            {"a1": "a", "x1": None, "x2": None}, 4, {"a1": 2, "x1": 1, "x2": 1}, id="without the label is one value"
        ),
        pytest.param({"a1": "a", "a2": "a"}, 3, {"a1": 2, "a2": 1}, id="one value only"),
    ],
)
def test_a_preference_spreads_over_the_values_of_a_label(
    zones: dict[str, str | None], replicas: int, expected: dict[str, int]
) -> None:
    wanted = service(requires=Requirements(spreads=(BY_ZONE,)))
    assert spread(replicas, in_zones(**zones), of=wanted) == expected


def test_what_a_value_has_already_counts() -> None:
    wanted = service(on=["a1", "a1", "a1"], requires=Requirements(spreads=(BY_ZONE,)))
    assert spread(3, in_zones(a1="a", b1="b"), of=wanted) == {"b1": 3}


def test_what_finds_no_room_under_one_value_goes_to_the_others() -> None:
    nodes = [node("a1", cores=1, labels={"zone": "a"}), node("b1", cores=8, labels={"zone": "b"})]
    wanted = service(cores=1, requires=Requirements(spreads=(BY_ZONE,)))
    assert spread(6, nodes, of=wanted) == {"a1": 1, "b1": 5}


def test_a_second_preference_spreads_within_each_value_of_the_first() -> None:
    def at(zone: str, rack: str, *numbers: int) -> list[Node]:
        return [
            node(f"{zone}-{rack}-{number}", labels={"zone": zone}, engine_labels={"rack": rack}) for number in numbers
        ]

    wanted = service(requires=Requirements(spreads=(BY_ZONE, BY_RACK)))
    nodes = [*at("a", "r1", 1, 2, 3), *at("a", "r2", 1), *at("b", "r1", 1)]
    assert spread(8, nodes, of=wanted) == {"a-r1-1": 1, "a-r1-2": 1, "a-r2-1": 2, "b-r1-1": 4}


def test_nodes_that_take_nothing_still_count_for_the_balance_of_a_preference() -> None:
    nodes = [*in_zones(a1="a", b1="b"), node("a2", labels={"zone": "a"}, availability=Availability.DRAIN)]
    wanted = service(on=["a2", "a2"], requires=Requirements(spreads=(BY_ZONE,)))
    assert spread(2, nodes, of=wanted) == {"b1": 2}


# --- what holds for any Swarm ---------------------------------------------------------------------------------------


@st.composite
def asked(draw: st.DrawFn) -> tuple[Cluster, list[Want]]:
    """A Swarm, and more replicas of its services."""
    swarm = draw(clusters())
    wanted = [Want(service=each, replicas=draw(st.integers(0, 8))) for each in swarm.services]
    return swarm, draw(st.permutations([want for want in wanted if want.replicas]))


@given(asked())
def test_no_node_ever_gives_more_than_it_has_and_all_requirements_hold(given_: tuple[Cluster, list[Want]]) -> None:
    swarm, wanted = given_
    placement = place(wanted, swarm)
    machines = {machine.id: machine for machine in swarm.nodes}
    assert all(machines[assigned.node_id].takes_tasks for assigned in placement.assigned)
    assert_that_all_requirements_hold(with_placed(swarm, placement))


@given(asked())
def test_everything_asked_for_is_either_placed_or_pending(given_: tuple[Cluster, list[Want]]) -> None:
    swarm, wanted = given_
    placement = place(wanted, swarm)
    counted: Counter[str] = Counter()
    told = [(each.service_id, each.replicas) for each in placement.assigned]
    told += [(each.service_id, each.replicas) for each in placement.pending]
    for service_id, replicas in told:
        assert replicas > 0
        counted[service_id] += replicas
    assert counted == {want.service.id: want.replicas for want in wanted}


@given(asked())
def test_what_is_pending_would_fit_nowhere(given_: tuple[Cluster, list[Want]]) -> None:
    swarm, wanted = given_
    for want in wanted:
        placement = place([want], swarm)
        after = with_placed(swarm, placement)
        again = next(each for each in after.services if each.id == want.service.id)
        room = Room(after.nodes, after.services)
        passes = room.test(room.applicant(again))
        assert placement.is_complete or not any(map(passes, room.nodes))


@given(nodes=st.integers(1, 6), cores=st.integers(1, 4), replicas=st.integers(1, 30))
def test_equal_swarm_tasks_are_all_placed_exactly_if_there_is_room_for_all(
    nodes: int, cores: int, replicas: int
) -> None:
    machines = [node(f"node-{number}", cores=cores) for number in range(nodes)]
    wanted = service(cores=1)
    placement = place([Want(service=wanted, replicas=replicas)], cluster(machines, wanted))
    assert sum(assigned.replicas for assigned in placement.assigned) == min(replicas, nodes * cores)
    assert placement.is_complete == (replicas <= nodes * cores)


@given(nodes=st.integers(1, 7), replicas=st.integers(1, 40), first=st.integers(0, 20))
def test_the_replicas_on_two_equal_nodes_differ_by_one_at_most(nodes: int, replicas: int, first: int) -> None:
    machines = [node(f"node-{number}") for number in range(nodes)]
    before = cluster(machines, service(requires=Requirements(spreads=(BY_RACK,))), service("db"))
    for index, count in ((0, first), (0, replicas), (1, replicas)):
        if count:
            before = with_placed(before, place([Want(service=before.services[index], replicas=count)], before))
    for each in before.services:
        per_node = [sum(task.node_id == machine.id for task in each.tasks) for machine in machines]
        assert max(per_node) - min(per_node) <= 1


@given(asked(), st.randoms(use_true_random=False))
def test_the_same_question_has_the_same_answer_in_whatever_order_the_swarm_is_listed(
    given_: tuple[Cluster, list[Want]], chance: object
) -> None:
    swarm, wanted = given_
    shuffled = replace(
        swarm,
        nodes=tuple(chance.sample(swarm.nodes, len(swarm.nodes))),  # type: ignore[attr-defined]
        services=tuple(chance.sample(swarm.services, len(swarm.services))),  # type: ignore[attr-defined]
    )
    assert place(wanted, swarm) == place(wanted, shuffled)


def _state(room: Room) -> object:
    return [
        (each.node.id, each.is_open, each.nano_cpus, each.memory_bytes, +each.generic, +each.ports, +each.copies)
        for each in room.nodes
    ], sorted((each.tasks, each.index) for each in room.nodes if each.is_open) == room._by_tasks


@given(asked(), st.integers(0, 5))
def test_a_trial_leaves_no_trace(given_: tuple[Cluster, list[Want]], closed: int) -> None:
    swarm, wanted = given_
    room = Room(swarm.nodes, swarm.services)
    before = _state(room)
    with room.trial():
        room.close(room.nodes[closed % len(room.nodes)])
        room.add(node("more"))
        for want in wanted:
            spread_in(room, want)
    assert _state(room) == before


def spread_in(room: Room, want: Want) -> None:
    for machine in room.nodes:
        room.take(machine, room.applicant(want.service).burden)
        room.take(machine, room.applicant(want.service).burden, counts=False)
        room.give_back(machine, room.applicant(want.service).burden)


def test_a_placement_of_nothing_is_complete() -> None:
    assert place([], cluster([node()])) == Placement()


def test_measured_use_counts_where_it_is_asked_for() -> None:
    wanted, there = service(), service("db", on=["node-1"])
    measured = {"db-id": Resources(cpu_cores=3.5), "web-id": Resources(cpu_cores=1.0)}
    asked_for = [Want(service=wanted, replicas=1)]
    assert place(asked_for, cluster([node(cores=4)], there, wanted)).is_complete
    assert not place(asked_for, cluster([node(cores=4)], there, wanted), measured=measured).is_complete


def test_a_port_is_free_again_after_its_swarm_task_has_gone() -> None:
    wanted = service(requires=Requirements(host_ports=(HostPort(port=80),)))
    room = Room([node()], [wanted])
    applicant = room.applicant(wanted)
    room.take(room.nodes[0], applicant.burden)
    assert not room.test(applicant)(room.nodes[0])
    room.give_back(room.nodes[0], applicant.burden)
    assert room.test(applicant)(room.nodes[0])

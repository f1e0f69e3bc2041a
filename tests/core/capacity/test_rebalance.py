"""Which replicas should move onto a node that has just joined."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.capacity.rebalance import Move, rebalance
from skep.core.capacity.shrinking import fullest
from skep.core.capacity.situation import Situation
from skep.core.capacity.terms import Protection, ServiceTerms
from skep.core.capacity.want import Want
from skep.core.cluster import Availability, Resources, RestartCondition, ServiceMode, TaskState, UpdateState
from skep.core.requirements import Mount, MountKind, Requirements
from tests.builders import NOW
from tests.core.capacity.builders import node, pending_task, running_on, service, task
from tests.core.capacity.situations import EMPTY_NODES, MAY_SURGE, situation

TWICE_EACH = ("node-1", "node-1", "node-2", "node-2")


def moves(
    given_: Situation, onto: Sequence[str] = ("node-3",), *, most: int = 9, busy: Sequence[str] = ()
) -> tuple[Move, ...]:
    return rebalance(given_, [f"{name}-id" for name in onto], most=most, busy=busy)


def moved(
    given_: Situation, onto: Sequence[str] = ("node-3",), *, most: int = 9, busy: Sequence[str] = ()
) -> list[str]:
    return [move.service_name for move in moves(given_, onto, most=most, busy=busy)]


def test_a_replica_moves_from_where_there_are_most_to_where_there_is_none() -> None:
    (move,) = moves(situation(service(on=TWICE_EACH)))
    assert (move.to_node_id, move.from_node_ids) == ("node-3-id", ("node-1-id", "node-2-id"))
    assert move.sentence == "web: one replica to node-3, from node-1 or node-2"


def test_of_several_services_the_most_uneven_moves_first() -> None:
    given_ = situation(service("even", on=TWICE_EACH), service("uneven", on=["node-1"] * 4))
    assert moved(given_) == ["uneven", "even"]


def test_the_budget_holds() -> None:
    given_ = situation(*(service(name, on=TWICE_EACH) for name in "abc"))
    assert (moved(given_, most=2), moved(given_, most=0)) == (["a", "b"], [])


def test_each_service_moves_once_and_is_looked_at_again_afterwards() -> None:
    assert moved(situation(service(on=["node-1"] * 9)), ["node-2", "node-3"]) == ["web"]


@pytest.mark.parametrize(
    "given_",
    [
        pytest.param(situation(service(on=["node-1", "node-2"])), id="one on each: Swarm would take the new one back"),
        pytest.param(situation(service(on=["node-1", "node-1", "node-2", "node-3"])), id="a difference of one"),
        pytest.param(situation(service(on=TWICE_EACH, mode=ServiceMode.GLOBAL)), id="a global service"),
        pytest.param(situation(service(on=TWICE_EACH, mode=ServiceMode.REPLICATED_JOB)), id="a job"),
        pytest.param(situation(service(on=TWICE_EACH, restart=RestartCondition.NONE)), id="what runs once"),
        pytest.param(situation(service(on=TWICE_EACH, update_state=UpdateState.UPDATING)), id="a rollout"),
        pytest.param(situation(service(on=TWICE_EACH, update_state=UpdateState.PAUSED)), id="a rollout that is stuck"),
        pytest.param(situation(service(on=TWICE_EACH), terms={}), id="nobody allowed a surge"),
        pytest.param(
            situation(service(on=TWICE_EACH), terms={"web-id": replace(MAY_SURGE, protection=Protection())}),
            id="a protected service",
        ),
        pytest.param(
            situation(
                service(on=TWICE_EACH, requires=Requirements(mounts=(Mount(kind=MountKind.VOLUME, source="data"),)))
            ),
            id="data on the node",
        ),
        pytest.param(
            situation(service("web", 5, tasks=[*running_on("web", *TWICE_EACH), pending_task("web", 5)])),
            id="a replica that waits",
        ),
        pytest.param(situation(service("web", 3, on=TWICE_EACH)), id="a count that is just being lowered"),
        pytest.param(
            situation(service(on=TWICE_EACH), wants=[Want(service=service(on=TWICE_EACH), replicas=1)]),
            id="one more that was just decided",
        ),
        pytest.param(situation(service(on=TWICE_EACH), measured={}), id="a use that nobody knows"),
        pytest.param(
            situation(service(on=TWICE_EACH, constraints=["node.hostname!=node-3"])), id="it may not run there"
        ),
        pytest.param(situation(service(on=TWICE_EACH, cores=2), service("db", on=["node-3"], cores=3)), id="no room"),
        pytest.param(
            situation(service(on=TWICE_EACH), used={"node-3-id": Resources(cpu_cores=3.15, memory_bytes=1)}),
            id="the node would be used beyond the threshold",
        ),
        pytest.param(
            situation(
                service(on=TWICE_EACH), nodes=[*EMPTY_NODES[:2], node("node-3", availability=Availability.PAUSE)]
            ),
            id="the node is not open",
        ),
        pytest.param(
            situation(
                service(on=TWICE_EACH),
                nodes=[*EMPTY_NODES, *(node(f"away-{number}", is_ready=False) for number in range(4))],
            ),
            id="too many nodes are away",
        ),
    ],
)
def test_nothing_moves_where_it_would_do_harm_or_nothing(given_: Situation) -> None:
    assert moved(given_) == []


def test_what_is_being_moved_already_is_left_alone() -> None:
    assert moved(situation(service(on=TWICE_EACH)), busy=["web-id"]) == []


def test_a_protection_that_is_over_holds_nothing() -> None:
    terms = {"web-id": ServiceTerms(may_surge=True, protection=Protection(until=NOW))}
    assert moved(situation(service(on=TWICE_EACH), terms=terms)) == ["web"]


def test_nothing_moves_to_a_node_that_swarm_would_not_choose() -> None:
    nodes = [*EMPTY_NODES, node("node-4")]
    busy = service("busy", on=["node-3"])
    assert moved(situation(service(on=TWICE_EACH), busy, nodes=nodes)) == []
    assert moved(situation(service(on=TWICE_EACH), busy, nodes=nodes), ["node-4"]) == ["web"]


def test_without_a_node_to_fill_nothing_moves() -> None:
    assert moved(situation(service(on=TWICE_EACH)), []) == []
    assert moved(situation(service(on=TWICE_EACH)), ["nowhere"]) == []


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        pytest.param({"a": 2, "b": 1}, ("a",), id="the fullest"),
        pytest.param({"b": 2, "a": 2, "c": 1}, ("a", "b"), id="one of the fullest"),
        pytest.param({"a": 0}, (), id="nothing to take"),
        pytest.param({}, (), id="no nodes"),
    ],
)
def test_swarm_takes_a_replica_from_the_fullest_node(copies: dict[str, int], expected: tuple[str, ...]) -> None:
    assert fullest(copies) == expected


@given(
    counts=st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=4), most=st.integers(0, 5)
)
def test_every_move_makes_its_service_more_even_and_the_budget_holds(counts: list[list[int]], most: int) -> None:
    services = [
        service(f"service-{number}", on=[f"node-{place}" for place, count in enumerate(row, 1) for _ in range(count)])
        for number, row in enumerate(counts)
    ]
    made = moves(situation(*services), ["node-1", "node-2", "node-3"], most=most)
    assert len(made) <= most
    assert len({move.service_id for move in made}) == len(made)
    for move in made:
        row = counts[int(move.service_name.removeprefix("service-"))]
        at = {f"node-{place}-id": count for place, count in enumerate(row, 1)}
        for source in move.from_node_ids:
            assert at[source] == max(row)
            assert at[source] - at[move.to_node_id] >= 2


def test_a_swarm_task_that_still_starts_keeps_its_service_in_place() -> None:
    starting = task("web", 4, "node-2", state=TaskState.STARTING)
    assert moved(situation(service("web", 4, tasks=[*running_on("web", *TWICE_EACH[:3]), starting]))) == []

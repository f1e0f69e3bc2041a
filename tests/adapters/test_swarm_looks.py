"""What an engine says again in the same words is not read again; what it says otherwise always is."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.swarm.decoding import ClusterReader
from skep.adapters.swarm.familiar import Familiar
from skep.core.cluster import Cluster, Service

Look = tuple[list[Any], list[Any], list[Any]]


def a_service(name: str = "web", **changes: object) -> dict[str, Any]:
    spec = {"Name": name, "Mode": {"Replicated": {"Replicas": 2}}}
    return {"ID": f"{name}-id", "Version": {"Index": 7}, "Spec": spec} | changes


def a_task(slot: int = 1, **changes: object) -> dict[str, Any]:
    task = {"ID": f"task{slot}", "ServiceID": "web-id", "Slot": slot, "DesiredState": "running"}
    return task | {"Status": {"State": "running"}, "NetworksAttachments": [attached_by("overlay")]} | changes


def a_node(name: str = "n1", **changes: object) -> dict[str, Any]:
    return {"ID": name, "Status": {"State": "ready"}} | changes


def attached_by(driver: str) -> dict[str, Any]:
    return {"Network": {"DriverState": {"Name": driver}}}


def read(reader: ClusterReader, look: Look) -> Cluster:
    return reader.read(*(json.dumps(each).encode() for each in look))


def two_looks(first: Look, second: Look) -> tuple[Service, Service]:
    """At a Swarm with one service."""
    reader = ClusterReader()
    (before,), (after,) = (read(reader, look).services for look in (first, second))
    return before, after


LOOK: Look = ([a_service()], [a_task(1), a_task(2)], [a_node()])


def test_a_service_of_which_nothing_changed_is_the_same_value() -> None:
    before, after = two_looks(LOOK, LOOK)
    assert after is before


def test_swarm_tasks_and_nodes_that_did_not_change_are_the_same_values_wherever_they_stand_in_the_list() -> None:
    reader = ClusterReader()
    before = read(reader, LOOK)
    after = read(reader, ([a_service(Version={"Index": 8})], [a_task(2), a_task(1)], [a_node("n2"), a_node()]))
    assert {id(task) for task in after.services[0].tasks} == {id(task) for task in before.services[0].tasks}
    assert after.nodes[1] is before.nodes[0]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(([a_service(Version={"Index": 8})], *LOOK[1:]), id="the service"),
        pytest.param(([a_service()], [a_task(1), a_task(2, Status={"State": "failed"})], []), id="one swarm task"),
        pytest.param(([a_service()], [a_task(1)], []), id="a swarm task less"),
        pytest.param(([a_service()], [a_task(1), a_task(2), a_task(3)], []), id="a swarm task more"),
        pytest.param(([a_service()], [a_task(2), a_task(1)], []), id="the order of its swarm tasks"),
        pytest.param(([a_service()], [], []), id="all of its swarm tasks"),
        pytest.param(
            ([a_service()], [a_task(each, NetworksAttachments=[attached_by("weave")]) for each in (1, 2)], []),
            id="its network",
        ),
    ],
)
def test_a_service_of_which_something_changed_is_read_as_if_for_the_first_time(second: Look) -> None:
    before, after = two_looks(LOOK, second)
    assert after != before
    assert (after,) == read(ClusterReader(), second).services


_TASKS = st.builds(
    a_task,
    st.integers(1, 3),
    ServiceID=st.sampled_from(["web-id", "shop-id", "gone-id", ""]),
    Status=st.sampled_from([{"State": "running"}, {"State": "complete"}, {"State": 7}, None]),
    DesiredState=st.sampled_from(["running", "complete", "shutdown"]),
    NetworksAttachments=st.sampled_from([None, [], [attached_by("overlay")], [attached_by("weave")]]),
)
_SERVICES = st.builds(
    a_service, st.sampled_from(["web", "shop"]), Version=st.sampled_from([{"Index": 1}, {"Index": 2}, None])
)
_NODES = st.builds(a_node, st.sampled_from(["n1", "n2"]), Status=st.sampled_from([{"State": "ready"}, "odd", None]))
_LOOKS = st.tuples(st.lists(_SERVICES, max_size=3), st.lists(_TASKS, max_size=6), st.lists(_NODES, max_size=3))


@given(st.lists(_LOOKS, min_size=2, max_size=5))
def test_who_has_looked_before_sees_what_a_newcomer_sees(looks: Sequence[Look]) -> None:
    reader = ClusterReader()
    for look in looks:
        assert read(reader, look) == read(ClusterReader(), look)


def test_an_answer_that_cannot_be_read_does_not_make_anything_forgotten_or_believed() -> None:
    reader = ClusterReader()
    before = read(reader, LOOK)
    with pytest.raises(msgspec.DecodeError):
        reader.read(b"[]", b"[{", b"[]")
    assert read(reader, LOOK) == before


def test_only_what_the_last_answer_held_is_known_again() -> None:
    read_texts: list[str] = []

    def reading(text: msgspec.Raw) -> str:
        read_texts.append(bytes(text).decode())
        return read_texts[-1]

    familiar = Familiar(reading)
    for answer in (b"[1, 2]", b"[2, 3]", b"[1, 2, 3]"):
        familiar.read(answer)
    assert read_texts == ["1", "2", "3", "1"]


def test_what_cannot_be_read_is_named_at_each_look(caplog: pytest.LogCaptureFixture) -> None:
    reader = ClusterReader()
    for _ in range(2):
        read(reader, ([a_service(Version="odd")], [], []))
    assert caplog.text.count("'web-id' left out") == 2

"""The emulated scheduler and skep's simulated one agree, though neither has seen the other.

`tests/swarm/test_scheduler_alike.py` holds the simulated one against real engines; together they hold the emulator
against them too. Where Swarm chooses by chance between equal nodes, only how many replicas the nodes have counts.
"""

from collections import Counter
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from lab.emulator.documents import listed, node_body, service_body, task_body
from skep.adapters.swarm.decoding import ClusterReader
from skep.core.capacity.placement import place
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster
from tests.emulator.given import Given

_NODES = 4
_CORE = 10**9
_MIB = 1 << 20

_node = st.fixed_dictionaries(
    {
        "labels": st.dictionaries(st.sampled_from(["zone", "disk"]), st.sampled_from(["a", "b", "ssd"])),
        "availability": st.sampled_from(["active", "active", "active", "pause", "drain"]),
    }
)
_reserved = st.fixed_dictionaries(
    {},
    optional={
        "NanoCPUs": st.sampled_from([_CORE // 2, _CORE, 3 * _CORE]),
        "MemoryBytes": st.sampled_from([512 * _MIB, 3 * 1024 * _MIB]),
    },
)
_placement = st.fixed_dictionaries(
    {},
    optional={
        "Constraints": st.lists(
            st.sampled_from(
                ["node.labels.disk == ssd", "node.labels.zone != b", "node.role==worker", "node.hostname!=node-2"]
            ),
            max_size=2,
        ),
        "Preferences": st.sampled_from(
            [
                [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}],
                [{"Spread": {"SpreadDescriptor": "node.labels.disk"}}],
            ]
        ),
        "MaxReplicas": st.integers(1, 2),
        "Platforms": st.sampled_from([[{"Architecture": "amd64", "OS": "linux"}], [{"Architecture": "arm64"}]]),
    },
)
_port = st.sampled_from([None, None, 80, 81])
_service = st.tuples(_reserved, _placement, _port, st.integers(1, 7))


@settings(deadline=None)
@for_all(nodes=st.lists(_node, min_size=_NODES, max_size=_NODES), services=st.lists(_service, min_size=1, max_size=5))
def test_both_place_and_refuse_alike(nodes: list[dict[str, Any]], services: list[tuple[Any, ...]]) -> None:
    given = Given(workers=_NODES - 1)
    for number, node in enumerate(nodes, start=1):
        given.label(f"node-{number}", **node["labels"])
        given.available(f"node-{number}", node["availability"])
    for number, (reserved, placement, port, replicas) in enumerate(services):
        name = f"service-{number}"
        given.create(_spec(name, reserved, placement, port))
        before = seen(given)
        service = next(service for service in before.services if service.name == name)
        expected = place([Want(service=service, replicas=replicas)], before)
        given.scale(name, replicas)
        tasks = given.tasks(name)
        spread = sorted(Counter(task.node_id for task in tasks if task.node_id).values())
        foreseen = sorted(assigned.replicas for assigned in expected.assigned)
        # Which zone gets what is left of an even spread is chance in Swarm, and a zone's nodes may be few or many.
        assert (sum(spread), spread) == (sum(foreseen), spread if "Preferences" in placement else foreseen)
        assert sum(not task.node_id for task in tasks) == sum(each.replicas for each in expected.pending)
        for pending in expected.pending:
            assert {in_any_order(task.err) for task in tasks if task.err} == {in_any_order(pending.reason)}


def seen(given: Given) -> Cluster:
    """The Swarm as skep reads it."""
    return ClusterReader().read(
        listed(service_body(service) for service in given.swarm.services),
        listed(task_body(task) for task in given.swarm.tasks),
        listed(node_body(node) for node in given.swarm.nodes),
    )


def in_any_order(words: str) -> frozenset[str]:
    """Reasons with as many nodes each come in any order."""
    return frozenset(words.removeprefix("no suitable node (").removesuffix(")").split("; "))


def _spec(name: str, reserved: dict[str, int], placement: dict[str, Any], port: int | None) -> dict[str, Any]:
    ports = (
        [] if port is None else [{"PublishedPort": port, "TargetPort": 80, "Protocol": "tcp", "PublishMode": "host"}]
    )
    return {
        "Name": name,
        "TaskTemplate": {"Resources": {"Reservations": reserved}, "Placement": placement},
        "Mode": {"Replicated": {"Replicas": 0}},
        "EndpointSpec": {"Ports": ports},
    }

"""Answers of Docker's API: what skep needs of services, swarm tasks and nodes, or one error that it cannot be read."""

import json

import msgspec

from skep.adapters.swarm.decoding import (
    ClusterReader,
    decode_join_token,
    decode_node,
    decode_nodes,
    decode_occupants,
    decode_service,
)
from skep.config.labels import read_labels
from skep.core.cluster import Cluster, Node, Service
from skep.core.saga import drain_of
from tests.faults.test_hostile_answers import NODE, sent_service, sent_task

__all__ = ["SEEDS", "look"]

_SURGE = {
    "skep.node.state": "draining",
    "skep.node.since": "2026-03-01T12:00:00+00:00",
    "skep.node.deadline": "2026-03-01T12:15:00+00:00",
    "skep.node.by": "ada",
    "skep.node.surge": '{"web-id": 2}',
    "skep.node.goal": '{"web-id": [3, 5]}',
}
_DRAINING = {**NODE, "Spec": {"Labels": _SURGE, "Role": "worker", "Availability": "pause"}}

SEEDS = {
    "services": json.dumps([sent_service("web")]).encode(),
    "a service": json.dumps(sent_service("web")).encode(),
    "tasks": json.dumps([sent_task("web", 1)]).encode(),
    "nodes": json.dumps([NODE, _DRAINING]).encode(),
    "a node": json.dumps(_DRAINING).encode(),
    "the swarm": b'{"JoinTokens": {"Worker": "SWMTKN-1-worker", "Manager": "SWMTKN-1-manager"}}',
    "an error": b'{"message": "The swarm does not have a leader."}',
}
_NONE = b"[]"


def look(data: bytes) -> None:
    """Read it in the place of each answer, beside good ones."""
    services, tasks, nodes = (json.dumps([each]).encode() for each in (sent_service("web"), sent_task("web", 1), NODE))
    for answers in ((data, tasks, nodes), (services, data, nodes), (services, tasks, data), (data, _NONE, _NONE)):
        _use(answers)
    for decode in (decode_service, decode_node, decode_nodes, decode_occupants, decode_join_token):
        try:
            decode(data)
        except msgspec.DecodeError:
            continue


def _use(answers: tuple[bytes, bytes, bytes]) -> None:
    try:
        cluster: Cluster = ClusterReader().read(*answers)
    except msgspec.DecodeError:
        return
    for service in cluster.services:
        _use_service(service)
    for node in cluster.nodes:
        _use_node(node)


def _use_service(service: Service) -> None:
    assert service.replicas is None or service.replicas >= 0
    read_labels(service)


def _use_node(node: Node) -> None:
    drain = drain_of(node)
    if drain is not None:
        assert all(surge.amount >= 0 for surge in drain.surges)

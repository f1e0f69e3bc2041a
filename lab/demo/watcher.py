"""Looks at everything at once, twice a second: the Swarm itself, the clients, and what skep says."""

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from docker import APIClient
from docker.errors import DockerException

from lab.demo.moment import Moment, NodeSeen, Replicas
from lab.demo.script import Script
from lab.demo.witness import Witness
from lab.emulator.clients import EmulatedClients
from lab.load import Load

__all__ = ["Watcher", "read_nodes", "read_replicas"]

_PAUSE = timedelta(milliseconds=500)
# Long enough for a steady figure, short enough to show the surge when it comes.
_LOAD_SPAN = timedelta(seconds=2)


class Watcher:
    """Sees a service, the load on it and what skep says about it.

    Args:
        client: of a manager's engine.
        service: the service's name.
        load: the clients, who have just begun to send.
        script: what is played.
        witness: who asks skep.
    """

    def __init__(
        self, client: APIClient, service: str, *, load: Load | EmulatedClients, script: Script, witness: Witness
    ) -> None:
        self._client = client
        self._service = service
        self._load = load
        self._script = script
        self._witness = witness
        self._began_s = time.monotonic()
        self._sent_lately = deque([(timedelta(), 0)])

    def moments(self) -> Iterator[Moment]:
        """One moment after the other until the script ends; one at which the Swarm does not answer is left out."""
        while self._elapsed < self._script.length:
            time.sleep(_PAUSE.total_seconds())
            with suppress(DockerException, requests.RequestException):
                yield self._moment(read_replicas(self._client, self._service), self._nodes())

    @property
    def _elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._began_s)

    def _nodes(self) -> tuple[NodeSeen, ...]:
        return () if self._script.fleet is None else read_nodes(self._client, self._service)

    def _moment(self, replicas: Replicas, nodes: tuple[NodeSeen, ...]) -> Moment:
        counters, elapsed = self._load.now(), self._elapsed
        return Moment(
            at=datetime.now(UTC),
            elapsed=elapsed,
            act=self._script.act_at(elapsed),
            load_rps=self._rate_rps(elapsed, counters.sent),
            replicas=replicas,
            requests=counters.sent,
            failed_requests=counters.failed,
            waiting=counters.in_flight,
            p95=counters.p95_lately,
            said=self._witness.statement,
            nodes=nodes,
        )

    def _rate_rps(self, elapsed: timedelta, sent: int) -> float:
        lately = self._sent_lately
        lately.append((elapsed, sent))
        while len(lately) > 2 and elapsed - lately[1][0] >= _LOAD_SPAN:  # noqa: PLR2004 - a rate needs two ends
            lately.popleft()
        since, sent_then = lately[0]
        return (sent - sent_then) / (elapsed - since).total_seconds()


def read_replicas(client: APIClient, service: str) -> Replicas:
    """The replicas of a service that has a count.

    Raises:
        DockerException, requests.RequestException: when the engine does not answer, or knows no such service.
    """
    spec = client.inspect_service(service)["Spec"]
    tasks = client.tasks(filters={"service": service, "desired-state": "running"})
    running = sum(task["Status"]["State"] == "running" for task in tasks)
    return Replicas(goal=spec["Mode"]["Replicated"]["Replicas"], running=running, starting=len(tasks) - running)


def read_nodes(client: APIClient, service: str) -> tuple[NodeSeen, ...]:
    """The nodes that have told their names, by name, with the replicas of a service that run on each.

    Raises:
        DockerException, requests.RequestException: when the engine does not answer, or knows no such service.
    """
    tasks = client.tasks(filters={"service": service, "desired-state": "running"})
    running = Counter(task.get("NodeID") for task in tasks if task["Status"]["State"] == "running")
    named = {(node.get("Description") or {}).get("Hostname"): node for node in client.nodes()}
    return tuple(
        NodeSeen(hostname=hostname, running=running[node["ID"]], state=_state(node))
        for hostname, node in sorted(named.items(), key=lambda each: str(each[0]))
        if hostname
    )


def _state(node: Mapping[str, Any]) -> str:
    if node["Status"]["State"] != "ready":
        return str(node["Status"]["State"])
    if _SAGA in (node["Spec"].get("Labels") or {}):
        return "leaves"
    return "" if node["Spec"]["Availability"] == "active" else "joins"


#: Written on a node by skep for as long as it is being emptied.
_SAGA = "skep.node.state"

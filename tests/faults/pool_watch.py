"""Who looks on while a pool's machines come and go."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import requests
from docker import APIClient
from docker.errors import DockerException

from lab.real import Lab
from skep.core.capacity.roster import POOL_LABEL
from skep.core.saga import STATE
from tests.faults.pool_sights import Sight
from tests.faults.pooled import POOLED
from tests.swarm.onlooker import Onlooker

__all__ = ["PoolWatch"]


class PoolWatch(Onlooker):
    """Looks at the pool for the length of a `with` block.

    Attributes:
        sights: one after the other.
    """

    def __init__(self, lab: Lab, hostname: str, first: Iterable[str]) -> None:
        """Say what is looked at.

        Args:
            lab: whose machines are the pool's.
            hostname: the manager that is asked.
            first: the machines that are not of the pool.
        """
        super().__init__(lab, hostname, pause_s=0.25)
        self.sights: list[Sight] = []
        self._first = frozenset(first)

    def look(self, client: APIClient) -> None:
        """Look once."""
        self.sights.append(self._sight(client))

    def _sight(self, client: APIClient) -> Sight:
        at = datetime.now(UTC)
        machines = frozenset(self._lab.hostnames) - self._first
        living = {process.name for process in self._lab.processes()}
        dead = frozenset(hostname for hostname in machines if f"engine-{hostname}" not in living)
        with suppress(DockerException, requests.RequestException):
            was_whole = _is_whole(client.nodes())
            tasks = client.tasks(filters={"service": POOLED})
            every = client.nodes()
            nodes = {_hostname(node): node for node in every if _hostname(node) not in self._first}
            return Sight(
                at=at,
                machines=machines,
                nodes={node["ID"]: hostname for hostname, node in nodes.items()},
                serving=_those(nodes, _is_serving),
                idle_hands=dead | _those(nodes, _is_no_help),
                dead=dead,
                running=sum(map(_runs, tasks)) if was_whole and _is_whole(every) else None,
                torn={f"{POOLED}.{t['Slot']} ({t['ID']})": t["NodeID"] for t in tasks if _is_torn(t)},
            )
        return Sight(at=at, machines=machines, idle_hands=machines, dead=dead)


def _hostname(node: Mapping[str, Any]) -> str:
    return str((node.get("Description") or {}).get("Hostname") or "")


def _those(nodes: Mapping[str, Mapping[str, Any]], are: Callable[[Mapping[str, Any]], bool]) -> frozenset[str]:
    return frozenset(hostname for hostname, node in nodes.items() if are(node))


def _is_whole(nodes: Iterable[Mapping[str, Any]]) -> bool:
    return all(node["Status"]["State"] == "ready" for node in nodes)


def _runs(task: Mapping[str, Any]) -> bool:
    return bool(task["DesiredState"] == "running" and task["Status"]["State"] == "running")


def _is_serving(node: Mapping[str, Any]) -> bool:
    labels = node["Spec"].get("Labels") or {}
    return POOL_LABEL in labels and (node["Spec"]["Availability"], node["Status"]["State"]) == ("active", "ready")


def _is_no_help(node: Mapping[str, Any]) -> bool:
    return node["Status"]["State"] != "ready" or STATE in (node["Spec"].get("Labels") or {})


def _is_torn(task: Mapping[str, Any]) -> bool:
    return bool(task["Status"]["State"] == "orphaned") and "NodeID" in task

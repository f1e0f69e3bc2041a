"""The Swarm the lab's engines form."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from docker import APIClient
from docker.errors import APIError

from lab.real import waiting
from lab.real.errors import LabUnavailable

# Three missed beats make a node "down": a dead machine is noticed within about six seconds.
_HEARTBEAT = timedelta(seconds=2)
# A leader that is not heard for three to six seconds is replaced by another manager (Docker's own: ten to twenty).
_ELECTION_TICKS = 3
# A swarm task that failed long ago tells nothing, but costs memory and time in every listing.
_TASKS_REMEMBERED = 1
_OVERLAY_POOL = ("10.128.0.0/10",)
_JOIN_PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A node as the Swarm sees it: `state` is ready, down, disconnected or unknown."""

    node_id: str
    hostname: str
    role: str
    state: str
    availability: str


def init(manager: APIClient, address: str) -> None:
    """Make `manager` the first node of a new Swarm."""
    spec = manager.create_swarm_spec(
        task_history_retention_limit=_TASKS_REMEMBERED,
        election_tick=_ELECTION_TICKS,
        dispatcher_heartbeat_period=int(_HEARTBEAT.total_seconds() * 1e9),
    )
    manager.init_swarm(
        advertise_addr=address, listen_addr=address, default_addr_pool=list(_OVERLAY_POOL), swarm_spec=spec
    )


def join(
    manager: APIClient,
    manager_address: str,
    newcomer: APIClient,
    address: str,
    *,
    role: str,
    availability: str = "active",
) -> None:
    """Let `newcomer` join as `role` ("worker" or "manager").

    Raises:
        LabUnavailable: when it may not.
    """
    wish = {
        "RemoteAddrs": [manager_address],
        "JoinToken": manager.inspect_swarm()["JoinTokens"][role.capitalize()],
        "AdvertiseAddr": address,
        "ListenAddr": address,
        # What docker-py's own join_swarm leaves out.
        "Availability": availability,
    }
    answer = newcomer.post(f"{newcomer.base_url}/v{newcomer.api_version}/swarm/join", json=wish)
    if not answer.ok:
        raise LabUnavailable(f"The engine at {address} could not join the Swarm: {answer.text}")


def members(manager: APIClient) -> tuple[Member, ...]:
    """Every node the Swarm knows, by host name; a machine that died stays listed as down."""
    return tuple(sorted((_member(node) for node in manager.nodes()), key=lambda member: member.hostname))


def wait_ready(manager: APIClient, hostnames: set[str]) -> None:
    """Return when all of `hostnames` are ready to run swarm tasks.

    Raises:
        LabUnavailable: when they are not within half a minute.
    """

    def all_ready() -> bool:
        return hostnames <= {member.hostname for member in members(manager) if member.state == "ready"}

    waiting.until(all_ready, patience=_JOIN_PATIENCE, what=f"{', '.join(sorted(hostnames))} to join the Swarm")


def label(manager: APIClient, hostname: str, labels: Mapping[str, str]) -> None:
    """Add `labels` to a node's labels.

    Raises:
        LabUnavailable: when the Swarm has no such node.
    """
    node = _raw(manager, hostname)
    spec: Any = dict(node["Spec"])
    spec["Labels"] = {**(spec.get("Labels") or {}), **labels}
    manager.update_node(node["ID"], node["Version"]["Index"], spec)


def remove(manager: APIClient, hostname: str) -> None:
    """Take a node, dead or gone, off the Swarm's list; no error when it is not on it."""
    with suppress(LabUnavailable, APIError):
        manager.remove_node(_raw(manager, hostname)["ID"], force=True)


def make_network(manager: APIClient, name: str) -> None:
    """Make an overlay network that several stacks share, unless it is there."""
    if not manager.networks(names=[name]):
        manager.create_network(name, driver="overlay", scope="swarm", attachable=True)


def running_tasks(manager: APIClient, service: str) -> tuple[str, ...]:
    """The ids of the swarm tasks of `service` that run and are meant to."""
    tasks = manager.tasks(filters={"service": service, "desired-state": "running"})
    return tuple(sorted(task["ID"] for task in tasks if task["Status"]["State"] == "running"))


def _raw(manager: APIClient, hostname: str) -> dict[str, Any]:
    for node in manager.nodes():
        if _hostname(node) == hostname:
            return dict(node)
    message = f"The Swarm has no node called {hostname}."
    raise LabUnavailable(message)


def _member(node: Mapping[str, Any]) -> Member:
    return Member(
        node_id=node["ID"],
        hostname=_hostname(node),
        role=node["Spec"]["Role"],
        state=node["Status"]["State"],
        availability=node["Spec"]["Availability"],
    )


def _hostname(node: Mapping[str, Any]) -> str:
    """Its host name; empty while it is joining and has not told it yet."""
    return str((node.get("Description") or {}).get("Hostname") or "")

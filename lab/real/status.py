"""What a lab looks like from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lab.real.processes import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """One node.

    `state` is what its Swarm says (ready, down, ...), or "dead" when its engine does not run, whatever the Swarm has
    noticed yet; `node_id` is empty while the Swarm cannot be asked.
    """

    hostname: str
    address: str
    role: str
    state: str
    availability: str
    node_id: str
    docker_socket: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStatus:
    """The whole lab; URLs that hold a password do not show up in its text form."""

    name: str
    host_address: str
    nodes: tuple[NodeStatus, ...]
    redis_url: str = field(repr=False)
    influx_url: str
    influx_database: str
    proxy_url: str
    stats_url: str
    processes: tuple[Process, ...]

    @property
    def manager_socket(self) -> Path:
        """The socket of a manager whose engine runs, else of the first node."""
        alive = (node for node in self.nodes if node.role == "manager" and node.state != "dead")
        return next(alive, self.nodes[0]).docker_socket

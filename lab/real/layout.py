"""Where a lab keeps its things: every path and every kernel name is derived from the lab's name here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lab.real.errors import LabUnavailable

RUN_ROOT = Path("/run/skep-lab")
# Image layers and databases want a disk: /run is memory on most machines.
DATA_ROOT = Path("/var/lib/skep-lab")
# Held while a lab chooses its subnet.
SUBNETS_LOCK = RUN_ROOT / ".subnets.lock"
NETNS_ROOT = Path("/run/netns")
# No dot can stand in a lab's name, so a prefix that ends in one never matches another lab's namespaces.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")

#: The cgroup that holds those of all labs.
ALL_LABS_CGROUP = "skep-lab"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders, sockets and kernel names of the lab called `name`.

    Raises:
        LabUnavailable: when the name is not lower-case letters, digits and dashes (at most 31 of them).
    """

    name: str

    def __post_init__(self) -> None:
        """Refuse names that could not stand in a path, a namespace's name or a cgroup's."""
        if not _NAME.fullmatch(self.name):
            message = f"A lab's name is 1 to 31 of a-z, 0-9 and '-' (for example 'skep'), not {self.name!r}."
            raise LabUnavailable(message)

    @property
    def run(self) -> Path:
        """State, sockets, configuration and logs."""
        return RUN_ROOT / self.name

    @property
    def data(self) -> Path:
        """What needs a disk: image layers, Redis' append-only file, InfluxDB's shards."""
        return DATA_ROOT / self.name

    @property
    def state_file(self) -> Path:
        """The lab's own description of itself."""
        return self.run / "lab.json"

    @property
    def lock_file(self) -> Path:
        """Held by whoever is changing the lab; beside the folder, because `down` removes the folder."""
        return RUN_ROOT / f"{self.name}.lock"

    @property
    def processes(self) -> Path:
        """One record per process the lab started."""
        return self.run / "processes"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.run / "logs"

    @property
    def cgroup(self) -> str:
        """Parent of every container's cgroup, in each hierarchy."""
        return f"{ALL_LABS_CGROUP}/{self.name}"

    @property
    def netns_prefix(self) -> str:
        """What the names of this lab's network namespaces begin with."""
        return f"skep-lab.{self.name}."

    @property
    def bridge_netns(self) -> str:
        """The namespace of the switch that joins the nodes."""
        return f"{self.netns_prefix}bridge"

    def node_netns(self, hostname: str) -> str:
        """The namespace that is a node's network."""
        return f"{self.netns_prefix}{hostname}"

    def node_run(self, hostname: str) -> Path:
        """A node's sockets and volatile state."""
        return self.run / hostname

    def node_data(self, hostname: str) -> Path:
        """A node's image layers, volumes and Raft log."""
        return self.data / hostname

    def node_cgroup(self, hostname: str) -> str:
        """Parent of the cgroups of a node's containers."""
        return f"{self.cgroup}/{hostname}"

    def docker_socket(self, hostname: str) -> Path:
        """The only way to talk to a node's engine."""
        return self.node_run(hostname) / "docker.sock"

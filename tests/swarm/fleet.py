"""A pool of nodes on the stage, whose machines are engines of the lab."""

import itertools
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.real import swarm
from tests.swarm.machines import ASKED, GHOSTS, HELD, NEVER_SEEN, REFUSE
from tests.swarm.patience import becomes
from tests.swarm.stage import Stage

__all__ = ["NO_POOLS", "Fleet", "NodeSight"]

NO_POOLS = "pools: {}\n"
_ROOT = Path(__file__).parents[2]
#: A pool's failures are remembered under its name; each test has a name of its own.
_NUMBERS = itertools.count(1)
_HASTY: Mapping[str, object] = {
    "max": 2,
    "scale-up": "off",
    "scale-down": {"after": "4s", "delay-after-up": "4s", "delay-after-failure": "4s"},
    "budgets": [{"nodes": 1}],
    "join": {"timeout": "60s", "retry-after": "5s"},
    "drain": {"deadline": "2m"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSight:
    """A node at one moment.

    Attributes:
        labels: its own, not its engine's.
        state: ready, down …
    """

    id: str
    labels: Mapping[str, str]
    availability: str
    state: str

    @property
    def is_open(self) -> bool:
        """Whether swarm tasks can start there."""
        return (self.availability, self.state) == ("active", "ready")


class Fleet:
    """The pool, its provider, and the nodes of the Swarm.

    Args:
        stage: whose Swarm it is.
        policy_file: which skep reads.
        folder: of this test alone.
    """

    def __init__(self, stage: Stage, *, policy_file: Path, folder: Path) -> None:
        self.name = f"pool-{next(_NUMBERS)}"
        self._stage = stage
        self._policy_file = policy_file
        self._folder = folder
        self._first = {hostname: self.nodes[hostname] for hostname in self.nodes}

    # --- what an operator does --------------------------------------------------------------------------------------

    def begin(self, **keys: object) -> None:
        """Write the pool into the policy file, with keys that win over hasty ones."""
        program = [sys.executable, "-m", "tests.swarm.machines", "--lab", self._stage.lab.name]
        command = [*program, "--folder", str(self._folder)]
        provider = {"provider": "command", "command": {"command": command, "timeout": "25s", "folder": str(_ROOT)}}
        pool = {**_HASTY, **provider, **{key.replace("_", "-"): value for key, value in keys.items()}}
        self._write(json.dumps({"pools": {self.name: pool}}))

    def label(self, hostname: str, label: str) -> None:
        """Label a node by hand: `name=value`."""
        self._stage.lab.docker("node", "update", "--label-add", label, hostname)

    # --- what its provider does -------------------------------------------------------------------------------------

    def refuse(self, reason: str) -> None:
        """Refuse every order from now on."""
        (self._folder / REFUSE).write_text(reason)

    def give_ghosts(self) -> None:
        """Give machines that never join from now on."""
        (self._folder / GHOSTS).touch()

    def serve(self) -> None:
        """Give machines again, as at first."""
        points = [f"{point}-{word}" for point in ("before", "after") for word in ("increase", "delete")]
        for name in (REFUSE, GHOSTS, *points):
            (self._folder / name).unlink(missing_ok=True)

    def hang(self, point: str) -> None:
        """Let an order hang, such as `before-increase` or `after-delete`."""
        (self._folder / point).touch()

    def await_hanging(self) -> None:
        """Return when an order hangs."""
        becomes((self._folder / HELD).exists, bool, what="an order to reach its provider")

    # --- what is seen -----------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> dict[str, NodeSight]:
        """All nodes that have told their names, by name."""
        with self._stage.lab.client() as client:
            found = client.nodes()
        return {
            hostname: _sight(node) for node in found if (hostname := (node.get("Description") or {}).get("Hostname"))
        }

    @property
    def newcomers(self) -> dict[str, NodeSight]:
        """The nodes that were not there at first."""
        return {hostname: node for hostname, node in self.nodes.items() if hostname not in self._first}

    @property
    def open_newcomers(self) -> list[str]:
        """Those of them where swarm tasks can start."""
        return [hostname for hostname, node in self.newcomers.items() if node.is_open]

    @property
    def machines(self) -> list[str]:
        """The machines that its provider has made and not deleted."""
        return [node.hostname for node in self._stage.lab.status().nodes if node.hostname not in self._first]

    @property
    def asked(self) -> dict[str, int]:
        """How many machines its provider was asked for, by the name of the request: the most that one name ever was."""
        file = self._folder / ASKED
        orders = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return {
            name: max(order["machines"] for order in orders if order["request_id"] == name)
            for name in dict.fromkeys(order["request_id"] for order in orders)
        }

    @property
    def ghosts(self) -> list[str]:
        """The machines that nobody sees and its provider tells of."""
        file = self._folder / NEVER_SEEN
        return [json.loads(line)["id"] for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def told(self) -> str:
        """What skep's command line tells of everything that was done."""
        return self._stage.command("history", "--limit", "200").stdout

    def why(self, hostname: str) -> str:
        """What skep's command line tells of a node."""
        return self._stage.command("explain", "node", hostname).stdout

    def await_told(self, sentence: str) -> None:
        """Return when skep has told it."""
        becomes(lambda: self.told, lambda told: sentence in told, what=f'"{sentence}"')

    def await_state(self, hostname: str, state: str) -> None:
        """Return when the Swarm says so of a node."""
        becomes(lambda: self.nodes[hostname].state, lambda now: now == state, what=f"{hostname} to be {state}")

    def await_open(self, count: int) -> list[str]:
        """The newcomers, once so many of them are open."""
        return becomes(lambda: self.open_newcomers, lambda names: len(names) == count, what=f"{count} open newcomers")

    def await_gone(self) -> None:
        """Return when there are only the nodes of before, and the machines of the others are gone."""
        becomes(lambda: (self.machines, sorted(self.newcomers)), lambda left: left == ([], []), what="newcomers to go")

    # --- afterwards -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Leave the nodes as they were at first, whatever the test has come to."""
        self._write(NO_POOLS)
        self.serve()
        lab = self._stage.lab
        for hostname in self.machines:
            lab.remove(hostname)
        with lab.client() as client:
            for hostname in self.newcomers:
                swarm.remove(client, hostname)
        for hostname, before in self._first.items():
            now = self.nodes[hostname]
            names = [word for name in now.labels.keys() - before.labels for word in ("--label-rm", name)]
            if names or now.availability != before.availability:
                lab.docker("node", "update", "--availability", before.availability, *names, hostname)

    def _write(self, text: str) -> None:
        fresh = self._policy_file.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._policy_file)


def _sight(node: Mapping[str, Any]) -> NodeSight:
    spec = node["Spec"]
    return NodeSight(
        id=str(node["ID"]),
        labels=spec.get("Labels") or {},
        availability=str(spec["Availability"]),
        state=str(node["Status"]["State"]),
    )

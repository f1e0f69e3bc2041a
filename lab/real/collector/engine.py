"""What one engine says about itself and its containers, read through Docker's API."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from docker import APIClient
from docker.errors import APIError

# Long enough for the clock ticks in which the kernel counts CPU time.
_BETWEEN_FIRST_SAMPLES_S = 0.3
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The tags every point about an engine carries."""

    hostname: str
    node_id: str
    server_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuCount:
    """Nanoseconds used so far, by a container and by the whole machine (all cores together)."""

    container_ns: int
    machine_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A running container: what the list says, what its statistics say, and the CPU count before them."""

    container: Mapping[str, Any]
    stats: Mapping[str, Any]
    before: CpuCount | None


class Engine:
    """A node's engine; remembers the last CPU counts, because use is a difference of two."""

    def __init__(self, client: APIClient, calls: Executor) -> None:
        self._client = client
        self._calls = calls
        self._identity: Identity | None = None
        self._before: dict[str, CpuCount] = {}

    def identity(self) -> Identity:
        """Who the engine is; asked again as long as it is no member of a Swarm."""
        if self._identity is None or not self._identity.node_id:
            info = self._client.info()
            self._identity = Identity(
                hostname=info["Name"], node_id=info["Swarm"]["NodeID"], server_version=info["ServerVersion"]
            )
        return self._identity

    def samples(self) -> tuple[Sample, ...]:
        """Every running container's statistics.

        Asked one-shot (the engine does not wait for a second sample) and side by side, because this engine answers
        several askers with the same sample once a second, and one after the other would take a second each.
        A container seen for the first time is asked twice, so that its use is known at once, as Telegraf's is.
        """
        containers = self._client.containers()
        unknown = [container for container in containers if container["Id"] not in self._before]
        first = {container["Id"]: cpu_count(stats) for container, stats in self._ask(unknown)}
        if first:
            time.sleep(_BETWEEN_FIRST_SAMPLES_S)
        before = {**self._before, **first}
        answers = self._ask(containers)
        self._before = {container["Id"]: cpu_count(stats) for container, stats in answers}
        return tuple(
            Sample(container=container, stats=stats, before=before.get(container["Id"])) for container, stats in answers
        )

    def swarm(self) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        """The services and swarm tasks; only a manager can say."""
        return self._client.services(), self._client.tasks()

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _ask(self, containers: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        answers = self._calls.map(self._statistics, [container["Id"] for container in containers])
        return [(container, stats) for container, stats in zip(containers, answers, strict=True) if stats]

    def _statistics(self, container_id: str) -> Mapping[str, Any]:
        """Nothing for a container that ended between the list and the question."""
        try:
            stats: Mapping[str, Any] = self._client.stats(container_id, stream=False, one_shot=True)
        except APIError:
            return {}
        return stats if stats.get("read", _NEVER) != _NEVER and "system_cpu_usage" in stats["cpu_stats"] else {}


def cpu_count(stats: Mapping[str, Any]) -> CpuCount:
    """The CPU counts in a container's statistics."""
    cpu = stats["cpu_stats"]
    return CpuCount(container_ns=cpu["cpu_usage"]["total_usage"], machine_ns=cpu["system_cpu_usage"])

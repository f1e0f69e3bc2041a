"""People who ask for what runs on a pool's machines."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from docker import APIClient
from docker.errors import DockerException

from lab.real import Lab
from tests.faults.pool_sights import Reign
from tests.faults.pooled import POOLED
from tests.swarm.patience import becomes

__all__ = ["Crowd"]

_ANSWER_WITHIN_S = 10
#: Docker 20.10 places a replica that waits within seconds of there being room, or never.
_SWARM_LOOKS = timedelta(seconds=20)
#: No leader for a while, and somebody else who writes at the same moment.
_PATIENCE = timedelta(minutes=2)


class Crowd:
    """People who set the count of the service with Docker's own means.

    Args:
        lab: with the service on it.
        hostname: the manager that is asked.

    Attributes:
        reigns: the counts that they ordered.
    """

    def __init__(self, lab: Lab, hostname: str) -> None:
        self.reigns: list[Reign] = []
        self._lab = lab
        self._hostname = hostname
        self._turn = threading.Lock()

    def order(self, replicas: int) -> None:
        """Set the count, again and again until the managers take it; one person after the other."""
        with self._turn:
            self.reigns.append(Reign(replicas=replicas, since=datetime.now(UTC)))
            with self._lab.client(self._hostname) as client:
                becomes(lambda: _set(client, replicas), bool, what=f"{POOLED} to take {replicas}", within=_PATIENCE)
            self.reigns[:-1] = [_ended(reign) for reign in self.reigns[:-1]]

    def ask_anew(self) -> None:
        """Order the same once more where replicas wait that Swarm has forgotten.

        They are older than their service, or have waited for longer than Swarm takes to see that there is room.
        """
        with self._lab.client(self._hostname) as client:
            service = client.inspect_service(POOLED)
            tasks = client.tasks(filters={"service": POOLED, "desired-state": "running"})
        waiting = [task for task in tasks if _waits(task)]
        is_older = any(task["Version"]["Index"] < service["Version"]["Index"] for task in waiting)
        if is_older or any(datetime.now(UTC) - _since(task) > _SWARM_LOOKS for task in waiting):
            self.order(self.replicas)

    @property
    def replicas(self) -> int:
        """The latest that was ordered."""
        return self.reigns[-1].replicas if self.reigns else 0


def _ended(reign: Reign) -> Reign:
    return reign if reign.until else Reign(replicas=reign.replicas, since=reign.since, until=datetime.now(UTC))


def _set(client: APIClient, replicas: int) -> bool:
    """Write the count, first that of those that run while others wait: Swarm forgets who waits when the count changes.

    See docs/decisions/0019-all-that-wait-or-none.md.
    """
    with suppress(DockerException, requests.RequestException):
        tasks = client.tasks(filters={"service": POOLED, "desired-state": "running"})
        if not any(map(_waits, tasks)):
            return _write(client, replicas)
        _write(client, sum(task["Status"]["State"] == "running" for task in tasks))
    return False


def _write(client: APIClient, replicas: int) -> bool:
    """Write the service as it was read, with that count."""
    service = client.inspect_service(POOLED)
    answer = client.post(
        f"{client.base_url}/v{client.api_version}/services/{service['ID']}/update",
        params={"version": service["Version"]["Index"]},
        json={**service["Spec"], "Mode": {"Replicated": {"Replicas": replicas}}},
        timeout=_ANSWER_WITHIN_S,
    )
    return bool(answer.ok)


def _waits(task: Mapping[str, Any]) -> bool:
    return bool(task["Status"]["State"] == "pending")


def _since(task: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(task["Status"]["Timestamp"])

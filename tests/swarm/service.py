"""The one service that is played with, seen and written past skep: with Docker's own means."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from docker import APIClient

from lab.real import Lab, LabUnavailable

__all__ = ["SERVICE", "Service", "Sight"]

SERVICE = "demo_web"

_PATIENCE = timedelta(minutes=2)
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The service at one moment.

    Attributes:
        spec: raw, but for its count.
        running: ids of the swarm tasks that run and are meant to.
        replaced: ids of those that were ended although their place was kept.
        is_settled: whether as many run as the spec says.
    """

    spec: Mapping[str, Any]
    running: frozenset[str]
    replaced: frozenset[str]
    is_settled: bool


class Service:
    """The service called `SERVICE`.

    Attributes:
        own_writes: how often it was written here.
    """

    def __init__(self, lab: Lab, client: APIClient) -> None:
        self.own_writes = 0
        self._lab = lab
        self._client = client

    @property
    def id(self) -> str:
        """By which skep knows it."""
        return str(self._raw()["ID"])

    @property
    def replicas(self) -> int:
        """The count in its spec."""
        return int(self._raw()["Spec"]["Mode"]["Replicated"]["Replicas"])

    @property
    def sight(self) -> Sight:
        """As it is now."""
        tasks = self._client.tasks(filters={"service": SERVICE})
        running = _running(tasks)
        return Sight(
            spec=_without_count(self._raw()["Spec"]),
            running=running,
            replaced=frozenset(task["ID"] for task in tasks if task["DesiredState"] == "shutdown"),
            is_settled=len(running) == self.replicas,
        )

    @property
    def surroundings(self) -> Mapping[str, Any]:
        """Everything in its Swarm that skep could touch, and must not."""
        specs = {service["Spec"]["Name"]: service["Spec"] for service in self._client.services()}
        others = [task for task in self._client.tasks() if task["ServiceID"] != self.id]
        return {
            "its spec but for its count and policy": _without_policy(self.sight.spec),
            "other services": {name: spec for name, spec in specs.items() if name != SERVICE},
            "swarm tasks of other services": _running(others),
            "nodes": {node["Description"]["Hostname"]: node["Spec"] for node in self._client.nodes()},
        }

    def set_replicas(self, replicas: int) -> None:
        """Set the count, and wait until so many run."""
        self._update(f"--replicas={replicas}")
        self.await_running(replicas)

    def label(self, labels: Mapping[str, str]) -> None:
        """Add labels, or change them."""
        self._update(*(word for name, value in labels.items() for word in ("--label-add", f"{name}={value}")))

    def remove_policy(self) -> None:
        """Take away all labels of skep."""
        names = [name for name in self._raw()["Spec"]["Labels"] if _is_of_skep(name)]
        self._update(*(word for name in names for word in ("--label-rm", name)))

    def roll_out(self, *options: str) -> None:
        """Begin a rollout of the service with options of `docker service update`."""
        self._update(*options)

    @property
    def update_state(self) -> str:
        """Where its last rollout stands, in Docker's words; empty if there never was one."""
        return str((self._raw().get("UpdateStatus") or {}).get("State", ""))

    @property
    def environment(self) -> tuple[str, ...]:
        """Of its containers."""
        return tuple(self._raw()["Spec"]["TaskTemplate"]["ContainerSpec"].get("Env", ()))

    def await_running(self, replicas: int) -> None:
        """Return when exactly so many run."""
        self._lab.wait_running(SERVICE, replicas, patience=_PATIENCE)

    def _update(self, *arguments: str) -> None:
        """Write as an operator does, who tries again when somebody else wrote at the same moment."""
        for _ in range(_TRIES - 1):
            with suppress(LabUnavailable):
                self._update_once(*arguments)
                return
        self._update_once(*arguments)

    def _update_once(self, *arguments: str) -> None:
        self._lab.docker("service", "update", "--detach", "--no-resolve-image", *arguments, SERVICE)
        self.own_writes += 1

    def _raw(self) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._client.inspect_service(SERVICE)
        return answer


def _running(tasks: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(
        task["ID"] for task in tasks if task["DesiredState"] == "running" and task["Status"]["State"] == "running"
    )


def _without_count(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**spec, "Mode": {"Replicated": {**spec["Mode"]["Replicated"], "Replicas": "whatever"}}}


def _without_policy(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**spec, "Labels": {name: value for name, value in spec["Labels"].items() if not _is_of_skep(name)}}


def _is_of_skep(label: str) -> bool:
    return label.startswith("skep.")

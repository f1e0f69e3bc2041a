"""Three Swarms to play the same contract on: the one in memory, the emulated one, and one of real engines."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from docker import APIClient

from lab.emulator import Delays, EmulatedEngine, machine, wall_clock
from lab.emulator import Swarm as EmulatedSwarm
from lab.real import Lab
from skep.adapters.swarm import DockerSwarm
from skep.core.cluster import Resources, Service, ServiceMode, TaskState
from skep.ports import Swarm
from tests.adapters.recording_proxy import RecordingProxy
from tests.eventually import eventually
from tests.fakes.swarm import FakeSwarm
from tests.labs import lab_name

__all__ = [
    "CORES_OF_NO_NODE",
    "IMAGE",
    "WORKER",
    "EmulatedStage",
    "FakeStage",
    "RealStage",
    "Stage",
    "Wanted",
    "lab_of_engines",
    "seen",
    "settled",
]

CORES_OF_NO_NODE = 1_000.0
#: The host name of a node that is no manager, on each stage.
WORKER = "node-3"

_LAB = lab_name("adapters")
IMAGE = "127.0.0.1:5/sleeper:1"
_NANO_CPUS_PER_CORE = 1_000_000_000
_NOTHING = Resources()
_JOBS = frozenset({ServiceMode.REPLICATED_JOB, ServiceMode.GLOBAL_JOB})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A service to make; what is not said is as an operator leaves it out."""

    name: str
    replicas: int = 1
    mode: ServiceMode = ServiceMode.REPLICATED
    labels: Mapping[str, str] = field(default_factory=dict)
    limits: Resources = _NOTHING
    reservations: Resources = _NOTHING
    rolls_back_on_failure: bool = False


class Stage(Protocol):
    """A Swarm, and what a test may arrange in it."""

    @property
    def swarm(self) -> Swarm:
        """The Swarm through its port."""

    def create(self, wanted: Wanted) -> str:
        """Make a service; returns its id."""

    def label(self, name: str, key: str, value: str) -> None:
        """Somebody else writes a service without touching its swarm tasks."""

    def label_node(self, hostname: str, key: str, value: str) -> None:
        """Somebody else writes a node."""

    def remove(self, name: str) -> None:
        """Somebody else removes a service."""

    def break_down(self) -> None:
        """Be out of reach."""

    def come_back(self) -> None:
        """Answer again."""


class FakeStage:
    """The Swarm in memory."""

    def __init__(self) -> None:
        self.swarm = FakeSwarm()
        self.swarm.add_node(WORKER)

    def create(self, wanted: Wanted) -> str:
        fits_nowhere = wanted.reservations.cpu_cores == CORES_OF_NO_NODE
        self.swarm.new_tasks = TaskState.PENDING if fits_nowhere else TaskState.RUNNING
        return self.swarm.add(
            wanted.name,
            replicas=wanted.replicas,
            mode=wanted.mode,
            labels=wanted.labels,
            limits=wanted.limits,
            reservations=wanted.reservations,
            stack=wanted.labels.get("com.docker.stack.namespace"),
            rolls_back_on_failure=wanted.rolls_back_on_failure,
        )

    def label(self, name: str, key: str, value: str) -> None:
        self.swarm.label(name, {key: value})

    def label_node(self, hostname: str, key: str, value: str) -> None:
        labels = {**dict(self.swarm.node(hostname).labels), key: value}
        self.swarm.change_node(hostname, labels=tuple(labels.items()))

    def remove(self, name: str) -> None:
        self.swarm.remove(name)

    def break_down(self) -> None:
        self.swarm.break_down()

    def come_back(self) -> None:
        self.swarm.come_back()


class EmulatedStage:
    """An emulated engine; the port speaks to its socket.

    Attributes:
        client: for looking and meddling past the port.
    """

    def __init__(self, folder: Path) -> None:
        moment = timedelta(milliseconds=20)
        swarm = EmulatedSwarm(wall_clock(), Delays(start=moment, stop=moment, job=moment))
        for hostname, role in (("node-1", "manager"), ("node-2", "manager"), (WORKER, "worker")):
            swarm.join(hostname, machine(), role=role)
        self.engine = EmulatedEngine(swarm, folder / "emulated.sock")
        self.engine.__enter__()
        self.client = APIClient(self.engine.endpoint, version="auto", timeout=30)
        self.swarm = DockerSwarm(self.engine.endpoint)

    def create(self, wanted: Wanted) -> str:
        ids: list[str] = []
        self.engine.change(lambda swarm: ids.append(swarm.create_service(_spec(wanted)).id))
        return ids[0]

    def label(self, name: str, key: str, value: str) -> None:
        def write(swarm: EmulatedSwarm) -> None:
            service = swarm.service(name)
            labels = {**service.spec["Labels"], key: value}
            swarm.write_service(name, service.version, {**service.spec, "Labels": labels})

        self.engine.change(write)

    def label_node(self, hostname: str, key: str, value: str) -> None:
        def write(swarm: EmulatedSwarm) -> None:
            node = swarm.node(hostname)
            swarm.update_node(hostname, node.version, {**node.spec, "Labels": {**node.spec["Labels"], key: value}})

        self.engine.change(write)

    def remove(self, name: str) -> None:
        self.engine.change(lambda swarm: swarm.remove_service(name))

    def break_down(self) -> None:
        self.engine.__exit__(None, None, None)

    def come_back(self) -> None:
        self.engine.__enter__()

    def clear(self) -> None:
        """Leave nothing."""
        self.client.close()
        self.engine.__exit__(None, None, None)
        gc.collect()  # as below


class RealStage:
    """Real engines; the port speaks to the first manager through a proxy that notes its requests.

    Attributes:
        client: for looking and meddling past the port.
    """

    def __init__(self, lab: Lab, client: APIClient, folder: Path) -> None:
        self.lab = lab
        self.client = client
        self.proxy = RecordingProxy(folder / "docker.sock", lab.status().manager_socket)
        self.proxy.start()
        self.swarm = DockerSwarm(self.proxy.endpoint)

    def create(self, wanted: Wanted) -> str:
        answer = self.client.post(
            f"{self.client.base_url}/v{self.client.api_version}/services/create", json=_spec(wanted), timeout=30
        )
        assert answer.ok, answer.text
        return str(answer.json()["ID"])

    def label(self, name: str, key: str, value: str) -> None:
        self.lab.docker("service", "update", "--detach", "--label-add", f"{key}={value}", name)

    def label_node(self, hostname: str, key: str, value: str) -> None:
        self.lab.docker("node", "update", "--label-add", f"{key}={value}", hostname)

    def remove(self, name: str) -> None:
        self.client.remove_service(name)

    def break_down(self) -> None:
        self.proxy.stop()

    def come_back(self) -> None:
        self.proxy.start()

    def spec(self, name: str) -> Any:
        """The raw spec, without defaults filled in."""
        return self.client.inspect_service(name)["Spec"]

    def clear(self) -> None:
        """Leave no service, no swarm task of one, and the nodes as they joined."""
        for service in self.client.services():
            self.client.remove_service(service["ID"])
        for node in self.client.nodes():
            as_it_joined: Any = {**node["Spec"], "Labels": {}, "Availability": "active"}
            if node["Spec"] != as_it_joined:
                self.client.update_node(node["ID"], node["Version"]["Index"], as_it_joined)
        eventually(lambda: not any(_has_container(task) for task in self.client.tasks()), within_s=120)
        self.proxy.stop()
        gc.collect()  # a socket that docker-py forgot is reported in this test, and not in any that comes later


def _has_container(task: Mapping[str, Any]) -> bool:
    """Also one that is being stopped: the next test counts what is on a node."""
    is_to_come = task["DesiredState"] == "running"
    return is_to_come or task["Status"]["State"] in {
        "assigned",
        "accepted",
        "preparing",
        "ready",
        "starting",
        "running",
    }


@contextmanager
def lab_of_engines() -> Iterator[Lab]:
    """Two managers, so that one of them makes a majority no more, and a worker."""
    lab = Lab(_LAB, nodes=3, managers=2)
    try:
        lab.up()
        lab.stand_in(IMAGE)
        yield lab
    finally:
        lab.down()


def settled(swarm: Swarm, name: str, running: int) -> Service:
    """The service, once so many replicas run and no others are wanted."""

    def is_settled() -> bool:
        service = seen(swarm, name)
        return service.running_replicas == len(service.tasks) == running

    eventually(is_settled, within_s=120, every_s=0.1)
    return seen(swarm, name)


def seen(swarm: Swarm, name: str) -> Service:
    """The service in a snapshot of the whole Swarm."""
    return next(service for service in swarm.read().services if service.name == name)


def _spec(wanted: Wanted) -> dict[str, Any]:
    """As small as the engine takes it.

    A replica ends at once instead of after ten seconds of grace. A job does nothing: engine 20.10 forgets to end the
    swarm tasks of a job that is removed while it runs.
    """
    command = ["true"] if wanted.mode in _JOBS else ["sleep", "1000000"]
    return {
        "Name": wanted.name,
        "Labels": dict(wanted.labels),
        "TaskTemplate": {
            "ContainerSpec": {"Image": IMAGE, "Command": command, "StopSignal": "SIGKILL"},
            "Resources": {"Limits": _amounts(wanted.limits), "Reservations": _amounts(wanted.reservations)},
        },
        "Mode": _mode(wanted),
        **({} if wanted.mode in _JOBS else {"UpdateConfig": _update_config(wanted)}),
    }


def _update_config(wanted: Wanted) -> dict[str, Any]:
    return {"Parallelism": 1, "FailureAction": "rollback" if wanted.rolls_back_on_failure else "pause"}


def _amounts(resources: Resources) -> dict[str, int]:
    cores, memory_bytes = resources.cpu_cores, resources.memory_bytes
    return {"NanoCPUs": round((cores or 0) * _NANO_CPUS_PER_CORE), "MemoryBytes": memory_bytes or 0}


def _mode(wanted: Wanted) -> dict[str, Any]:
    modes: dict[ServiceMode, dict[str, Any]] = {
        ServiceMode.REPLICATED: {"Replicated": {"Replicas": wanted.replicas}},
        ServiceMode.GLOBAL: {"Global": {}},
        ServiceMode.REPLICATED_JOB: {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": wanted.replicas}},
        ServiceMode.GLOBAL_JOB: {"GlobalJob": {}},
    }
    return modes[wanted.mode]

"""A lab without engines, for machines where real ones cannot run: an emulated Swarm, real Redis, real InfluxDB.

It takes the place of :class:`lab.real.Lab` for those who play on one: no root, no namespaces, and no containers. Redis
comes from a Python wheel where the machine has none; metrics are kept in memory where it has no InfluxDB.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from docker import APIClient

from lab.emulator.clients import EmulatedClients
from lab.emulator.faults import Fault
from lab.emulator.founding import Founding, found
from lab.emulator.metrics.in_memory import MetricsInMemory
from lab.emulator.metrics.load import LoadModel, Wave
from lab.emulator.metrics.writing import MetricsWriter
from lab.emulator.server import EmulatedEngine, wall_clock
from lab.emulator.store import Delays
from lab.emulator.stores import REAL_STORES, redis_program, stores_at_hand
from lab.emulator.swarm import Swarm
from lab.emulator.things import State
from lab.load import Step
from lab.real import LabStatus, LabUnavailable, NodeStatus, WebService, influx_server, processes, redis_server, waiting
from lab.real.influx_server import Accounts
from lab.real.layout import Layout
from lab.real.network import free_port
from lab.real.processes import Process

__all__ = ["EmulatedLab"]

_Seen = TypeVar("_Seen")

_LOOPBACK = "127.0.0.1"
_STOP_GRACE = timedelta(seconds=10)
_MEASURED_EVERY = timedelta(seconds=1)
_DEPLOY_PATIENCE = timedelta(seconds=60)
_CONTAINER_TAKES = timedelta(seconds=1)
_CORES, _MEMORY_BYTES = 2, 4 << 30
_NANO = 10**9


class _HomeLayout(Layout):
    """Where a lab of somebody who is not root keeps its things."""

    __slots__ = ()

    @property
    def run(self) -> Path:
        return Path(tempfile.gettempdir()) / f"skep-emulated-{os.getuid()}" / self.name

    @property
    def data(self) -> Path:
        return self.run / "data"


class EmulatedLab:
    """An emulated Swarm of some nodes with its stores; `up` raises it, `down` ends it.

    The Swarm lives in this process; Redis, InfluxDB and whatever `run` starts have their own.

    Args:
        name: labs of different names stand side by side.
        nodes: how many; the first is the manager.

    Attributes:
        stores: what it is raised with.
    """

    def __init__(self, name: str, *, nodes: int = 3) -> None:
        self.stores = REAL_STORES
        self._layout = _HomeLayout(name)
        self._nodes = nodes
        self._redis_port, self._influx_port = 0, 0
        self._redis_password = ""
        self._engine: EmulatedEngine | None = None
        self._at_the_end = ExitStack()

    @property
    def name(self) -> str:
        """By which it is told from others."""
        return self._layout.name

    @property
    def folder(self) -> Path:
        """Where its things are."""
        return self._layout.run

    @property
    def influx_accounts(self) -> Accounts | None:
        """Nobody needs one."""
        return None

    def up(self) -> LabStatus:
        """Raise the stores and the Swarm.

        Raises:
            LabUnavailable: when a program is missing or does not start.
        """
        if not Path("/proc/self").exists():
            raise LabUnavailable("An emulated lab needs Linux, whose /proc tells which of its processes live.")
        program, self.stores = redis_program(), stores_at_hand()
        self._layout.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._redis_port, self._influx_port = free_port(), free_port()
        self._redis_password = secrets.token_urlsafe(18)
        redis_server.start(
            self._layout,
            addresses=(_LOOPBACK,),
            port=self._redis_port,
            password=self._redis_password,
            program=program,
        )
        self._start_metrics()
        redis_server.wait_ready(_LOOPBACK, self._redis_port, self._redis_password)
        delays = Delays(start=_CONTAINER_TAKES, stop=_CONTAINER_TAKES)
        founding = Founding(
            services=0, nodes=self._nodes, managers=1, cores=_CORES, memory_bytes=_MEMORY_BYTES, delays=delays
        )
        engine = EmulatedEngine(found(founding, wall_clock()), self._layout.run / "docker.sock")
        self._engine = self._at_the_end.enter_context(engine)
        return self.status()

    def down(self) -> None:
        """End everything, also what a lab of that name has left that was killed."""
        self._at_the_end.close()
        self._engine = None
        for process in self.processes():
            processes.end(process, grace=_STOP_GRACE)
        shutil.rmtree(self._layout.run, ignore_errors=True)

    def status(self) -> LabStatus:
        """Nodes and addresses.

        Raises:
            LabUnavailable: when it is not up.
        """
        engine = self._up()
        return LabStatus(
            name=self.name,
            host_address=_LOOPBACK,
            nodes=engine.look(lambda swarm: _nodes(swarm, engine.path)),
            redis_url=f"redis://:{self._redis_password}@{_LOOPBACK}:{self._redis_port}/0",
            influx_url=f"http://{_LOOPBACK}:{self._influx_port}",
            influx_database=influx_server.DATABASE,
            proxy_url="",
            stats_url="",
            processes=self.processes(),
        )

    def look(self, read: Callable[[Swarm], _Seen]) -> _Seen:
        """Read something off the Swarm, without faults."""
        return self._up().look(read)

    def disturb(self, fault: Fault, lasting: timedelta | None = None) -> None:
        """Let the engine be at fault; for some time, or until told otherwise."""
        self._up().disturb(fault, lasting)

    def client(self) -> APIClient:
        """A docker-py client of the emulated engine; close it after use."""
        return APIClient(self._up().endpoint, version="auto")

    def deploy_web(self, labels: Mapping[str, str], *, service: WebService) -> str:
        """Make the service of the demo and wait until all its replicas run; returns its name."""
        name = "demo_web"
        limit_cores = service.cpu_limit_cores or _CORES
        spec = {
            "Name": name,
            "Labels": {"com.docker.stack.namespace": "demo", **labels},
            "TaskTemplate": {
                "ContainerSpec": {"Image": "emulated/web:1"},
                "Resources": {"Limits": {"NanoCPUs": round(limit_cores * _NANO)}},
            },
            "Mode": {"Replicated": {"Replicas": service.replicas}},
        }
        self._up().change(lambda swarm: swarm.create_service(spec))
        waiting.until(lambda: self.running(name) == service.replicas, patience=_DEPLOY_PATIENCE, what=f"{name} to run")
        return name

    def running(self, service: str) -> int:
        """How many replicas of a service run."""
        return self._up().look(
            lambda swarm: sum(
                task.is_live and task.state is State.RUNNING for task in swarm.service(service).tasks.values()
            )
        )

    def clients(self, service: str, profile: Sequence[Step]) -> EmulatedClients:
        """Clients of a service, whose requests are measured from now on."""
        clients = EmulatedClients(profile, lambda: self.running(service))
        self.measure(clients)
        return clients

    def measure(self, load: LoadModel | None = None) -> None:
        """Write what the Swarm is measured at until `down`."""
        url = self.status().influx_url
        writer = MetricsWriter(
            self._up(), load or Wave(), url, every=_MEASURED_EVERY, history=timedelta(seconds=10), complain=_ignored
        )
        self._at_the_end.enter_context(writer)

    def run(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> Process:
        """Start a further process that ends with `end(name)` or `down`."""
        return processes.start(self._layout, name, argv, env=env, folder=folder)

    def end(self, name: str, *, grace: timedelta = _STOP_GRACE) -> None:
        """Stop a process; no error when it does not run."""
        processes.stop(self._layout, name, grace=grace)

    def processes(self) -> tuple[Process, ...]:
        """Those that live."""
        return processes.living(self._layout)

    def log(self, name: str) -> Path:
        """Where the output of a process goes."""
        return self._layout.logs / f"{name}.log"

    def _start_metrics(self) -> None:
        """InfluxDB, or what stands in for it in this process."""
        if self.stores.has_influx:
            influx_server.start(self._layout, address=_LOOPBACK, port=self._influx_port, authenticated=False)
        else:
            self._at_the_end.enter_context(MetricsInMemory(_LOOPBACK, self._influx_port))
        influx_server.wait_ready(_LOOPBACK, self._influx_port)
        influx_server.prepare(_LOOPBACK, self._influx_port, None)

    def _up(self) -> EmulatedEngine:
        if self._engine is None:
            raise LabUnavailable(f"The emulated lab {self.name} is not up.")
        return self._engine


def _nodes(swarm: Swarm, socket: Path) -> tuple[NodeStatus, ...]:
    return tuple(
        NodeStatus(
            hostname=node.hostname,
            address=node.address,
            role="manager" if node.is_manager else "worker",
            state="down" if node.is_down else "ready",
            availability=node.availability,
            node_id=node.id,
            docker_socket=socket,
        )
        for node in swarm.nodes
    )


def _ignored(_: str) -> None:
    """A point that was lost is seen by skep as a gap, which it tells."""

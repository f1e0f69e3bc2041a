"""The stage of one end-to-end test: what its operator may do and break there, and who sees what comes of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import redis

from lab.demo.stack import SkepProcesses
from lab.load import Load, Step
from lab.real import Lab, LabStatus, WebService, direct
from lab.real.events import Events
from lab.real.processes import Process
from tests.swarm.account import Account
from tests.swarm.patience import becomes
from tests.swarm.postbox import Postbox
from tests.swarm.service import SERVICE, Service

__all__ = ["HASTY", "INTERVAL", "POLICY", "WEB", "Stage"]

#: So cheap a request that no replica is ever busy, however noisy the machine.
WEB = WebService(cost=timedelta(milliseconds=1))

#: Between two evaluations.
INTERVAL = timedelta(seconds=2)

#: Windows are short, so that a story takes a minute; and a replica is worth so few requests that none is ever busy.
POLICY: Mapping[str, str] = {
    "skep.enable": "true",
    "skep.min": "2",
    "skep.max": "8",
    "skep.requests": "5/s",
    "skep.window": "10s",
    "skep.max-age": "10s",
    "skep.scale-down": "window=20s",
}
#: With data, a service without load shrinks at the very next evaluation, unless a person holds it.
HASTY: Mapping[str, str] = {**POLICY, "skep.scale-down": "window=0s"}

_BOUNDS = ("skep.min", "skep.max")
_CHECKOUT = Path(__file__).parents[2]
_LONGEST_LOAD = timedelta(minutes=10)
_CLI_PATIENCE = timedelta(minutes=3)


@dataclass(kw_only=True)
class Stage:
    """Two replicas of one service that skep has never heard of, behind a proxy; and skep, which looks on.

    Attributes:
        status: where the stores and the proxy are.
        skep: observer, actor, beat and Flower, and whatever a test starts beside them.
        postbox: the queue of orders, from outside.
        witness: Docker's account of this test.
        account: skep's own account of it.
        said_before: how many bytes each process had written to its log before this test, by its name.
        bounds: every bound that was ever in force in this test.
    """

    lab: Lab
    status: LabStatus
    skep: SkepProcesses
    broker: redis.Redis
    postbox: Postbox
    service: Service
    witness: Events
    account: Account
    said_before: Mapping[str, int]
    bounds: set[int] = field(default_factory=lambda: {2})

    # --- what an operator does -------------------------------------------------------------------------------------

    def label(self, labels: Mapping[str, str]) -> None:
        """Add labels to the service, or change them."""
        self.bounds |= {int(labels[bound]) for bound in _BOUNDS if bound in labels}
        self.service.label(labels)

    def deploy(self, labels: Mapping[str, str]) -> None:
        """Deploy the whole stack again, the service with these labels and the two replicas of its file."""
        self.bounds |= {int(labels[bound]) for bound in _BOUNDS if bound in labels}
        self.lab.deploy_again(labels, service=WEB)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run skep's command line to its end; all it is told of the world is where the broker is."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=_CHECKOUT,
            env={"PATH": os.environ["PATH"], "SKEP_BROKER_URL": self.status.redis_url},
            capture_output=True,
            text=True,
            timeout=_CLI_PATIENCE.total_seconds(),
            check=False,
        )

    def load(self, rate_rps: float) -> Load:
        """Clients who send so many requests per second through the proxy, while the load's `with` block lasts."""
        return Load(self.status.proxy_url, [Step(duration=_LONGEST_LOAD, rate_rps=rate_rps)])

    # --- what breaks ------------------------------------------------------------------------------------------------

    @contextmanager
    def without(self, store: str) -> Iterator[None]:
        """A store (`redis`, `influxd`) is ended in order, and comes back with its data after the block."""
        process = self._process(store)
        self.lab.end(store)
        try:
            yield
        finally:
            self.lab.run(store, process.argv)
            becomes(self._stores_answer, bool, what=f"{store} to answer again")

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A store or an engine (`engine-node-1`) takes connections in this block, but answers nobody."""
        process = self._process(name)
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGCONT)

    # --- what is seen -----------------------------------------------------------------------------------------------

    @property
    def counts(self) -> list[int]:
        """Every count that the service was given in this test, by whomever."""
        return [change.after for change in self.witness.changes(SERVICE)]

    @property
    def writes(self) -> int:
        """How often anybody but the operator wrote the service in this test, whatever was changed by it."""
        return self.witness.writes(SERVICE) - self.service.own_writes

    def said(self, process: str) -> str:
        """What a process has written to its log in this test."""
        log = self.skep.log(process).read_bytes()
        return log[self.said_before.get(process, 0) :].decode(errors="replace")

    def await_replicas(self, replicas: int) -> None:
        """Return when the spec has the count and as many replicas run."""
        becomes(lambda: self.service.replicas, lambda count: count == replicas, what=f"a spec of {replicas} replicas")
        self.service.await_running(replicas)

    def _process(self, name: str) -> Process:
        return next(process for process in self.lab.processes() if process.name == name)

    def _stores_answer(self) -> bool:
        try:
            return bool(self.broker.ping()) and direct.answers(f"{self.status.influx_url}/ping")
        except redis.ConnectionError:
            return False

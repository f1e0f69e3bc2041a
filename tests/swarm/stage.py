"""The stage of the end-to-end tests: skep's real processes on a lab, and one service behind a real proxy."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis
import requests
from docker import APIClient
from docker.errors import DockerException

from lab.demo.stack import ACTOR, BEAT, FLOWER, OBSERVER, SkepProcesses
from lab.load import Load, Step
from lab.real import Lab, LabUnavailable, direct
from lab.real.processes import Process
from skep.adapters.filing import Shelf
from skep.adapters.redis_journal import RedisJournal
from skep.adapters.redis_memory import RedisMemory
from skep.core.decision import Decision, Hold, Recommendation
from skep.core.record import Entry, EntryKind
from skep.errors import SkepError
from tests.swarm.patience import becomes
from tests.swarm.witness import Change, Witness

__all__ = ["INTERVAL", "POLICY", "SERVICE", "Sight", "Stage"]

SERVICE = "demo_web"
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

_CHECKOUT = Path(__file__).parents[2]
_USUAL = (OBSERVER, ACTOR, BEAT, FLOWER)
_LONGEST_LOAD = timedelta(minutes=10)
_CLI_PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The service at one moment, as Docker shows it.

    Attributes:
        spec: raw, without its count.
        running: ids of the swarm tasks that run and are meant to.
        replaced: ids of those that Swarm has ended although their place was kept.
    """

    spec: Mapping[str, Any]
    running: frozenset[str]
    replaced: frozenset[str]


class Stage:
    """One service, skep's processes, and all that a test may do and see.

    Attributes:
        lab: the Swarm and its stores.
        skep: observer, actor, beat and Flower, and whatever a test starts beside them.
        witness: Docker's account of the present test.
    """

    witness: Witness

    def __init__(self, lab: Lab, skep: SkepProcesses, client: APIClient, broker: redis.Redis) -> None:
        self.lab = lab
        self.skep = skep
        self._client = client
        self._broker = broker
        self._memory = RedisMemory(broker)
        self._journal = RedisJournal(broker)
        self._status = lab.status()
        self._curtain_up = datetime.now(UTC)
        self._bounds: set[int] = set()
        self._own_writes = 0

    @contextmanager
    def performance(self) -> Iterator[None]:
        """Begin with two replicas that skep has never heard of; end with a look at what nobody should have touched.

        Raises:
            AssertionError: when a count left its bounds, or anything was touched besides the count of the service.
        """
        self._clear()
        untouchable = self._all_but_the_count()
        with self.lab.client() as questions, self.lab.client() as following, Witness(questions, following) as witness:
            self.witness = witness
            yield
            counts = self.counts
        assert [count for count in counts if not min(self._bounds) <= count <= max(self._bounds)] == []
        assert self._all_but_the_count() == untouchable

    # --- what an operator does ----------------------------------------------------------------------------------

    def label(self, labels: Mapping[str, str]) -> None:
        """Add labels to the service, or change them."""
        self._bounds |= {int(value) for name, value in labels.items() if name in {"skep.min", "skep.max"}}
        self._update(*(word for name, value in labels.items() for word in ("--label-add", f"{name}={value}")))

    def scale_past_skep(self, replicas: int) -> None:
        """Set the count with Docker's own client, and wait until so many run."""
        self._update(f"--replicas={replicas}")
        self.lab.wait_running(SERVICE, replicas, patience=timedelta(minutes=2))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run skep's command line to its end; all it is told of the world is where the broker is."""
        environment = {"PATH": os.environ["PATH"], "LOGNAME": "ada", "SKEP_BROKER_URL": self._status.redis_url}
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=_CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_CLI_PATIENCE_S,
            check=False,
        )

    def load(self, rate_rps: float) -> Load:
        """Clients who send so many requests per second through the proxy while the load's `with` block lasts."""
        return Load(self._status.proxy_url, [Step(duration=_LONGEST_LOAD, rate_rps=rate_rps)])

    # --- what breaks ----------------------------------------------------------------------------------------------

    @contextmanager
    def without(self, store: str) -> Iterator[None]:
        """A store (`redis`, `influxd`) is ended in order, and started again with its data after the block."""
        process = self._process(store)
        self.lab.end(store)
        try:
            yield
        finally:
            self.lab.run(store, process.argv)
            becomes(self._stores_answer, bool, what=f"{store} to answer again")

    @contextmanager
    def frozen(self, store: str) -> Iterator[None]:
        """A store takes connections in this block, but answers nobody."""
        process = self._process(store)
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGCONT)

    # --- what is seen ---------------------------------------------------------------------------------------------

    @property
    def service_id(self) -> str:
        """The id by which skep remembers the service."""
        return str(self._raw()["ID"])

    @property
    def replicas(self) -> int:
        """The count in the spec."""
        return int(self._raw()["Spec"]["Mode"]["Replicated"]["Replicas"])

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change of the count in this test, as Docker tells it."""
        return self.witness.changes(SERVICE)

    @property
    def counts(self) -> list[int]:
        """Every count that the service was given in this test, by whomever."""
        return [change.after for change in self.changes]

    @property
    def writes(self) -> int:
        """How often anybody but the test's operator wrote the service in this test, whatever was changed by it."""
        return self.witness.writes(SERVICE) - self._own_writes

    @property
    def sight(self) -> Sight:
        """The service as it is now."""
        tasks = self._client.tasks(filters={"service": SERVICE})
        return Sight(
            spec=_without_count(self._raw()["Spec"]),
            running=frozenset(task["ID"] for task in tasks if _runs(task)),
            replaced=frozenset(task["ID"] for task in tasks if task["DesiredState"] == "shutdown"),
        )

    @property
    def decision(self) -> Decision | None:
        """The latest of skep's decisions about the service."""
        return self._memory.decisions([self.service_id]).get(self.service_id)

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """What skep remembers of past evaluations: each has left one, for as long as the windows of the labels."""
        history = self._memory.histories([self.service_id]).get(self.service_id)
        return history.recommendations if history is not None else ()

    @property
    def hold(self) -> Hold | None:
        """A person's order to keep a count, as skep remembers it."""
        return self._memory.holds([self.service_id]).get(self.service_id)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the journal tells of this test, the oldest first."""
        newest_first = self._journal.newest(service=SERVICE, since=self._curtain_up, limit=1000)[Shelf.CHANGES]
        return tuple(filed.entry for filed in reversed(newest_first))

    @property
    def recorded_changes(self) -> tuple[Entry, ...]:
        """The journal's changes in this test, the oldest first."""
        return tuple(entry for entry in self.entries if entry.kind is EntryKind.CHANGED)

    @property
    def orders_begun(self) -> int:
        """Orders that a worker has begun and not finished."""
        return len(self._memory.pending())

    def account(self) -> str:
        """All that skep has to say, for whoever has to find out why a test failed."""
        try:
            sentences = [f"{entry.at:%H:%M:%S} {entry.kind} {entry.sentence}" for entry in self.entries]
            return "\n".join([*sentences, str(self.decision)])
        except (SkepError, DockerException, requests.RequestException) as error:
            return f"cannot be told: {error}"

    def await_replicas(self, replicas: int) -> None:
        """Return when the spec has the count and as many replicas run."""
        becomes(lambda: self.replicas, lambda count: count == replicas, what=f"a spec of {replicas} replicas")
        self.lab.wait_running(SERVICE, replicas, patience=timedelta(minutes=2))

    def next_decisions(self, count: int) -> tuple[Decision, ...]:
        """The next so many decisions, each of an evaluation of its own."""
        decisions: list[Decision] = []
        last = self.decision
        while len(decisions) < count:
            last = self._decision_after(last)
            decisions.append(last)
        return tuple(decisions)

    def _decision_after(self, last: Decision | None) -> Decision:
        def is_newer(decision: Decision | None) -> bool:
            return decision is not None and (last is None or decision.evaluation > last.evaluation)

        decision = becomes(lambda: self.decision, is_newer, what="another evaluation")
        assert decision is not None
        return decision

    # --- between two performances -----------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._have_only_the_usual_processes()
        self.lab.start_collector()
        labels = [name for name in self._raw()["Spec"]["Labels"] if name.startswith("skep.")]
        self._update("--replicas=2", *(word for name in labels for word in ("--label-rm", name)))
        # skep forgets by itself what is no longer enabled, but neither a person's orders nor what was done.
        becomes(self._memory.decisions, lambda known: not known, what="skep to forget the service")
        for pattern in ("skep:holds", "skep:pending", "skep:events:*", "skep:lock:service:*"):
            for key in self._broker.scan_iter(pattern):
                self._broker.delete(key)
        self.lab.wait_running(SERVICE, 2, patience=timedelta(minutes=2))
        self._curtain_up = datetime.now(UTC)
        self._bounds = {2}
        self._own_writes = 0

    def _have_only_the_usual_processes(self) -> None:
        for process in self.lab.processes():
            if process.name not in _USUAL and "celery" in process.argv:
                self.skep.stop(process.name)
        starts = (self.skep.start_observer, self.skep.start_actor, self.skep.start_beat, self.skep.start_flower)
        for name, start in zip(_USUAL, starts, strict=True):
            if not self.skep.running(name):
                start()
        self.skep.wait_ready(*_USUAL)

    def _update(self, *arguments: str) -> None:
        """Write the service as an operator does, who tries again when skep wrote it at the same moment."""
        for _ in range(5):
            with suppress(LabUnavailable):
                self._update_once(*arguments)
                return
        self._update_once(*arguments)

    def _update_once(self, *arguments: str) -> None:
        self.lab.docker("service", "update", "--detach", "--no-resolve-image", *arguments, SERVICE)
        self._own_writes += 1

    def _stores_answer(self) -> bool:
        try:
            return bool(self._broker.ping()) and direct.answers(f"{self._status.influx_url}/ping")
        except redis.ConnectionError:
            return False

    def _process(self, name: str) -> Process:
        return next(process for process in self.lab.processes() if process.name == name)

    def _raw(self) -> dict[str, Any]:
        return dict(self._client.inspect_service(SERVICE))

    def _all_but_the_count(self) -> dict[str, Any]:
        """Everything in the Swarm that skep could touch, but for what it may and what the test's operator does."""
        services = {service["Spec"]["Name"]: service["Spec"] for service in self._client.services()}
        services[SERVICE] = _without_labels(_without_count(services[SERVICE]))
        nodes = {node["Description"]["Hostname"]: node["Spec"] for node in self._client.nodes()}
        others = [t["ID"] for t in self._client.tasks() if _runs(t) and t["ServiceID"] != self.service_id]
        return {"services": services, "nodes": nodes, "swarm tasks of other services": sorted(others)}


def _runs(task: Mapping[str, Any]) -> bool:
    return bool(task["DesiredState"] == "running" and task["Status"]["State"] == "running")


def _without_count(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {**spec, "Mode": {"Replicated": {**spec["Mode"]["Replicated"], "Replicas": "any"}}}


def _without_labels(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {**spec, "Labels": {k: v for k, v in spec["Labels"].items() if not k.startswith("skep.")}}

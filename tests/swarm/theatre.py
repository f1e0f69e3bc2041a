"""Where the end-to-end tests are played, one after the other, each beginning from the same state."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import redis
from docker import APIClient

from lab.demo.stack import ACTOR, BEAT, FLOWER, OBSERVER, SkepProcesses
from lab.real import Lab, direct
from lab.real.events import Events
from skep.adapters.redis_memory import RedisMemory
from tests.swarm.account import Account
from tests.swarm.patience import becomes
from tests.swarm.postbox import Postbox
from tests.swarm.service import SERVICE, Service
from tests.swarm.stage import Stage

__all__ = ["Theatre"]

_USUAL = (OBSERVER, ACTOR, BEAT, FLOWER)
#: What skep does not forget by itself, or not at once, when a service is no longer enabled, what a killed worker
#: leaves, and how old points were: which rule is best depends on it, once enough tests have been played.
_LEFT_BEHIND = (
    "skep:holds",
    "skep:pending",
    "skep:events:*",
    "skep:lock:*",
    "skep:claim:resume:*",
    "skep:lessons",
    "skep:choices",
    "skep:looked-at",
    "skep:ages:*",
)


class Theatre:
    """A lab with one service behind a proxy, and skep's processes on it.

    Attributes:
        skep: as long as nothing is played, one observer, one actor, beat and Flower.
        postbox: the queue of orders, from outside.
        latest: the stage of the present test or of the last one; None before the first.
    """

    def __init__(self, lab: Lab, skep: SkepProcesses, client: APIClient, broker: redis.Redis, postbox: Postbox) -> None:
        self.lab = lab
        self.skep = skep
        self.latest: Stage | None = None
        self._client = client
        self._broker = broker
        self._first_nodes = {node["ID"]: node["Spec"] for node in client.nodes()}
        self._first_machines = frozenset(node.hostname for node in lab.status().nodes)
        self.postbox = postbox

    @contextmanager
    def performance(self, *, seen_from: str | None = None) -> Iterator[Stage]:
        """A stage that shows nothing of what was played before.

        Args:
            seen_from: the manager that is asked what happened, where engines stand still; swarm tasks of others are
                moved by Swarm then, so that nobody can tell whether skep has touched them.

        Raises:
            AssertionError: at the end, when a count has left its bounds or anything was touched besides the count.
        """
        service = Service(self.lab, self._client)
        self._clear(service)
        surroundings = service.surroundings
        with (
            self.lab.client(seen_from) as questions,
            self.lab.client(seen_from) as events,
            Events(questions, events) as witness,
        ):
            stage = self.latest = self._stage(service, witness)
            yield stage
            counts = stage.counts
        assert [count for count in counts if not min(stage.bounds) <= count <= max(stage.bounds)] == []
        assert seen_from is not None or service.surroundings == surroundings

    def _stage(self, service: Service, witness: Events) -> Stage:
        service.own_writes = 0
        logs = (self.lab.folder / "logs").glob("*.log")
        account = Account(self._broker, service_id=service.id, service_name=SERVICE, since=datetime.now(UTC))
        return Stage(
            lab=self.lab,
            status=self.lab.status(),
            skep=self.skep,
            broker=self._broker,
            postbox=self.postbox,
            service=service,
            witness=witness,
            account=account,
            said_before={log.stem: log.stat().st_size for log in logs},
        )

    def _clear(self, service: Service) -> None:
        self._have_only_the_usual_processes()
        self.lab.start_collector()
        self._forget_the_load()
        service.remove_policy()
        # What a killed worker has left on the broker would come to life in a later test.
        self.postbox.deliver_again()
        self.postbox.await_quiet()
        becomes(RedisMemory(self._broker).decisions, lambda known: not known, what="skep to forget the service")
        self._have_only_the_first_nodes()
        self._end_orders(service)
        for pattern in _LEFT_BEHIND:
            for key in self._broker.scan_iter(pattern):
                self._broker.delete(key)
        service.set_replicas(2)

    def _forget_the_load(self) -> None:
        """What the clients of one test ask for must not scale in the next, whose windows would still see them."""
        status = self.lab.status()
        forget = {"db": status.influx_database, "q": "DROP SERIES FROM haproxy"}
        with direct.session() as session:
            session.post(f"{status.influx_url}/query", params=forget, timeout=60).raise_for_status()

    def _end_orders(self, service: Service) -> None:
        """End what people ordered: the journal would give it back to a later test that loses all of Redis."""
        memory = RedisMemory(self._broker)
        releases = [("release", service_id) for service_id in memory.holds([service.id])]
        resumptions = [("resume", service_id) for service_id in memory.pauses()]
        for kind, service_id in releases + resumptions:
            task_id = f"{kind}.{service_id}.{time.monotonic_ns()}"
            order = {"kind": kind, "service_id": service_id, "actor": "the next test"}
            self.postbox.send(order, task="order.give", task_id=task_id)
            assert self.postbox.outcome(task_id)[0] == "SUCCESS"

    def _have_only_the_first_nodes(self) -> None:
        """A test that failed may have left some emptied or dead, and others whose machines came too late for it."""
        for machine in self.lab.status().nodes:
            if machine.hostname not in self._first_machines:
                self.lab.remove(machine.hostname)
            elif machine.state == "dead":
                self.lab.revive(machine.hostname)
        for node in self._client.nodes():
            spec = self._first_nodes.get(node["ID"])
            if spec is None:
                self._client.remove_node(node["ID"], force=True)
            elif node["Spec"] != spec:
                self._client.update_node(node["ID"], node["Version"]["Index"], spec)
        becomes(
            lambda: {node["Status"]["State"] for node in self._client.nodes()},
            lambda states: states == {"ready"},
            what="all nodes to be ready",
        )

    def _have_only_the_usual_processes(self) -> None:
        for name in self.skep.started - {*_USUAL}:
            self.skep.stop(name)
        starts = (self.skep.start_observer, self.skep.start_actor, self.skep.start_beat, self.skep.start_flower)
        for name, start in zip(_USUAL, starts, strict=True):
            if not self.skep.running(name):
                start()
        self.skep.wait_ready(*_USUAL)

"""The simulated scheduler does what the real one does, on random Swarms of real engines.

Services are made one by one, each first without replicas, so that it can be read; then the simulation says where its
replicas will go, and Swarm shows where they go. Where Swarm chooses by chance between equal nodes, only how many
replicas the nodes have counts, not which of them has how many.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from lab.real import Lab
from skep.adapters.swarm import DockerSwarm
from skep.core.capacity.placement import Placement, place
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster, Service
from tests.labs import lab_name
from tests.swarm.patience import becomes

pytestmark = pytest.mark.swarm

_LAB = lab_name("alike")
_NODES = 4
_IMAGE = "127.0.0.1:5/sleeper:1"
_MIB = 1 << 20
#: Others can be asked for: ``SKEP_SCHEDULER_SEEDS="7 8 9"``.
SEEDS = [int(seed) for seed in os.environ.get("SKEP_SCHEDULER_SEEDS", "1 2 3 4").split()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A service to make: what `docker service create` is told, and its replicas; ``None`` for a global service."""

    name: str
    options: tuple[str, ...]
    replicas: int | None


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Four engines that sleep well."""
    lab = Lab(_LAB, nodes=_NODES)
    try:
        lab.up()
        lab.stand_in(_IMAGE)
        yield lab
    finally:
        lab.down()


class Bench:
    """The Swarm under test, empty at first."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._swarm = DockerSwarm(f"unix://{lab.status().manager_socket}")
        self._nudges = 0
        self.names = [node.hostname for node in lab.status().nodes]

    def clear(self) -> None:
        """No service and no swarm task is left, and every node is open and without labels."""
        services = [service.name for service in self.read().services]
        if services:
            self._lab.docker("service", "rm", *services)
        with self._lab.client() as client:
            becomes(client.tasks, lambda tasks: not tasks, what="all swarm tasks to be gone")
        for name in self.names:
            self._lab.docker("node", "update", "--availability", "active", *self._without_labels(name), name)

    def set_up(self, name: str, *options: str) -> None:
        """Change a node."""
        self._lab.docker("node", "update", *options, name)

    def create(self, wanted: Wanted) -> None:
        """Make the service, without replicas."""
        mode = ("--mode", "global") if wanted.replicas is None else ("--replicas", "0")
        still = ("--detach", "--no-resolve-image", "--stop-grace-period", "0s")
        self._lab.docker(
            "service", "create", "--name", wanted.name, *still, *mode, *wanted.options, _IMAGE, "sleep", "1000000"
        )

    def scale(self, name: str, replicas: int) -> None:
        """Give it replicas."""
        self._lab.scale(name, replicas)

    def nudge(self) -> None:
        """Let the scheduler look again at what waits: of a group it has just placed in part it counts too few nodes."""
        self._nudges += 1
        self.set_up(self.names[0], "--label-add", f"nudge={self._nudges}")

    def read(self) -> Cluster:
        """The Swarm as skep sees it."""
        return self._swarm.read()

    def service(self, name: str) -> Service:
        """One service of it."""
        return next(service for service in self.read().services if service.name == name)

    def settled(self, name: str, tasks: int) -> Service:
        """The service once the scheduler has decided about each of its swarm tasks."""

        def is_settled(service: Service) -> bool:
            decided = [task for task in service.tasks if task.takes_room or task.error]
            return len(decided) == len(service.tasks) == tasks

        return becomes(lambda: self.service(name), is_settled, what=f"{tasks} swarm tasks of {name} to be decided on")

    def _without_labels(self, name: str) -> list[str]:
        node = next(node for node in self.read().nodes if node.hostname == name)
        return [part for label, _ in node.labels for part in ("--label-rm", label)]


@pytest.fixture
def bench(lab: Lab) -> Bench:
    """A Swarm with nothing on it."""
    bench = Bench(lab)
    bench.clear()
    return bench


@pytest.mark.parametrize("seed", [pytest.param(seed, id=f"seed {seed}") for seed in SEEDS])
def test_swarm_places_and_refuses_what_the_simulation_says(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)
    _furnish(bench, chance)
    for wanted in _services(chance, bench.read()):
        bench.create(wanted)
        if wanted.replicas is None:
            bench.settled(wanted.name, tasks=_nodes_that_want(bench.read(), wanted))
            continue
        before = bench.read()
        service = next(service for service in before.services if service.name == wanted.name)
        expected = place([Want(service=service, replicas=wanted.replicas)], before)
        bench.scale(wanted.name, wanted.replicas)
        seen = bench.settled(wanted.name, tasks=wanted.replicas)
        assert (wanted, _spread(seen)) == (wanted, _expected_spread(expected))
        assert (wanted, _pending(seen)) == (wanted, sum(each.replicas for each in expected.pending))
        if expected.pending:
            _assert_same_words(bench, wanted, expected)


def _furnish(bench: Bench, chance: random.Random) -> None:
    """Random labels, and at times a node that takes nothing."""
    for name in bench.names:
        zone = chance.choice(["a", "a", "b"])
        labels = ["--label-add", f"zone={zone}"] if chance.random() < 0.8 else []
        labels += ["--label-add", "disk=ssd"] if chance.random() < 0.6 else []
        availability = chance.choices(["active", "pause", "drain"], weights=[8, 1, 1])[0]
        bench.set_up(name, "--availability", availability, *labels)


def _services(chance: random.Random, swarm: Cluster) -> Iterator[Wanted]:
    """At times something on every node, then five services that compete for the same room."""
    cores = swarm.nodes[0].capacity.cpu_cores or 0.0
    memory_mib = (swarm.nodes[0].capacity.memory_bytes or 0) // _MIB
    if chance.random() < 0.5:
        yield Wanted(name="agent", options=("--reserve-cpu", f"{cores / 8:.3f}"), replicas=None)
    for number in range(1, 6):
        options: list[str] = []
        options += _at_times(chance, 0.7, "--reserve-cpu", f"{cores * chance.choice([0.1, 0.25, 0.5, 0.75]):.3f}")
        options += _at_times(chance, 0.4, "--reserve-memory", f"{int(memory_mib * chance.choice([0.1, 0.3, 0.6]))}m")
        options += _at_times(
            chance, 0.4, "--constraint", chance.choice(["node.labels.disk == ssd", "node.labels.zone != b"])
        )
        options += _at_times(chance, 0.2, "--constraint", chance.choice(["node.role==worker", "node.hostname!=node-2"]))
        options += _at_times(chance, 0.3, "--replicas-max-per-node", str(chance.choice([1, 2])))
        options += _at_times(chance, 0.4, "--placement-pref", "spread=node.labels.zone")
        options += _at_times(chance, 0.2, "--publish", f"mode=host,published={8000 + number % 2},target=80")
        yield Wanted(name=f"service-{number}", options=tuple(options), replicas=chance.randint(1, 7))


def _at_times(chance: random.Random, share: float, *option: str) -> Sequence[str]:
    return option if chance.random() < share else ()


def _nodes_that_want(swarm: Cluster, wanted: Wanted) -> int:
    """Swarm makes a swarm task of a global service for each node that is open."""
    assert wanted.replicas is None
    return sum(node.takes_tasks for node in swarm.nodes)


def _spread(service: Service) -> list[int]:
    return sorted(Counter(task.node_id for task in service.tasks if task.takes_room).values())


def _expected_spread(placement: Placement) -> list[int]:
    return sorted(assigned.replicas for assigned in placement.assigned)


def _pending(service: Service) -> int:
    return sum(task.is_pending_for_room for task in service.tasks)


def _assert_same_words(bench: Bench, wanted: Wanted, expected: Placement) -> None:
    bench.nudge()

    def words() -> set[str]:
        return {task.error for task in bench.service(wanted.name).tasks if task.is_pending_for_room}

    becomes(
        words, lambda said: said == {expected.pending[0].reason}, what=f"Swarm to say {expected.pending[0].reason!r}"
    )

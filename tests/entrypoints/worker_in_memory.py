"""A worker of both queues whose Swarm is in memory: ``python -m tests.entrypoints.worker_in_memory``.

A real Celery worker behind a real broker, for tests of what sends messages and waits for answers. Its Swarm has ``web``
with 3 replicas of 2 to 10, and ``db``, which skep does not scale.
"""

from functools import cache

from skep import wiring
from skep.ports import World
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

LABELS = {"skep.enable": "true", "skep.min": "2", "skep.max": "10", "skep.requests": "50/s"}
COMMAND = (
    "worker",
    "--pool=solo",
    "--queues=observe,tick,act",
    "--without-mingle",
    "--without-gossip",
    "--hostname=w@test",
)


def _world() -> World:
    clock = FakeClock()
    swarm = FakeSwarm(clock)
    swarm.add("web", replicas=3, labels=LABELS)
    swarm.add("db", replicas=1)
    return World(
        clock=clock,
        swarm=swarm,
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )


def main() -> None:
    """Put the world in memory in the place of the real one, and work."""
    wiring.world = cache(_world)
    from workers.app import app  # noqa: PLC0415 - tasks take the world that is there when they are imported

    app.worker_main(list(COMMAND))


if __name__ == "__main__":
    main()

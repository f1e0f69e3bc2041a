"""A whole world in memory, with one enabled service in it."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.action import AUTOSCALER, ScaleOrder
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.scale import ScaleOutcome, scale_service
from skep.ports import World
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

LABELS = {"skep.enable": "true", "skep.min": "2", "skep.max": "10", "skep.requests": "50/s"}
TIME_LIMIT = timedelta(seconds=30)


@dataclass
class Practice:
    """The fakes, the world made of them, and the operations with everyday arguments."""

    clock: FakeClock
    swarm: FakeSwarm
    metrics: FakeMetrics
    locks: FakeLocks
    memory: FakeMemory
    journal: FakeJournal
    _task_ids: dict[ScaleOrder, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return World(
            clock=self.clock,
            swarm=self.swarm,
            metrics=self.metrics,
            locks=self.locks,
            memory=self.memory,
            journal=self.journal,
        )

    def evaluate(self) -> tuple[ScaleOrder, ...]:
        """One evaluation, 15 seconds after whatever was before."""
        self.clock.advance(timedelta(seconds=15))
        return self.evaluate_at_once()

    def evaluate_at_once(self) -> tuple[ScaleOrder, ...]:
        """One evaluation at this very instant."""
        pace = Pace(interval=timedelta(seconds=15), time_limit=TIME_LIMIT)
        return evaluate_services(self.world, defaults=LabelDefaults(), pace=pace).orders

    def scale(self, order: ScaleOrder, *, hold_for: timedelta | None = None, task_id: str = "") -> ScaleOutcome:
        """Carry out one order; the same order is the same task, t1 the first, unless the test says otherwise."""
        return scale_service(
            self.world,
            order,
            defaults=LabelDefaults(),
            time_limit=TIME_LIMIT,
            hold_for=hold_for,
            task_id=task_id or self._task_ids.setdefault(order, f"t{len(self._task_ids) + 1}"),
        )

    def evaluate_and_act(self) -> None:
        """What a tick and its actor do."""
        for order in self.evaluate():
            self.scale(order)

    def load(self, per_second: float) -> None:
        """Clients bring so many requests from now on, and have done so for a minute."""
        self.metrics.rate("web", "proxy", per_second)

    @property
    def replicas(self) -> int | None:
        """The count in the spec of web."""
        return self.swarm.service("web").replicas


@pytest.fixture
def practice() -> Practice:
    """Web with two replicas between 2 and 10, 50 requests/s each."""
    clock = FakeClock()
    made = Practice(
        clock=clock,
        swarm=FakeSwarm(clock),
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    made.swarm.add("web", replicas=2, labels=LABELS)
    return made


@pytest.fixture
def grow() -> ScaleOrder:
    """Skep's own order, decided on two replicas."""
    return ScaleOrder(
        service_id="web-id",
        service_name="web",
        replicas=5,
        seen_replicas=2,
        evaluation=7,
        reason="requests 240/s on 2 replicas, target 50/s each",
        actor=AUTOSCALER,
    )

"""The tasks of a drain as workers run them, on a world in memory: what Flower is told, and what is sent next."""

import pytest

import tasks.ask
import tasks.drain
import tasks.reconcile
from skep.ports import World
from skep.report.sentences import LONGEST_LINE, verdict_of
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

LABELS = {"skep.enable": "true", "skep.min": "1", "skep.max": "10", "skep.requests": "50/s"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The host names of the nodes whose steps were sent; the node is worker-2, where web's two replicas run."""
    clock = FakeClock()
    swarm = FakeSwarm(clock)
    swarm.add_node("worker-2")
    swarm.add("web", replicas=2, labels=LABELS)
    for task in swarm.tasks("web"):
        swarm.set_task("web", task, node_id="worker-2-id")
    world = World(
        clock=clock,
        swarm=swarm,
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    steps: list[str] = []
    for module in (tasks.drain, tasks.ask, tasks.reconcile):
        monkeypatch.setattr(module, "world", lambda: world)
    for module in (tasks.drain, tasks.reconcile):
        monkeypatch.setattr(module, "enqueue_step", lambda _node_id, hostname: steps.append(hostname))
    return steps


def drain() -> str:
    return str(tasks.drain.node.apply(kwargs={"node_id": "worker-2", "actor": "ada", "reason": "new kernel"}).get())


def step() -> str:
    return str(tasks.drain.step.apply(kwargs={"node_id": "worker-2-id"}).get())


def test_a_drain_is_told_in_lines_and_goes_on_by_itself_while_a_step_is_due(sent: list[str]) -> None:
    told = [drain(), step(), step()]
    assert told == [
        "worker-2 cordoned to be drained: new kernel",
        "worker-2 surge recorded for 1 service",
        "worker-2 surge posted: web 2 → 4",
    ]
    assert max(map(len, told)) <= LONGEST_LINE
    assert sent == ["worker-2", "worker-2"]


def test_reconcile_sends_the_step_that_is_due(sent: list[str]) -> None:
    tasks.reconcile.drains.apply().get()
    assert sent == []
    drain()
    tasks.reconcile.drains.apply().get()
    assert sent == ["worker-2", "worker-2"]


def test_a_verdict_can_be_read_from_every_result(sent: list[str]) -> None:
    assert [verdict_of(drain()), verdict_of(drain())] == ["cordoned", "already"]
    given_back = tasks.drain.back.apply(kwargs={"node_id": "worker-2", "actor": "ben"}).get()
    assert verdict_of(str(given_back)) == "active"
    assert len(sent) == 2


def test_a_refusal_can_be_read_too(sent: list[str]) -> None:
    result = tasks.drain.node.apply(kwargs={"node_id": "worker-9", "actor": "ada"}).get()
    assert (verdict_of(str(result)), sent) == ("refused", [])


def test_answers_are_plain_values(sent: list[str]) -> None:
    drain()
    nodes = tasks.ask.nodes.apply().get()
    assert [node["drain"]["phase"] for node in nodes if node["hostname"] == "worker-2"] == ["draining"]
    forecast = tasks.ask.foresee.apply(kwargs={"node": "worker-2"}).get()
    assert forecast["moves"][0]["fate"] == "surged"
    assert sent == ["worker-2"]

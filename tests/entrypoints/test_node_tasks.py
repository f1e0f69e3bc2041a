"""The tasks of pools and nodes as workers run them: what they take, and what Flower is told."""

from typing import Any

import msgspec
import pytest

import tasks.nodes
from skep.config.labels import LabelDefaults
from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.report.sentences import LONGEST_LINE
from tests.operations.fleet_play import FleetPlay


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> FleetPlay:
    """A pool with one node, and ten replicas that need more."""
    made = FleetPlay()
    made.begin(workers=1)
    made.requests_per_second = 500.0
    monkeypatch.setattr(tasks.nodes, "world", lambda: made.world)
    monkeypatch.setattr(tasks.nodes, "fleet", lambda: made.fleet)
    monkeypatch.setattr(tasks.nodes, "label_defaults", LabelDefaults)
    return made


def run(order: NodeOrder) -> str:
    """The result of the task of an order, run here and now."""
    message: dict[str, Any] = msgspec.to_builtins(order)
    task = getattr(tasks.nodes, message.pop("kind"))
    return str(task.apply(kwargs=message, task_id=f"nodes.{order.kind}.{order.subject}.{order.evaluation}").get())


def test_an_order_travels_as_plain_fields_and_is_told_in_a_line(play: FleetPlay) -> None:
    play.evaluate()
    (order,) = play.orders
    line = run(order).partition("\n")[0]
    assert line.startswith("workers +2: room for 6 of web")
    assert len(line) <= LONGEST_LINE
    assert run(order) == "workers already ordered under this request"


def test_every_kind_of_order_has_its_task() -> None:
    assert set(tasks.nodes._TASKS) == set(NodeOrderKind)


def test_a_refusal_is_told_as_such(play: FleetPlay) -> None:
    play.evaluate()
    (order,) = play.orders
    play.pools = ()
    assert run(order).partition("\n")[2] == "workers refused: the policy file has no pool workers any more"


def test_a_person_has_a_pool_filled(play: FleetPlay) -> None:
    result = tasks.nodes.fill.apply(kwargs={"pool": "workers", "actor": "ada", "reason": "by hand"}, task_id="t")
    assert str(result.get()).partition("\n")[0] == "workers filled: 1 node for an hour, by hand"
    assert "skep.node.fill-since" in play.labels("machine-1")

"""`skep rebalance`: what it tells, what it orders, and how it ends."""

import json

from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.capacity.rebalance import Move
from tests.fakes.desk import FakeOrders, FakeQuestions, desk

MOVE = Move(
    service_id="web-id",
    service_name="web",
    to_node_id="n2",
    from_node_ids=("n1",),
    sentence="web: one replica to worker-2, from worker-1",
)


def run(*arguments: str, orders: FakeOrders | None = None) -> Result:
    at_desk = desk(questions=FakeQuestions(moves_of={"workers": (MOVE,), "batch": ()}), orders=orders)
    return CliRunner().invoke(skep, ["rebalance", *arguments], obj=at_desk)


def test_a_rehearsal_tells_what_would_move_and_orders_nothing() -> None:
    orders = FakeOrders()
    result = run("workers", "--dry-run", orders=orders)
    assert (result.exit_code, result.stdout) == (0, "web: one replica to worker-2, from worker-1\n")
    assert orders.of_pools == []


def test_a_rehearsal_of_what_is_even_says_so() -> None:
    assert "no replica would move" in run("batch", "--dry-run").stdout


def test_a_pool_that_is_none_is_told() -> None:
    result = run("wrokers", "--dry-run")
    assert (result.exit_code, "no pool wrokers" in result.output) == (1, True)


def test_the_order_is_signed_and_its_outcome_told() -> None:
    orders = FakeOrders()
    result = run("workers", "--as", "ada", "--reason", "maintenance", "--json", orders=orders)
    (order,) = orders.of_pools
    assert (order.pool, order.actor, order.reason) == ("workers", "ada", "maintenance")
    (delivery,) = json.loads(result.stdout)["orders"]
    assert (result.exit_code, delivery["verdict"]) == (0, "filled")

"""`skep hold`, `release`, `pause` and `resume`: what is typed, what is ordered, what is said, and how it ends."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from cli.desk import Outcome
from cli.main import skep
from skep.core.orders import ALL_SERVICES, OrderKind
from tests.fakes.desk import FakeOrders, FakeQuestions, desk, service

SERVICES = (service("shop_web"), service("shop_api"), service("db", replicas=1, is_enabled=False))


def run(*arguments: str, orders: FakeOrders | None = None, questions: FakeQuestions | None = None) -> Result:
    at_desk = desk(questions=questions or FakeQuestions(services=SERVICES), orders=orders)
    return CliRunner().invoke(skep, arguments, obj=at_desk)


# --- what is typed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["hold"], "Missing argument 'SERVICE...'", id="nobody to hold"),
        pytest.param(["release"], "Missing argument 'SERVICE...'", id="nobody to release"),
        pytest.param(["pause"], "Give services or --all, and not both: skep pause web api", id="nobody to pause"),
        pytest.param(["resume"], "skep resume web api, or skep resume --all", id="nobody to resume"),
        pytest.param(["pause", "web", "--all"], "Give services or --all, and not both", id="one and all"),
        pytest.param(["hold", "web", "web"], '"web" is given 2 times', id="a service twice"),
        pytest.param(["hold", "web", "shop_web"], '"shop_web" is given 2 times', id="a service by two names"),
        pytest.param(["hold", "web", "--for", "0"], 'the value is "0", expected a duration', id="a hold of no time"),
        pytest.param(["pause", "web", "--for", "0s"], "from 1s to 365d, or ever", id="a pause of no time"),
        pytest.param(["pause", "web", "--for", "2"], "for example 2h or ever", id="a time without unit"),
        pytest.param(["hold", "web", "--as", "Skep"], "the name of the autoscaler itself", id="the autoscaler's name"),
        pytest.param(["hold", "web", "--as", "outside"], "without asking it", id="the name of strangers"),
        pytest.param(["hold", "web", "--reason", " "], "--reason needs", id="a blank reason"),
        pytest.param(["hold", "web=5"], 'There is no service called "web=5"', id="a count"),
    ],
)
def test_what_is_typed_wrongly_is_one_message_and_orders_nothing(arguments: Sequence[str], message: str) -> None:
    orders = FakeOrders()
    result = run(*arguments, orders=orders)
    assert result.exit_code in {1, 2}
    assert message in result.stderr
    assert (result.stdout, orders.given) == ("", [])


# --- what is ordered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind", "lasts"),
    [
        pytest.param(["hold", "web"], OrderKind.HOLD, timedelta(minutes=30), id="a hold of half an hour"),
        pytest.param(["hold", "web", "--for", "2h"], OrderKind.HOLD, timedelta(hours=2), id="a hold of two hours"),
        pytest.param(["hold", "web", "--for", "ever"], OrderKind.HOLD, None, id="a hold without end"),
        pytest.param(["release", "web"], OrderKind.RELEASE, None, id="a release"),
        pytest.param(["pause", "web"], OrderKind.PAUSE, None, id="a pause without end"),
        pytest.param(["pause", "web", "--for", "90m"], OrderKind.PAUSE, timedelta(minutes=90), id="a pause with one"),
        pytest.param(["resume", "web"], OrderKind.RESUME, None, id="an end of a pause"),
    ],
)
def test_the_command_orders(arguments: Sequence[str], kind: OrderKind, lasts: timedelta | None) -> None:
    orders = FakeOrders()
    assert run(*arguments, "--as", "ada", "--reason", "launch", orders=orders).exit_code == 0
    (order,) = orders.given
    assert (order.kind, order.service_id, order.service_name) == (kind, "id-of-shop_web", "shop_web")
    assert (order.lasts, order.actor, order.reason) == (lasts, "ada", "launch")


def test_several_services_are_an_order_each_and_all_are_sent_before_any_is_waited_for() -> None:
    orders = FakeOrders(outcomes={"shop_web": None})
    result = run("pause", "web", "api", orders=orders)
    assert [order.service_name for order in orders.given] == ["shop_web", "shop_api"]
    assert "shop_api paused: by hand" in result.stdout


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_everything_is_one_order_and_asks_no_question(command: str) -> None:
    orders, questions = FakeOrders(), FakeQuestions(services=SERVICES)
    assert run(command, "--all", orders=orders, questions=questions).exit_code == 0
    (order,) = orders.given
    assert (order.service_id, order.service_name, questions.asked) == (ALL_SERVICES, "all", [])
    assert order.task_id.startswith(f"{command}.all.20261123T140215Z-")


def test_the_id_of_an_order_is_readable_in_the_order_of_time_and_used_once() -> None:
    orders = FakeOrders()
    run("hold", "web", orders=orders)
    run("hold", "web", orders=orders)
    first, second = (order.task_id for order in orders.given)
    assert re.fullmatch(r"hold\.shop_web\.20261123T140215Z-[0-9a-f]{6}", first)
    assert first != second


# --- what is said and how it ends --------------------------------------------------------------------------------


def test_a_carried_out_order_tells_its_id_and_what_the_worker_says() -> None:
    orders = FakeOrders()
    result = run("hold", "web", orders=orders)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"hold shop_web: queued as {orders.given[0].task_id}",
        "shop_web held: by hand",
    ]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        pytest.param(Outcome(verdict="already", sentence="shop_web already released"), 0, id="nothing to do"),
        pytest.param(Outcome(verdict="refused", sentence="shop_web refused: no such service"), 1, id="refused"),
        pytest.param(Outcome(verdict="failed", sentence="the Swarm has no leader"), 1, id="a worker in trouble"),
        pytest.param(None, 3, id="no verdict in time"),
    ],
)
def test_the_command_ends_as_its_order_did(outcome: Outcome | None, code: int) -> None:
    result = run("release", "web", orders=FakeOrders(outcomes={"shop_web": outcome}))
    assert result.exit_code == code
    assert (outcome.sentence if outcome else "shop_web: no verdict yet, it stays queued") in result.stdout


def test_with_json_there_is_one_document_and_messages_go_to_standard_error() -> None:
    orders = FakeOrders()
    result = run("pause", "--all", "--json", orders=orders)
    assert json.loads(result.stdout) == {
        "orders": [
            {
                "order": "pause",
                "service": "everything",
                "service_id": "*",
                "task_id": orders.given[0].task_id,
                "verdict": "paused",
                "sentence": "all paused: by hand",
            }
        ]
    }
    assert f"queued as {orders.given[0].task_id}" in result.stderr

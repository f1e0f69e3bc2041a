"""`skep scale`: what is typed, what is ordered, what is said, and how it ends."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from cli.desk import Outcome
from cli.main import skep
from skep.operations.ask import ServiceStatus
from tests.fakes.desk import FakeOrders, FakeQuestions, desk, service

WEB = service("shop_web")
API = service("shop_api")
DB = service("db", replicas=1, is_enabled=False)


def scale(
    *arguments: str, questions: FakeQuestions | None = None, orders: FakeOrders | None = None, columns: int = 80
) -> Result:
    at_desk = desk(questions=questions or FakeQuestions(services=(WEB, API, DB)), orders=orders)
    return CliRunner().invoke(skep, ["scale", *arguments], obj=at_desk, env={"COLUMNS": str(columns)})


# --- what is typed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "Missing argument 'SERVICE=REPLICAS...'", id="nothing"),
        pytest.param(["web"], 'the order is "web", expected SERVICE=REPLICAS, for example web=5', id="no count"),
        pytest.param(["=5"], 'the order is "=5", expected SERVICE=REPLICAS', id="no service"),
        pytest.param(["web="], "the count of web is empty", id="an empty count"),
        pytest.param(["web=many"], 'the count of web is "many", expected a whole number', id="not a number"),
        pytest.param(["web=-1"], 'the count of web is "-1"', id="a negative count"),
        pytest.param(["web=2.5"], 'the count of web is "2.5"', id="a fraction"),
        pytest.param(["web=9999999999"], 'the count of web is "9999999999"', id="more than an engine can count"),
        pytest.param(["web=5", "web=3"], '"web" is given 2 times', id="a service twice"),
        pytest.param(["web=5", "shop_web=3"], '"shop_web" is given 2 times', id="a service by two names"),
        pytest.param(["web=5", "--for", "30"], 'the value is "30", expected a duration', id="a hold without unit"),
        pytest.param(["web=5", "--timeout", "2m"], "--timeout belongs to --wait", id="a timeout without waiting"),
        pytest.param(["web=5", "--as", "Skep"], "is the name of the autoscaler itself", id="the autoscaler's name"),
        pytest.param(["web=5", "--as", "  "], "--as needs", id="a blank name"),
        pytest.param(["web=5", "--reason", " "], "--reason needs", id="a blank reason"),
        pytest.param(["web=5", "--reason", "x" * 201], "--reason needs", id="a reason that is a letter"),
    ],
)
def test_what_is_typed_wrongly_is_one_message_and_orders_nothing(arguments: Sequence[str], message: str) -> None:
    orders = FakeOrders()
    result = scale(*arguments, orders=orders)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert orders.sent == []


def test_no_order_is_given_if_one_service_of_several_is_unknown() -> None:
    orders = FakeOrders()
    result = scale("web=5", "wbe=3", orders=orders)
    assert result.exit_code == 1
    assert 'There is no service called "wbe". Did you mean shop_web?' in result.stderr
    assert orders.sent == []


# --- what is ordered ---------------------------------------------------------------------------------------------


def test_an_order_names_the_service_by_id_and_asks_for_a_hold_of_half_an_hour() -> None:
    orders = FakeOrders()
    scale("web=5", "--as", "ada", orders=orders)
    (order,) = orders.sent
    assert (order.service_id, order.service_name, order.replicas) == ("id-of-shop_web", "shop_web", 5)
    assert (order.hold_for, order.actor, order.reason) == (timedelta(minutes=30), "ada", "by hand")
    assert not order.allow_beyond_bounds


def test_the_options_travel_with_every_order() -> None:
    orders = FakeOrders()
    scale("web=5", "db=0", "--for", "2h", "--reason", "the advert\nruns", "--beyond-bounds", orders=orders)
    assert [order.replicas for order in orders.sent] == [5, 0]
    assert {order.hold_for for order in orders.sent} == {timedelta(hours=2)}
    assert {order.reason for order in orders.sent} == {"the advert runs"}
    assert all(order.allow_beyond_bounds for order in orders.sent)


def test_a_hold_for_no_time_is_no_hold() -> None:
    orders = FakeOrders()
    result = scale("web=5", "--for", "0", orders=orders)
    assert orders.sent[0].hold_for is None
    assert "held for" not in result.stdout


def test_whoever_types_inside_a_container_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKEP_ACTOR", "ada@desk")
    orders = FakeOrders()
    scale("web=5", orders=orders)
    scale("web=5", "--as", "eve", orders=orders)
    assert [order.actor for order in orders.sent] == ["ada@desk", "eve"]


def test_without_a_name_the_actor_is_user_at_host() -> None:
    orders = FakeOrders()
    scale("web=5", orders=orders)
    assert re.fullmatch(r".+@.+", orders.sent[0].actor)


def test_the_id_of_an_order_is_readable_in_the_order_of_time_and_used_once() -> None:
    orders = FakeOrders()
    scale("web=5", orders=orders)
    scale("web=5", orders=orders)
    first, second = (order.task_id for order in orders.sent)
    assert re.fullmatch(r"scale\.shop_web\.20261123T140215Z-[0-9a-f]{6}", first)
    assert first != second


def test_all_orders_are_sent_before_any_is_waited_for() -> None:
    orders = FakeOrders(outcomes={"shop_web": None})
    result = scale("web=5", "api=3", orders=orders)
    assert [order.service_name for order in orders.sent] == ["shop_web", "shop_api"]
    assert "shop_api 3 → 3: by hand" in result.stdout


# --- what is said and how it ends --------------------------------------------------------------------------------


def test_a_carried_out_order_tells_its_id_its_verdict_and_its_hold() -> None:
    orders = FakeOrders()
    result = scale("web=5", orders=orders)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"shop_web → 5: queued as {orders.sent[0].task_id}",
        "shop_web 3 → 5: by hand",
        "held for 30 min: metrics have no say until 14:32:15 UTC",
    ]


def test_a_service_that_skep_does_not_scale_needs_no_hold_to_be_told_of() -> None:
    assert "held for" not in scale("db=2").stdout


def test_a_refused_order_ends_with_1() -> None:
    refused = Outcome(verdict="refused", sentence="shop_web=40 refused: bounds are 1..20 (--beyond-bounds insists)")
    result = scale("web=40", orders=FakeOrders(outcomes={"shop_web": refused}))
    assert result.exit_code == 1
    assert "bounds are 1..20 (--beyond-bounds insists)" in result.output
    assert "held for" not in result.output


def test_a_worker_in_trouble_ends_with_1() -> None:
    failed = Outcome(verdict="failed", sentence="the Swarm has no leader")
    result = scale("web=4", orders=FakeOrders(outcomes={"shop_web": failed}))
    assert result.exit_code == 1
    assert "the Swarm has no leader" in result.output


def test_no_verdict_ends_with_3_and_tells_under_which_id_the_order_stays() -> None:
    orders = FakeOrders(outcomes={"shop_web": None})
    result = scale("web=5", orders=orders)
    assert result.exit_code == 3
    assert f"shop_web: no verdict yet, it stays queued as {orders.sent[0].task_id}" in result.output
    assert orders.waits == [timedelta(seconds=10)]


def test_a_refusal_weighs_more_than_an_order_that_is_late() -> None:
    refused = Outcome(verdict="refused", sentence="shop_api=40 refused: bounds are 1..20")
    result = scale("web=5", "api=40", orders=FakeOrders(outcomes={"shop_web": None, "shop_api": refused}))
    assert result.exit_code == 1


def test_with_json_there_is_one_document_and_messages_go_to_standard_error() -> None:
    orders = FakeOrders()
    result = scale("web=5", "--json", orders=orders)
    assert json.loads(result.stdout) == {
        "orders": [
            {
                "order": "scale",
                "service": "shop_web",
                "service_id": "id-of-shop_web",
                "replicas": 5,
                "task_id": orders.sent[0].task_id,
                "verdict": "scaled",
                "sentence": "shop_web 3 → 5: by hand",
                "has_converged": None,
            }
        ]
    }
    assert f"queued as {orders.sent[0].task_id}" in result.stderr


def test_with_json_a_refusal_is_in_the_document_too() -> None:
    refused = Outcome(verdict="refused", sentence="shop_web=40 refused: bounds are 1..20")
    result = scale("web=40", "--json", orders=FakeOrders(outcomes={"shop_web": refused}))
    assert result.exit_code == 1
    assert [order["verdict"] for order in json.loads(result.stdout)["orders"]] == ["refused"]


# --- waiting -----------------------------------------------------------------------------------------------------


def growing(*running: int, wanted: int = 5) -> FakeQuestions:
    """The first answer finds the service; each further one sees so many replicas run."""
    later: list[tuple[ServiceStatus, ...]] = [
        (service("shop_web", replicas=wanted, running=count),) for count in running
    ]
    return FakeQuestions(services=(WEB,), later=later)


def test_waiting_ends_once_as_many_run_as_were_ordered() -> None:
    result = scale("shop_web=5", "--wait", questions=growing(3, 3, 4, 5))
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if "running" in line] == [
        "shop_web: 3 of 5 running",
        "shop_web: 4 of 5 running",
        "shop_web: 5 of 5 running",
    ]


def test_waiting_for_fewer_ends_once_the_others_have_gone() -> None:
    result = scale("shop_web=1", "--wait", questions=growing(3, 2, 1, wanted=1))
    assert result.exit_code == 0
    assert "shop_web: 1 of 1 running" in result.stdout


def test_waiting_in_vain_ends_with_3() -> None:
    result = scale("shop_web=5", "--wait", "--timeout", "20s", questions=growing(3, 4))
    assert result.exit_code == 3
    assert "shop_web: 5 running replicas were not reached in time" in result.stderr


def test_waiting_says_when_somebody_else_has_changed_the_count() -> None:
    questions = FakeQuestions(services=(WEB,), later=[(service("shop_web", replicas=4),)])
    result = scale("shop_web=5", "--wait", questions=questions)
    assert result.exit_code == 3
    assert "shop_web: 4 of 5 running, but its spec says 4 now" in result.stdout


def test_nobody_waits_for_a_refused_order() -> None:
    refused = Outcome(verdict="refused", sentence="shop_web=40 refused: bounds are 1..20")
    questions = FakeQuestions(services=(WEB,))
    result = scale("shop_web=40", "--wait", questions=questions, orders=FakeOrders(outcomes={"shop_web": refused}))
    assert result.exit_code == 1
    assert len(questions.asked) == 1


def test_waiting_survives_questions_that_nobody_answers() -> None:
    questions = FakeQuestions(services=(WEB,), later=[(service("shop_web", replicas=5),)], unanswered=frozenset({2, 3}))
    assert scale("shop_web=5", "--wait", questions=questions).exit_code == 0


def test_with_json_the_document_tells_what_has_converged() -> None:
    result = scale("shop_web=5", "--wait", "--json", questions=growing(4, 5))
    assert [order["has_converged"] for order in json.loads(result.stdout)["orders"]] == [True]
    assert "shop_web: 4 of 5 running" in result.stderr

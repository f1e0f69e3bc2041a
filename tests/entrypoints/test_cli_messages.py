"""What the CLI sends to workers, over Celery's broker in memory, and what it says when nobody is there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery

from cli.broker import Broker
from cli.desk import ManualOrder, NodeOrder, StandingOrder
from cli.endings import Failed
from cli.orders import EXPIRES, WorkerOrders
from cli.questions import WorkerQuestions
from skep.core.orders import ALL_SERVICES, OrderKind
from tests.fakes.desk import NOW
from workers.queues import ACT, OBSERVE

ORDER = ManualOrder(
    service_id="id-of-shop_web",
    service_name="shop_web",
    replicas=5,
    reason="by hand",
    actor="ada@desk",
    hold_for=timedelta(minutes=30),
    allow_beyond_bounds=False,
    task_id="scale.shop_web.20261123T140215Z-3fa2c1",
)
HOLD = StandingOrder(
    kind=OrderKind.HOLD,
    service_id="id-of-shop_web",
    service_name="shop_web",
    reason="by hand",
    actor="ada@desk",
    lasts=timedelta(minutes=30),
    task_id="hold.shop_web.20261123T140215Z-3fa2c1",
)
NOT_YET = timedelta(milliseconds=50)


@pytest.fixture
def app() -> Iterator[Celery]:
    """A Celery whose broker and results live in this process, empty at first."""
    app = Celery("cli-test", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.update(accept_content=["json"], task_serializer="json", result_serializer="json", broker_pool_limit=0)
    with app.connection_for_write() as connection:
        for queue in (ACT, OBSERVE):
            connection.SimpleQueue(queue).clear()
    yield app
    app.close()


def waiting(app: Celery, queue: str) -> list[Any]:
    """The messages on a queue, which are taken off it."""
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as simple:
        return [simple.get_nowait() for _ in range(simple.qsize())]


def expected_kwargs(**changes: object) -> dict[str, object]:
    kwargs: dict[str, object] = {
        "service_id": "id-of-shop_web",
        "service_name": "shop_web",
        "replicas": 5,
        "seen_replicas": None,
        "evaluation": None,
        "reason": "by hand",
        "actor": "ada@desk",
        "hold_s": 1800.0,
        "allow_beyond_bounds": False,
    }
    return kwargs | changes


# --- what is sent ------------------------------------------------------------------------------------------------


def test_an_order_waits_on_act_under_a_name_and_an_id_that_people_can_read(app: Celery) -> None:
    WorkerOrders(Broker(app)).send(ORDER)
    (message,) = waiting(app, ACT)
    assert message.headers["task"] == "scale.service"
    assert message.headers["shadow"] == "scale.shop_web"
    assert message.headers["id"] == ORDER.task_id
    assert message.headers["expires"] is not None
    assert message.payload[:2] == [[], expected_kwargs()]


def test_an_order_without_hold_says_so(app: Celery) -> None:
    WorkerOrders(Broker(app)).send(replace(ORDER, hold_for=None, allow_beyond_bounds=True))
    (message,) = waiting(app, ACT)
    assert message.payload[1] == expected_kwargs(hold_s=None, allow_beyond_bounds=True)


def test_an_order_that_goes_on_standing_waits_on_act_under_its_own_name(app: Celery) -> None:
    WorkerOrders(Broker(app)).send(HOLD)
    (message,) = waiting(app, ACT)
    assert message.headers["task"] == "order.give"
    assert message.headers["shadow"] == "hold.shop_web"
    assert message.headers["id"] == HOLD.task_id
    assert message.headers["expires"] is not None
    assert message.payload[:2] == [
        [],
        {
            "kind": "hold",
            "service_id": "id-of-shop_web",
            "reason": "by hand",
            "actor": "ada@desk",
            "lasts_s": 1800.0,
        },
    ]


def test_an_order_of_everything_until_it_is_ended_says_so(app: Celery) -> None:
    pause = replace(HOLD, kind=OrderKind.PAUSE, service_id=ALL_SERVICES, service_name="all", lasts=None)
    WorkerOrders(Broker(app)).send(pause)
    (message,) = waiting(app, ACT)
    assert message.headers["shadow"] == "pause.all"
    assert (message.payload[1]["service_id"], message.payload[1]["lasts_s"]) == ("*", None)


@pytest.mark.parametrize(
    ("names", "sent"), [(None, None), (("web", "api"), ["web", "api"])], ids=["all", "some by name"]
)
def test_a_question_waits_on_observe_and_does_not_outlive_the_asker(
    app: Celery, names: tuple[str, ...] | None, sent: list[str] | None
) -> None:
    with pytest.raises(Failed):
        WorkerQuestions(Broker(app), patience=NOT_YET).status(names)
    (message,) = waiting(app, OBSERVE)
    assert message.headers["task"] == "ask.status"
    assert message.payload[:2] == [[], {"names": sent}]
    assert message.headers["expires"] is not None


def test_the_question_for_history_carries_an_instant_with_its_zone(app: Celery) -> None:
    with pytest.raises(Failed):
        WorkerQuestions(Broker(app), patience=NOT_YET).history(service="web", since=NOW, limit=7)
    (message,) = waiting(app, OBSERVE)
    assert message.headers["task"] == "ask.history"
    assert message.payload[1] == {"service": "web", "since": "2026-11-23T14:02:15+00:00", "limit": 7}


def test_the_question_for_an_explanation_carries_an_instant_with_its_zone(app: Celery) -> None:
    with pytest.raises(Failed):
        WorkerQuestions(Broker(app), patience=NOT_YET).explain("web", at=NOW)
    (message,) = waiting(app, OBSERVE)
    assert message.headers["task"] == "ask.explain"
    assert message.payload[1] == {"name": "web", "at": "2026-11-23T14:02:15+00:00"}


# --- when nobody is there ----------------------------------------------------------------------------------------


def test_a_question_that_nobody_answers_says_what_to_check(app: Celery) -> None:
    with pytest.raises(Failed, match=r"No worker answered within 0\.05 s.*queue observe.*SKEP_BROKER_URL"):
        WorkerQuestions(Broker(app), patience=NOT_YET).status()


def test_an_order_that_nobody_has_judged_yet_has_no_outcome(app: Celery) -> None:
    orders = WorkerOrders(Broker(app))
    orders.send(ORDER)
    assert orders.outcome(ORDER.task_id, within=NOT_YET) is None


def test_no_time_left_is_not_endless_time(app: Celery) -> None:
    assert WorkerOrders(Broker(app)).outcome("never sent", within=timedelta(0)) is None


def test_a_broker_out_of_reach_is_named_without_its_password() -> None:
    app = Celery("cli-test", broker="redis://:geheim@127.0.0.1:1/0", backend="redis://:geheim@127.0.0.1:1/1")
    with pytest.raises(Failed) as failure:
        WorkerOrders(Broker(app)).send(ORDER)
    assert "The broker at redis://:**@127.0.0.1:1/0 cannot be reached" in str(failure.value)
    assert "geheim" not in str(failure.value)


def test_orders_outlive_the_wait_for_their_verdict() -> None:
    assert timedelta(minutes=1) < EXPIRES


@pytest.mark.parametrize(
    ("wishes", "task", "expected"),
    [
        (
            {"deadline": timedelta(minutes=15)},
            "drain.node",
            {"deadline_s": 900.0, "removes": True, "allows_interruption": False},
        ),
        ({}, "drain.node", {"deadline_s": None, "removes": True, "allows_interruption": False}),
        ({"gives_back": True}, "drain.back", {}),
    ],
    ids=["a drain", "one that its pool gives up", "its end"],
)
def test_an_order_about_a_node_is_the_message_that_its_task_takes(
    app: Celery, wishes: dict[str, Any], task: str, expected: dict[str, object]
) -> None:
    order = NodeOrder(
        node_id="n3",
        hostname="worker-3",
        reason="kernel",
        actor="ada",
        removes=True,
        task_id="drain.worker-3.1",
        **wishes,
    )
    WorkerOrders(Broker(app)).send(order)
    (message,) = waiting(app, ACT)
    assert (message.headers["task"], message.headers["id"]) == (task, "drain.worker-3.1")
    assert message.payload[1] == {"node_id": "n3", "actor": "ada", "reason": "kernel", **expected}

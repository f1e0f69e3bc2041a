"""What the CLI reads from workers' answers, with a real Celery worker over a broker in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging

from cli.broker import Broker
from cli.desk import ManualOrder, Outcome, StandingOrder
from cli.endings import Failed
from cli.orders import WorkerOrders
from cli.questions import WorkerQuestions
from skep.config.finding import Finding, Severity
from skep.core.orders import OrderKind
from skep.operations.explain import Account
from tests.fakes.desk import service
from tests.report.examples import ENTRIES, GROWING
from tests.report.situations import AT, GROWN, SETTINGS, SINCE
from workers.queues import ACT, OBSERVE

# Where skep's own tasks are loaded too, their names are taken in the application of these tests.
pytestmark = pytest.mark.filterwarnings("ignore::celery.exceptions.DuplicateTaskNameWarning")

WEB = service("shop_web", bounds=GROWING.bounds, decision=GROWING.decision)
ACCOUNT = Account(name="shop_web", service=WEB, settings=SETTINGS, at=AT, entry=GROWN, since=SINCE)
FINDINGS = (
    Finding(severity=Severity.ERROR, sentence="the metrics cannot be read"),
    Finding(severity=Severity.WARNING, sentence="has labels of skep", service="web", label="skep.max"),
)
ORDER = ManualOrder(
    service_id="id-of-shop_web",
    service_name="shop_web",
    replicas=5,
    reason="by hand",
    actor="ada@desk",
    hold_for=None,
    allow_beyond_bounds=False,
    task_id="scale.shop_web.1",
)
HOLD = StandingOrder(
    kind=OrderKind.HOLD,
    service_id="id-of-shop_web",
    service_name="shop_web",
    reason="by hand",
    actor="ada@desk",
    lasts=None,
    task_id="hold.shop_web.1",
)
SOON = timedelta(seconds=50)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A broker with a worker that answers as skep's own does, from values that are known."""
    app = Celery("cli-test", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.update(accept_content=["json"], task_serializer="json", result_serializer="json", broker_pool_limit=0)
    _answer_questions(app)
    _take_orders(app)
    with app.connection_for_write() as connection:
        for queue in (ACT, OBSERVE):
            connection.SimpleQueue(queue).clear()
    # A worker sets up logging for the whole process, unless somebody else says that they do.
    setup_logging.connect(_leave_logging_as_it_is)
    try:
        with start_worker(app, pool="solo", queues=[ACT, OBSERVE], perform_ping_check=False, shutdown_timeout=30):
            yield Broker(app)
    finally:
        setup_logging.disconnect(_leave_logging_as_it_is)
        app.close()


def _leave_logging_as_it_is(**_signal: object) -> None:
    """Other tests look at what is logged."""


def _answer_questions(app: Celery) -> None:
    """Register tasks of skep's names that answer, at once and for this application alone."""

    @app.task(name="ask.status", lazy=False, shared=False)
    def status(*, names: list[str] | None) -> Any:
        if names == ["trouble"]:
            raise RuntimeError("the Swarm has no leader")
        if names == ["yesterday"]:
            return [{"name": "a field that has gone since"}]
        return msgspec.to_builtins((WEB,))

    @app.task(name="ask.history", lazy=False, shared=False)
    def history(*, service: str | None, since: str | None, limit: int) -> Any:
        assert (service, since) == (None, None)
        return msgspec.to_builtins(ENTRIES[:limit])

    @app.task(name="ask.lint", lazy=False, shared=False)
    def lint() -> Any:
        return msgspec.to_builtins(FINDINGS)

    @app.task(name="ask.explain", lazy=False, shared=False)
    def explain(*, name: str, at: str | None) -> Any:
        assert at is None
        return msgspec.to_builtins(ACCOUNT if name == "shop_web" else None)


def _take_orders(app: Celery) -> None:
    """The same for what carries out orders."""

    @app.task(name="scale.service", lazy=False, shared=False)
    def scale_service(*, replicas: int, **_order: object) -> str:
        if replicas == 13:
            raise RuntimeError("the Swarm has no leader")
        if replicas > 20:
            return (
                "refused shop_web: bounds are 1..20…\nshop_web=40 refused: bounds are 1..20 (--beyond-bounds insists)"
            )
        return f"scaled shop_web 3 → {replicas}: by hand"

    @app.task(name="order.give", lazy=False, shared=False)
    def give(**_order: object) -> str:
        return "shop_web held at 7 until released: by hand\nshop_web held at 7 replicas until released: by hand"


def test_services_arrive_as_they_were_with_their_decisions(broker: Broker) -> None:
    assert WorkerQuestions(broker, patience=SOON).status() == (WEB,)


def test_the_journal_arrives_as_it_was(broker: Broker) -> None:
    answer = WorkerQuestions(broker, patience=SOON).history(service=None, since=None, limit=3)
    assert answer == ENTRIES[:3]


def test_an_account_arrives_as_it_was_with_its_decision(broker: Broker) -> None:
    questions = WorkerQuestions(broker, patience=SOON)
    assert questions.explain("shop_web", at=None) == ACCOUNT
    assert questions.explain("nobody", at=None) is None


def test_findings_arrive_as_they_were(broker: Broker) -> None:
    assert WorkerQuestions(broker, patience=SOON).lint() == FINDINGS


def test_the_trouble_of_a_worker_is_told(broker: Broker) -> None:
    with pytest.raises(Failed, match="The worker could not answer: the Swarm has no leader"):
        WorkerQuestions(broker, patience=SOON).status(["trouble"])


def test_an_answer_of_another_version_is_no_riddle(broker: Broker) -> None:
    with pytest.raises(Failed, match="another version"):
        WorkerQuestions(broker, patience=SOON).status(["yesterday"])


@pytest.mark.parametrize(
    ("replicas", "outcome"),
    [
        pytest.param(5, Outcome(verdict="scaled", sentence="scaled shop_web 3 → 5: by hand"), id="a line"),
        pytest.param(
            40,
            Outcome(verdict="refused", sentence="shop_web=40 refused: bounds are 1..20 (--beyond-bounds insists)"),
            id="a line with the whole sentence below",
        ),
        pytest.param(13, Outcome(verdict="failed", sentence="the Swarm has no leader"), id="trouble"),
    ],
)
def test_an_outcome_is_read_from(broker: Broker, replicas: int, outcome: Outcome) -> None:
    orders = WorkerOrders(broker)
    order = replace(ORDER, replicas=replicas, task_id=f"scale.shop_web.{replicas}")
    orders.send(order)
    assert orders.outcome(order.task_id, within=SOON) == outcome


def test_the_outcome_of_an_order_that_goes_on_standing_is_read(broker: Broker) -> None:
    orders = WorkerOrders(broker)
    orders.send(HOLD)
    outcome = orders.outcome(HOLD.task_id, within=SOON)
    assert outcome == Outcome(verdict="held", sentence="shop_web held at 7 replicas until released: by hand")

"""What the CLI sees of real Celery workers and of what waits in a real Redis, and what it takes back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import Celery

from cli.broker import Broker
from cli.desk import Cancellation, Outcome
from cli.orders import WorkerOrders
from cli.workforce import CeleryWorkforce
from skep.report.task_table import TaskState
from tests.celery_apps import let_go
from tests.entrypoints.lasting_tasks import made
from tests.eventually import eventually
from tests.house.tree import ROOT
from tests.servers import RedisServer
from workers.queues import ACT, OBSERVE, TICK

pytestmark = [
    pytest.mark.redis,
    pytest.mark.timeout(300),  # workers start, and conditions are waited for, on machines that do much else
    # Celery's store of results still calls what the library for Redis would rather have renamed.
    pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning"),
]

SOON = timedelta(seconds=1)
ORDER = {"actor": "ada@desk", "reason": "by hand"}


@pytest.fixture
def app(redis_server: RedisServer) -> Iterator[Celery]:
    """The application of whoever looks, on that Redis."""
    app = made(redis_server.url)
    yield app
    let_go(app)


@pytest.fixture
def worker(redis_server: RedisServer) -> Iterator[None]:
    """A worker that takes what is to be done, and does two things at once."""
    application = ["-A", "tests.entrypoints.lasting_tasks"]
    options = ["--pool=threads", "--concurrency=2", f"--queues={ACT}", "--loglevel=ERROR"]
    with subprocess.Popen(
        [sys.executable, "-m", "celery", *application, "worker", *options],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "REDIS_URL": redis_server.url, "C_FORCE_ROOT": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield
        finally:
            process.kill()


def order(app: Celery, task: str, task_id: str, *, queue: str = ACT) -> None:
    app.send_task(task, kwargs=ORDER, queue=queue, task_id=task_id, shadow=f"shadow.of.{task_id}", expires=600)


def test_what_waits_is_seen_in_the_order_in_which_it_is_taken(app: Celery) -> None:
    for number, queue in enumerate((OBSERVE, TICK, ACT, ACT)):
        order(app, "test.last", f"id-{number}", queue=queue)
    tasks = CeleryWorkforce(Broker(app), patience=SOON).tasks()
    assert [(task.id, task.queue, task.state) for task in tasks] == [
        ("id-2", ACT, TaskState.QUEUED),
        ("id-3", ACT, TaskState.QUEUED),
        ("id-1", TICK, TaskState.QUEUED),
        ("id-0", OBSERVE, TaskState.QUEUED),
    ]
    assert {(task.name[:9], task.task, task.actor, task.reason) for task in tasks} == {
        ("shadow.of", "test.last", "ada@desk", "by hand")
    }
    assert all(task.void_at is not None for task in tasks)


def test_what_is_cancelled_is_gone_and_whoever_waits_for_it_is_told(app: Celery) -> None:
    order(app, "test.last", "unwanted")
    order(app, "test.last", "wanted")
    broker = Broker(app)
    workforce = CeleryWorkforce(broker, patience=SOON)
    assert workforce.cancel("unwanted", actor="ada@desk") is Cancellation.DONE
    assert [task.id for task in workforce.tasks()] == ["wanted"]
    outcome = WorkerOrders(broker).outcome("unwanted", within=timedelta(seconds=10))
    assert outcome == Outcome(verdict="failed", sentence="cancelled by ada@desk")


def test_what_never_was_cannot_be_cancelled(app: Celery) -> None:
    assert CeleryWorkforce(Broker(app), patience=SOON).cancel("nothing", actor="ada") is Cancellation.UNKNOWN


@pytest.mark.usefixtures("worker")
def test_what_a_worker_has_is_seen_with_its_worker(app: Celery) -> None:
    order(app, "test.last", "lasting")
    order(app, "test.retry", "retried")
    workforce = CeleryWorkforce(Broker(app), patience=SOON)
    expected = {"lasting": TaskState.RUNNING, "retried": TaskState.RETRYING}
    eventually(lambda: {task.id: task.state for task in workforce.tasks()} == expected, within_s=120)
    lasting, retried = workforce.tasks()
    assert (lasting.name, lasting.actor) == ("shadow.of.lasting", "ada@desk")
    assert lasting.begun_at is not None
    assert (retried.queue, retried.reason) == (ACT, "by hand")
    assert retried.due_at is not None
    assert lasting.worker is not None
    assert retried.worker == lasting.worker


@pytest.mark.usefixtures("worker")
def test_what_would_be_tried_again_is_cancelled_at_once(app: Celery) -> None:
    order(app, "test.retry", "unwanted-retry")
    broker = Broker(app)
    workforce = CeleryWorkforce(broker, patience=SOON)
    eventually(lambda: [task.state for task in workforce.tasks()] == [TaskState.RETRYING], within_s=120)
    assert workforce.cancel("unwanted-retry", actor="ada@desk") is Cancellation.DONE
    outcome = WorkerOrders(broker).outcome("unwanted-retry", within=timedelta(seconds=10))
    assert outcome == Outcome(verdict="failed", sentence="cancelled by ada@desk")
    eventually(lambda: workforce.tasks() == (), within_s=120)


@pytest.mark.usefixtures("worker")
def test_what_runs_is_left_to_end(app: Celery) -> None:
    order(app, "test.last", "lasting")
    workforce = CeleryWorkforce(Broker(app), patience=SOON)
    eventually(lambda: [task.state for task in workforce.tasks()] == [TaskState.RUNNING], within_s=120)
    assert workforce.cancel("lasting", actor="ada") is Cancellation.RUNNING


@pytest.mark.usefixtures("worker")
def test_who_listens_on_each_queue_and_what_waits_there_is_seen(app: Celery) -> None:
    order(app, "test.last", "unheard", queue=TICK)
    workforce = CeleryWorkforce(Broker(app), patience=SOON)
    eventually(lambda: any(queue.workers for queue in workforce.queues()), within_s=120)
    assert {queue.queue: (len(queue.workers), queue.waiting) for queue in workforce.queues()} == {
        ACT: (1, 0),
        TICK: (0, 1),
        OBSERVE: (0, 0),
    }


def test_the_broker_tells_its_version_and_its_time(app: Celery, redis_server: RedisServer) -> None:
    facts = CeleryWorkforce(Broker(app), patience=SOON).broker()
    assert facts.version == redis_server.client.info("server")["redis_version"]
    assert facts.at.tzinfo is not None

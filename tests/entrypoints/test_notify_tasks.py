"""Notifications as tasks: handed to each channel, sent again where one is in trouble, over a real broker and worker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from celery import Celery

import tasks.notify
from skep.errors import Permanent
from skep.report.notices import trial_message
from tests.adapters.stand_in import Asked, Reply, StandIn
from tests.builders import NOW
from tests.celery_apps import let_go
from tests.entrypoints.flower_process import run_skep, worker_process
from tests.eventually import eventually
from tests.fakes.notices import FakeNotifier
from tests.servers import RedisServer

PATIENCE_S = 120.0


def test_a_message_goes_by_the_channel_it_was_handed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = FakeNotifier()
    monkeypatch.setattr(tasks.notify, "notifier", {"mail": mail}.__getitem__)
    told = trial_message("ada@desk", NOW)
    tasks.notify.send.apply(kwargs={"channel": "mail", "message": msgspec.to_builtins(told)}).get()
    assert mail.told == [told]


def test_what_will_never_be_taken_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = FakeNotifier()
    mail.trouble = Permanent("550 no such user")
    monkeypatch.setattr(tasks.notify, "notifier", {"mail": mail}.__getitem__)
    told = msgspec.to_builtins(trial_message("ada@desk", NOW))
    done = tasks.notify.send.apply(kwargs={"channel": "mail", "message": told})
    assert (done.status, str(done.result)) == ("FAILURE", "550 no such user")


def test_without_a_channel_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.notify, "look_for_news", lambda *_, **__: pytest.fail("somebody looked"))
    tasks.notify.look.apply().get()


# --- for real ------------------------------------------------------------------------------------------------------


class Inbox:
    """A server that takes posts, after it has refused the first about anything real."""

    def __init__(self) -> None:
        self.refused = 0

    def __call__(self, asked: Asked) -> Reply:
        is_first = b"failed" in asked.body and not self.refused
        self.refused += is_first
        return Reply(status=503 if is_first else 200, body=b"busy" if is_first else b"ok")


@pytest.fixture
def inbox() -> Iterator[StandIn]:
    with StandIn(Inbox()) as server:
        yield server


@pytest.fixture
def app(redis_server: RedisServer, tmp_path: Path, inbox: StandIn) -> Iterator[Celery]:
    """What sends messages to a worker that tells that inbox."""
    settings = {
        "SKEP_NOTIFY_WEBHOOK_URL": f"{inbox.url}/own",
        "SKEP_NOTIFY_SLACK_URL": f"{inbox.url}/slack",
        "SKEP_NOTIFY_AFTER": "0s",
    }
    app = Celery("notify-test", broker=redis_server.url, set_as_current=False)
    app.conf.update(broker_transport_options={"global_keyprefix": "skep:"}, broker_pool_limit=0)
    with worker_process(redis_server, tmp_path, **settings):
        yield app
    let_go(app)


def texts(inbox: StandIn, path: str) -> list[Any]:
    """What came to one address so far."""
    return [json.loads(asked.body)["text"] for asked in inbox.asked if asked.path == path]


@pytest.mark.redis
@pytest.mark.timeout(600)
def test_a_failed_action_is_told_by_every_channel_also_where_one_is_in_trouble(
    app: Celery, inbox: StandIn, redis_server: RedisServer
) -> None:
    done = run_skep(redis_server, "notify", "--json")
    while done.returncode and "No worker answered" in done.stderr:
        done = run_skep(redis_server, "notify", "--json")
    channels = json.loads(done.stdout)["channels"]
    assert channels == [{"channel": "webhook", "trouble": None}, {"channel": "slack", "trouble": None}]
    assert [len(texts(inbox, path)) for path in ("/own", "/slack")] == [1, 1]

    app.send_task("notify.look", queue="observe")
    message = {"service_id": "web", "replicas": -1, "seen_replicas": 3, "evaluation": 1, "reason": "r", "actor": "skep"}
    app.send_task("scale.service", kwargs=message, queue="act", task_id="scale.web.1", shadow="scale.web")
    eventually(lambda: redis_server.client.llen("skep:failures") == 1, within_s=PATIENCE_S, every_s=0.1)
    app.send_task("notify.look", queue="observe")
    # Once at each, and once more where it was refused at first.
    eventually(lambda: len(inbox.asked) == 5, within_s=PATIENCE_S, every_s=0.1)
    for path in ("/own", "/slack"):
        assert texts(inbox, path)[-1].endswith(
            "scale.web failed: replicas is -1, expected a whole number from 0 to 2147483647 (task scale.web.1)"
        )
    app.send_task("notify.look", queue="observe")
    assert run_skep(redis_server, "notify").stdout == "webhook: sent\nslack: sent\n"
    assert len(inbox.asked) == 7

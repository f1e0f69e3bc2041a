"""Webhooks of a real Flower, with a real Redis and a worker behind it."""

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from audit.hooks import LARGEST_BODY, webhook_handlers
from skep.config.webhooks import Webhooks
from skep.errors import Permanent
from tests.config.calls.test_calls import BUSY_WEB, KAPACITOR_ALERT, alertmanager
from tests.entrypoints.flower_process import PASSWORD, Answer, FlowerProcess, flower_process, worker_process
from tests.eventually import eventually
from tests.servers import RedisServer

pytestmark = [pytest.mark.redis, pytest.mark.timeout(600)]  # two Celery processes start slowly on a busy machine

SECRET = "a-secret-of-kapacitor-only"
UP = {"service": "web", "scale": "up", "by": 2, "reason": "the advert runs"}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder with the secrets of two webhooks."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "webhook_kapacitor").write_text(f"{SECRET}\n")
    (folder / "webhook_rare").write_text("a-secret-of-one-who-comes-rarely")
    return folder


@pytest.fixture
def flower(redis_server: RedisServer, tmp_path: Path, secrets: Path) -> Iterator[FlowerProcess]:
    """A Flower that serves them, without a worker."""
    settings = {"SKEP_WEBHOOKS": "kapacitor,rare", "SKEP_WEBHOOK_SECRETS": str(secrets)}
    with flower_process(redis_server, tmp_path, **settings) as running:
        yield running


def call(
    flower: FlowerProcess, body: object = None, *, path: str = "", secret: str = SECRET, kind: str = "application/json"
) -> Answer:
    """Call the webhook of Kapacitor."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": kind}
    told = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return flower.ask(f"/scaling/hooks/kapacitor{path}", method="POST", body=told, headers=headers)


def result_of(redis_server: RedisServer, task_id: str) -> dict[str, Any]:
    """What became of a task, waited for."""
    found: list[Any] = []
    with redis.Redis.from_url(redis_server.url.replace("/0", "/1"), socket_timeout=5) as results:

        def is_there() -> bool:
            found.append(results.get(f"skep:celery-task-meta-{task_id}"))
            return found[-1] is not None

        eventually(is_there, within_s=120, every_s=0.1)
    read: dict[str, Any] = json.loads(found[-1])
    return read


def test_a_call_is_carried_out_by_a_worker_within_bounds_under_the_name_of_the_webhook(
    flower: FlowerProcess, redis_server: RedisServer, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        stack.enter_context(worker_process(redis_server, tmp_path))
        eventually(lambda: call(flower, {"service": "db", "replicas": 2}).status == 422, within_s=120, every_s=0.5)

        first = call(flower, UP)
        assert first.status == 202, first.body
        (order,) = first.json["orders"]
        assert (order["service"], order["replicas"]) == ("web", 5)
        done = result_of(redis_server, order["task_id"])
        assert (done["status"], done["result"]) == ("SUCCESS", "web 3 → 5: the advert runs")
        assert (done["kwargs"]["actor"], done["kwargs"]["hold_s"]) == ("webhook:kapacitor", 300.0)

        (order,) = call(flower, path="/v1/orbiter/handle/autoswarm/web/up").json["orders"]
        assert result_of(redis_server, order["task_id"])["result"].startswith("web 5 → 6")
        (order,) = call(flower, alertmanager({**BUSY_WEB, "labels": {"service": "web", "by": "99"}})).json["orders"]
        assert result_of(redis_server, order["task_id"])["result"].startswith("web 6 → 10")

        at_max = call(flower, UP)
        assert (at_max.status, at_max.json) == (200, {"orders": [], "unchanged": ["web"], "refused": []})
        over = call(flower, {**KAPACITOR_ALERT, "level": "OK"})
        assert (over.status, over.json["orders"]) == (200, [])
        unknown = call(flower, {"service": "wbe", "replicas": 2})
        assert (unknown.status, unknown.json) == (422, {"error": "wbe refused: no such service"})


def test_whoever_is_not_let_in_is_told_why_and_nothing_is_sent(
    flower: FlowerProcess, redis_server: RedisServer
) -> None:
    def refusal(answer: Answer) -> tuple[int, str]:
        return answer.status, answer.json["error"]

    status, told = refusal(call(flower, UP, secret="another"))
    assert (status, told[:49]) == (401, "the secret of the webhook kapacitor is missing or")
    assert refusal(flower.ask("/scaling/hooks/kapacitor", method="POST", body=b"{}"))[0] == 401
    assert refusal(flower.ask("/scaling/hooks/kapacitor", method="POST", body=b"{}", logs_in=True))[0] == 401
    assert refusal(flower.ask("/scaling/hooks/kapacitor"))[0] == 405
    assert refusal(flower.ask("/scaling/hooks/other", method="POST", body=b"{}"))[0] == 404
    assert refusal(call(flower, UP, kind="text/plain"))[0] == 415
    assert refusal(call(flower, b"{not json"))[0] == 422
    assert refusal(call(flower, b"[" * 100_000))[0] == 422
    status, told = refusal(call(flower, {"service": "web"}))
    assert (status, told[:28]) == (422, "scale of the body is missing")
    assert refusal(call(flower, b" " * (LARGEST_BODY + 1)))[0] == 413
    for counted in (
        b'skep_webhook_calls_total{webhook="unknown",status="404"} 1\n',
        b'skep_webhook_calls_total{webhook="kapacitor",status="401"} 3\n',
    ):
        eventually(partial(is_counted, flower, counted), within_s=60)
    assert not redis_server.client.keys("*act*")
    assert SECRET not in flower.log.read_text()
    assert PASSWORD not in flower.log.read_text()


def is_counted(flower: FlowerProcess, line: bytes) -> bool:
    """Whether Prometheus would read that line now."""
    return line in flower.ask("/scaling/metrics", logs_in=True).body


def test_a_body_without_a_length_is_cut_off_too(flower: FlowerProcess) -> None:
    connection = http.client.HTTPConnection(urlsplit(flower.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    chunks = (b" " * 65_536 for _ in range(5))
    connection.request("POST", "/scaling/hooks/kapacitor", body=chunks, headers=headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_without_a_worker_the_caller_is_told_to_come_again(flower: FlowerProcess) -> None:
    answer = call(flower, UP)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json == {"error": "no worker answered within 5 s"}


def test_while_redis_is_away_the_caller_is_told_to_come_again_and_flower_goes_on(
    flower: FlowerProcess, redis_server: RedisServer
) -> None:
    redis_server.stop()
    answer = call(flower, UP)
    redis_server.start()
    assert answer.status == 503
    assert "cannot be reached" in answer.json["error"]
    assert call(flower, {"service": "web"}).status == 422
    assert call(flower, b'{"service": "\xcd"}').status == 422


def test_who_calls_too_often_is_put_off(redis_server: RedisServer, tmp_path: Path, secrets: Path) -> None:
    settings = {"SKEP_WEBHOOKS": "kapacitor", "SKEP_WEBHOOK_SECRETS": str(secrets), "SKEP_WEBHOOK_CALLS": "2"}
    with flower_process(redis_server, tmp_path, **settings) as flower:
        answers = [call(flower, b"{") for _ in range(3)]
    assert [answer.status for answer in answers] == [422, 422, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_unless_named_there_is_no_webhook(redis_server: RedisServer, tmp_path: Path) -> None:
    with flower_process(redis_server, tmp_path) as flower:
        assert flower.ask("/scaling/hooks/kapacitor", method="POST", body=b"{}", logs_in=True).status == 404
    assert webhook_handlers(Webhooks()) == []


def test_a_webhook_without_a_good_secret_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "webhook_short").write_text("short")
    with pytest.raises(Permanent) as refused:
        webhook_handlers(Webhooks(names=("missing", "short"), secrets=tmp_path))
    expected = "expected one line of at least 16 printable characters, for example the output of: openssl rand -hex 24"
    assert str(refused.value).splitlines() == [
        "webhooks are not served:",
        f"  {tmp_path}/webhook_missing: No such file or directory, {expected}",
        f"  {tmp_path}/webhook_short: it holds none, {expected}",
    ]

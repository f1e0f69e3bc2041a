"""A real Flower shows nothing to whoever has no password, at whatever address it has."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.flower_process import PASSWORD, FlowerProcess, flower_process
from tests.house.tree import ROOT
from tests.servers import RedisServer

pytestmark = [
    pytest.mark.redis,
    # Flower starts slowly on a busy machine.
    pytest.mark.timeout(600),
]

#: What anybody may have: whether it is up, the way in (closed: it is of other kinds of login) and out, and pictures and
#: scripts that are the same in every Flower.
PUBLIC = ("/healthcheck", "/static/(.*)", "/login/?", "/login", "/logout")
_LIST_ROUTES = """
import json
from audit import flowerconfig
from flower.urls import handlers
routes = [h.matcher.regex.pattern if hasattr(h, "matcher") else h[0] for h in handlers]
print(json.dumps(routes))
"""


def routes() -> list[str]:
    """The pattern of every address that Flower serves with skep's pages and webhooks in it."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST_ROUTES],
        cwd=ROOT,
        env={**os.environ, "SKEP_FLOWER_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [str(route).rstrip("$") for route in json.loads(done.stdout)]


def addresses() -> list[str]:
    """One address for each that asks for a login: all groups of a pattern filled in."""
    wanted = [route for route in routes() if route not in {*PUBLIC, ".*"}]
    return sorted({re.sub(r"\((?:[^()]|\([^()]*\))*\)(\{[^}]*\}|[*?])?", "some", route) for route in wanted})


@pytest.fixture(scope="module")
def flower(_redis_of_session: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowerProcess]:
    """One for all, without any state of a worker."""
    _redis_of_session.make_ready()
    folder: Path = tmp_path_factory.mktemp("flower")
    with flower_process(_redis_of_session, folder) as flower:
        yield flower


def test_nobody_without_the_password_is_answered_at_any_address(flower: FlowerProcess) -> None:
    asked = addresses()
    answers = {
        (method, path): flower.ask(path, method=method).status for path in asked for method in ("GET", "POST", "PUT")
    }

    assert len(asked) > 25, "all of Flower's pages and its whole API"
    assert {"/", "/tasks", "/metrics", "/scaling/metrics", "/api/workers"} <= set(asked)
    assert [(key, status) for key, status in answers.items() if status not in {401, 403, 405}] == []
    assert [path for path in asked if answers["GET", path] not in {401, 405}] == []


def test_no_page_shows_the_password_or_the_environment_to_whoever_is_logged_in(flower: FlowerProcess) -> None:
    for path in addresses():
        body = flower.ask(path, logs_in=True).body.decode(errors="replace")
        assert PASSWORD not in body, path
        assert "SKEP_FLOWER_PASSWORD" not in body, path


def test_an_error_page_shows_no_password_and_no_traceback(flower: FlowerProcess) -> None:
    for path in ("/no-such-page", "/task/no-such-task", "/worker/no-such-worker", "/api/task/result/x"):
        body = flower.ask(path, logs_in=True).body.decode(errors="replace")
        assert PASSWORD not in body
        assert "Traceback" not in body


def test_its_log_shows_no_password(flower: FlowerProcess) -> None:
    flower.ask("/tasks", logs_in=True)
    flower.ask("/tasks", headers={"Authorization": "Basic bm9ib2R5Om5vYm9keQ=="})

    assert PASSWORD not in flower.log.read_text()

"""What comes through to an engine is tried without changing anything, and told request by request."""

import json
from datetime import timedelta

import pytest

from skep.adapters.swarm.inspection import DockerInspection
from skep.errors import SkepError
from tests.adapters.stand_in import Asked, Reply, StandIn

VERSION = Reply(body=b'{"ApiVersion": "1.41", "Version": "20.10.24"}')
NOT_FOUND = Reply(status=404, body=json.dumps({"message": "service skep.nobody not found"}).encode())
FORBIDDEN = Reply(status=403, body=b"<h1>403 Forbidden</h1>")


def inspection(engine: StandIn) -> DockerInspection:
    return DockerInspection(f"tcp://127.0.0.1:{engine.port}", timeout=timedelta(seconds=5))


def proxy(*kept_back: str) -> StandIn:
    """An engine behind a proxy that keeps these back: beginnings of ``METHOD /path`` without the version."""

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/version"):
            return VERSION
        request = f"{asked.method} {asked.path.removeprefix('/v1.41')}"
        return FORBIDDEN if request.startswith(kept_back) else NOT_FOUND

    return StandIn(answer)


def test_versions_are_told() -> None:
    with proxy() as engine:
        facts = inspection(engine).look()
    assert (facts.version, facts.api_version) == ("20.10.24", "1.41")


def test_what_finds_nothing_has_come_through() -> None:
    with proxy("GET /containers", "GET /secrets", "GET /configs") as engine:
        permissions = inspection(engine).look().permissions
    assert all(each.is_given == bool(each.purpose) for each in permissions)


@pytest.mark.parametrize(
    ("kept_back", "request_shown", "purpose"),
    [
        ("POST /services", "POST /services/…/update", "scale services"),
        ("POST /nodes", "POST /nodes/…/update", "drain nodes"),
        ("DELETE /nodes", "DELETE /nodes/…", "remove nodes that are gone"),
        ("GET /tasks", "GET /tasks", "see swarm tasks"),
    ],
    ids=["scaling", "draining", "removing", "seeing"],
)
def test_what_a_proxy_keeps_back_is_told_with_its_purpose(kept_back: str, request_shown: str, purpose: str) -> None:
    with proxy(kept_back) as engine:
        permissions = inspection(engine).look().permissions
    missing = [(each.request, each.purpose) for each in permissions if not each.is_given]
    assert missing == [(request_shown, purpose)]


def test_nothing_is_asked_that_could_change_what_there_is() -> None:
    with proxy() as engine:
        inspection(engine).look()
        writes = [asked.path for asked in engine.asked if asked.method not in {"GET", "HEAD"}]
    assert writes
    assert all("/skep.nobody" in path for path in writes)


def test_an_engine_that_does_not_answer_is_trouble() -> None:
    with proxy() as engine:
        gone = inspection(engine)
    with pytest.raises(SkepError):
        gone.look()

"""Questions of people, answered by a worker because only workers reach the Swarm and the metrics."""

from datetime import datetime
from typing import Any

import msgspec

from skep.operations.ask import history as read_history
from skep.operations.ask import status as read_status
from skep.operations.diagnose import diagnose
from skep.operations.explain import explain as gather
from skep.wiring import label_defaults, settings, world
from workers.app import app

__all__ = ["explain", "history", "lint", "status"]


@app.task(name="ask.status", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def status(*, names: list[str] | None = None) -> list[dict[str, Any]]:
    """How services stand: a list of ``ServiceStatus`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(read_status(world(), defaults=label_defaults(), names=names))
    return answer


@app.task(name="ask.history", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def history(*, service: str | None = None, since: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """What was done, the newest first: a list of ``Entry`` as plain JSON values; ``since`` in ISO 8601."""
    earliest = datetime.fromisoformat(since) if since else None
    answer: list[dict[str, Any]] = msgspec.to_builtins(
        read_history(world(), service=service, since=earliest, limit=limit)
    )
    return answer


@app.task(name="ask.explain", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def explain(*, name: str, at: str | None = None) -> dict[str, Any] | None:
    """All that tells why a service has the replicas it has: an ``Account`` as plain JSON values; ``at`` in ISO 8601."""
    then = datetime.fromisoformat(at) if at else None
    answer: dict[str, Any] | None = msgspec.to_builtins(gather(world(), name, defaults=label_defaults(), at=then))
    return answer


@app.task(name="ask.lint", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def lint() -> list[dict[str, Any]]:
    """What an operator should know of the Swarm: a list of ``Finding`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(
        diagnose(world(), defaults=label_defaults(), interval=settings().interval)
    )
    return answer

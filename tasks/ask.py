"""Questions of people, answered by a worker because only workers reach the Swarm and the metrics."""

from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import msgspec

from skep.operations.ask import history as read_history
from skep.operations.ask import pools as read_pools
from skep.operations.ask import status as read_status
from skep.operations.cluster_map import cluster_map as look_at_map
from skep.operations.diagnose import diagnose
from skep.operations.drain import foresee_drain
from skep.operations.examine import Circumstances
from skep.operations.examine import examine as look_at_all
from skep.operations.explain import explain as gather
from skep.operations.explain_node import explain_node as gather_of_node
from skep.operations.fill import foresee_moves
from skep.operations.migrate import migrations
from skep.operations.node_status import node_status
from skep.operations.recount import recount as recount_all
from skep.wiring import fleet, inspection, label_defaults, meters, settings, world
from tasks.drain import drain_rules
from workers.app import app

__all__ = [
    "cluster_map",
    "examine",
    "explain",
    "explain_node",
    "foresee",
    "history",
    "lint",
    "load",
    "migrate",
    "nodes",
    "pools",
    "rebalance",
    "recount",
    "status",
    "tune",
]


@app.task(name="ask.status", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def status(*, names: list[str] | None = None) -> list[dict[str, Any]]:
    """How services stand: a list of ``ServiceStatus`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(read_status(world(), defaults=label_defaults(), names=names))
    return answer


@app.task(name="ask.history", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def history(
    *, service: str | None = None, since: str | None = None, limit: int = 50, until: str | None = None
) -> list[dict[str, Any]]:
    """What was done, the newest first: a list of ``Entry`` as plain JSON values; instants in ISO 8601."""
    earliest = datetime.fromisoformat(since) if since else None
    latest = datetime.fromisoformat(until) if until else None
    answer: list[dict[str, Any]] = msgspec.to_builtins(
        read_history(world(), service=service, since=earliest, until=latest, limit=limit)
    )
    return answer


@app.task(name="ask.explain", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def explain(*, name: str, at: str | None = None) -> dict[str, Any] | None:
    """All that tells why a service has the replicas it has: an ``Account`` as plain JSON values; ``at`` in ISO 8601."""
    then = datetime.fromisoformat(at) if at else None
    answer: dict[str, Any] | None = msgspec.to_builtins(gather(world(), name, defaults=label_defaults(), at=then))
    return answer


@app.task(name="ask.node", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def explain_node(*, name: str) -> dict[str, Any] | None:
    """All that tells how a node stands and why it stays: a ``NodeAccount`` as plain JSON values."""
    answer: dict[str, Any] | None = msgspec.to_builtins(gather_of_node(world(), name))
    return answer


@app.task(name="ask.rebalance", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def rebalance(*, pool: str) -> list[dict[str, Any]] | None:
    """Which replicas would move onto the nodes of a pool: a list of ``Move`` as plain JSON values."""
    moves = foresee_moves(world(), fleet(), pool, defaults=label_defaults())
    answer: list[dict[str, Any]] | None = msgspec.to_builtins(moves)
    return answer


@app.task(name="ask.migrate", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def migrate(*, dialect: str | None = None) -> list[dict[str, Any]]:
    """Labels of other autoscalers in skep's words: a list of ``Migration`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(migrations(world(), dialect=dialect))
    return answer


@app.task(name="ask.lint", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def lint() -> list[dict[str, Any]]:
    """What an operator should know of the Swarm: a list of ``Finding`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(
        diagnose(world(), defaults=label_defaults(), interval=settings().interval)
    )
    return answer


@app.task(name="ask.recount", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def recount(*, service: str, since: str) -> dict[str, Any]:
    """How a service stood since then, and what happened to it: a ``Chronicle`` as plain JSON values."""
    answer: dict[str, Any] = msgspec.to_builtins(recount_all(world(), service, since=datetime.fromisoformat(since)))
    return answer


@app.task(name="ask.examine", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def examine() -> dict[str, Any]:
    """All that this worker reaches: an ``Examination`` as plain JSON values."""
    told = Circumstances(
        version=version("skep"),
        interval=settings().interval,
        reconcile_interval=settings().reconcile_interval,
        defaults=label_defaults(),
        has_prometheus=settings().prometheus is not None,
    )
    answer: dict[str, Any] = msgspec.to_builtins(look_at_all(world(), inspection(), meters(), told))
    return answer


@app.task(name="ask.nodes", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def nodes() -> list[dict[str, Any]]:
    """How nodes stand: a list of ``NodeStatus`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(node_status(world(), drain_rules()))
    return answer


@app.task(name="ask.pools", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def pools() -> list[dict[str, Any]]:
    """How pools stood at the latest evaluation of nodes: a list of ``PoolReport`` as plain JSON values."""
    answer: list[dict[str, Any]] = msgspec.to_builtins(read_pools(world()))
    return answer


@app.task(name="ask.drain", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def foresee(*, node: str, removes: bool = False) -> dict[str, Any] | None:
    """What a drain would do now: a ``Forecast`` as plain JSON values; nothing if there is no such node."""
    answer: dict[str, Any] | None = msgspec.to_builtins(foresee_drain(world(), node, drain_rules(), removes=removes))
    return answer


@app.task(name="ask.map", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def cluster_map(*, first: int = 0, count: int = 12) -> dict[str, Any]:
    """How swarm tasks lie across nodes: a ``ClusterMap`` as plain JSON values."""
    answer: dict[str, Any] = msgspec.to_builtins(look_at_map(world(), first=first, count=count))
    return answer


@app.task(name="ask.load", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def load(*, name: str) -> dict[str, Any] | None:
    """The requests of a service of the last week: a ``PastLoad`` as plain JSON values."""
    from skep.operations.advise import past_load  # noqa: PLC0415 - only who learns needs numpy in its memory

    past = past_load(world(), name, defaults=label_defaults(), every=timedelta(minutes=1))
    answer: dict[str, Any] | None = msgspec.to_builtins(past)
    return answer


@app.task(name="ask.tune", ignore_result=False, send_events=False, resultrepr_maxsize=64)
def tune(*, name: str) -> dict[str, Any] | None:
    """What the history of a service suggests for its labels: an ``Advice`` as plain JSON values."""
    from skep.operations.advise import advise_service  # noqa: PLC0415 - only who learns needs numpy in its memory

    advice = advise_service(world(), name, defaults=label_defaults(), interval=settings().interval)
    answer: dict[str, Any] | None = msgspec.to_builtins(advice)
    return answer

"""Do one thing to a pool, or to one of its nodes."""

from datetime import timedelta
from typing import Any

import msgspec
from celery import Task

from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.operations.fill import fill_pool
from skep.operations.node_acts import NodeActRules, carry_out
from skep.report.sentences import node_line, result_text
from skep.wiring import fleet, label_defaults, settings, world
from workers.app import app

__all__ = ["enqueue", "fill", "heal", "increase", "join", "keep", "rebalance", "remove"]

#: An order that nobody took within this time is void: evaluations since know better.
_EXPIRES = timedelta(seconds=30)
#: A killed worker's message is delivered again; trouble is not retried, since the next evaluation orders anew.
_ACTS: dict[str, Any] = {"bind": True, "ignore_result": False, "acks_late": True}


@app.task(name="nodes.increase", **_ACTS)
def increase(self: Task[..., str], **order: Any) -> str:  # noqa: ANN401 - the fields of a NodeOrder
    """Order machines for a pool, once under the name of the request."""
    return _carried_out(self, NodeOrderKind.INCREASE, order)


@app.task(name="nodes.join", **_ACTS)
def join(self: Task[..., str], **order: Any) -> str:  # noqa: ANN401
    """Label a node that has joined, and open it."""
    return _carried_out(self, NodeOrderKind.JOIN, order)


@app.task(name="nodes.heal", **_ACTS)
def heal(self: Task[..., str], **order: Any) -> str:  # noqa: ANN401
    """Delete machines that will never serve, or clear a node away that is lost."""
    return _carried_out(self, NodeOrderKind.HEAL, order)


@app.task(name="nodes.remove", **_ACTS)
def remove(self: Task[..., str], **order: Any) -> str:  # noqa: ANN401
    """Begin to drain a node, after which its machine is given back."""
    return _carried_out(self, NodeOrderKind.REMOVE, order)


@app.task(name="nodes.keep", **_ACTS)
def keep(self: Task[..., str], **order: Any) -> str:  # noqa: ANN401
    """Open a node again that was being drained and is needed after all."""
    return _carried_out(self, NodeOrderKind.KEEP, order)


@app.task(name="nodes.rebalance", **_ACTS)
def rebalance(self: Task[..., str], **order: Any) -> str:  # noqa: ANN401
    """Begin to move one replica onto a node."""
    return _carried_out(self, NodeOrderKind.REBALANCE, order)


@app.task(name="nodes.fill", **_ACTS)
def fill(self: Task[..., str], *, pool: str, actor: str, reason: str) -> str:
    """Have the nodes of a pool filled, by order of a person."""
    outcome = fill_pool(world(), fleet(), pool, actor=actor, reason=reason, task_id=self.request.id)
    return result_text(node_line(outcome.sentence), outcome.sentence)


def _carried_out(task: Task[..., str], kind: NodeOrderKind, message: dict[str, Any]) -> str:
    order = msgspec.convert({**message, "kind": kind}, NodeOrder)
    rules = NodeActRules(defaults=label_defaults(), fleet=fleet(), time_limit=settings().task_time_limit)
    outcome = carry_out(world(), order, rules, task_id=task.request.id)
    return result_text(node_line(outcome.sentence), outcome.sentence)


_TASKS: dict[NodeOrderKind, Any] = {
    NodeOrderKind.INCREASE: increase,
    NodeOrderKind.JOIN: join,
    NodeOrderKind.HEAL: heal,
    NodeOrderKind.REMOVE: remove,
    NodeOrderKind.KEEP: keep,
    NodeOrderKind.REBALANCE: rebalance,
}


def enqueue(order: NodeOrder) -> None:
    """Send an order under a readable name, and an id that no other order has."""
    # What is empty is left out: Flower shows the rest.
    message = {name: value for name, value in msgspec.to_builtins(order).items() if value}
    kind = message.pop("kind")
    _TASKS[order.kind].apply_async(
        kwargs=message,
        shadow=f"{kind}.{order.subject}",
        task_id=f"nodes.{kind}.{order.subject}.{order.evaluation}",
        expires=_EXPIRES.total_seconds(),
    )

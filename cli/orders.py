"""Orders of people to the workers."""

from datetime import timedelta

from celery.exceptions import TaskRevokedError

from cli.broker import Broker, NoResultYet
from cli.desk import FillOrder, ManualOrder, NodeOrder, Outcome, StandingOrder
from skep.report.sentences import verdict_of
from workers.queues import ACT

__all__ = ["CANCELLED", "EXPIRES", "WorkerOrders"]

#: How the result of an order begins that somebody cancelled.
CANCELLED = "cancelled by "

#: An order that nobody took within this time is void: whoever gave it has moved on. Less than the two minutes after
#: which the broker hands out again what a dead worker had taken: that must not undo what was ordered since.
EXPIRES = timedelta(seconds=100)


class WorkerOrders:
    """Implements :class:`cli.desk.Orders` by the tasks ``scale.service``, ``order.give`` and ``drain.*``."""

    def __init__(self, broker: Broker | None = None) -> None:
        self._broker = broker or Broker()

    def send(self, order: ManualOrder | StandingOrder | NodeOrder | FillOrder) -> None:
        """Enqueue an order under a name that Flower's list can be read by."""
        if isinstance(order, ManualOrder):
            task, verb, arguments = "scale.service", "scale", _to_scale(order)
        elif isinstance(order, NodeOrder):
            task, verb, arguments = _TASKS_OF_NODES[order.verb], order.verb, _of_node(order)
        elif isinstance(order, FillOrder):
            task, verb, arguments = "nodes.fill", "rebalance", _to_fill(order)
        else:
            task, verb, arguments = "order.give", order.kind.value, _to_stand(order)
        self._broker.send(
            task,
            arguments,
            queue=ACT,
            task_id=order.task_id,
            shadow=f"{verb}.{order.service_name}",
            expires=EXPIRES,
        )

    def outcome(self, task_id: str, *, within: timedelta) -> Outcome | None:
        """What became of an order; ``None`` if that is not known in time."""
        try:
            result = self._broker.result(task_id, within=within)
        except NoResultYet:
            return None
        if isinstance(result, TaskRevokedError):
            return Outcome(verdict="failed", sentence=_without_result(result))
        if isinstance(result, Exception):
            return Outcome(verdict="failed", sentence=str(result))
        return _outcome(str(result))


def _without_result(revoked: TaskRevokedError) -> str:
    """Celery gives the same for what was cancelled and for what nobody took in time."""
    reason = str(revoked)
    return reason if reason.startswith(CANCELLED) else "nobody took the order before it expired"


def _to_scale(order: ManualOrder) -> dict[str, object]:
    return {
        "service_id": order.service_id,
        "service_name": order.service_name,
        "replicas": order.replicas,
        "seen_replicas": None,
        "evaluation": None,
        "reason": order.reason,
        "actor": order.actor,
        "hold_s": None if order.hold_for is None else order.hold_for.total_seconds(),
        "allow_beyond_bounds": order.allow_beyond_bounds,
    }


_TASKS_OF_NODES = {"drain": "drain.node", "undrain": "drain.back"}


def _of_node(order: NodeOrder) -> dict[str, object]:
    common: dict[str, object] = {"node_id": order.node_id, "reason": order.reason, "actor": order.actor}
    if order.gives_back:
        return common
    return {
        **common,
        "deadline_s": None if order.deadline is None else order.deadline.total_seconds(),
        "removes": order.removes,
        "allows_interruption": order.allows_interruption,
    }


def _to_fill(order: FillOrder) -> dict[str, object]:
    return {"pool": order.pool, "actor": order.actor, "reason": order.reason}


def _to_stand(order: StandingOrder) -> dict[str, object]:
    return {
        "kind": order.kind.value,
        "service_id": order.service_id,
        "reason": order.reason,
        "actor": order.actor,
        "lasts_s": None if order.lasts is None else order.lasts.total_seconds(),
    }


def _outcome(result: str) -> Outcome:
    """Read ``web 3 → 5: by hand``; the whole sentence stands below that line."""
    line, _, sentence = result.partition("\n")
    return Outcome(verdict=verdict_of(line), sentence=sentence or line)

"""The workers themselves: what they do, what waits for them, and taking back what has not begun."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.broker import Broker
from cli.desk import Cancellation
from cli.orders import CANCELLED
from skep.core.checkup import BrokerFacts, QueueFacts
from skep.report.task_table import TaskStanding, TaskState
from workers.queues import ACT, OBSERVE, TICK

__all__ = ["CeleryWorkforce"]

#: A worker answers from the process that takes messages, which is never busy for long.
_PATIENCE = timedelta(seconds=1)
#: Orders first: they are what people look for.
_QUEUES = (ACT, TICK, OBSERVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message in the broker, and the task that it asks for."""

    raw: bytes
    task: TaskStanding


class CeleryWorkforce:
    """Implements :class:`cli.desk.Workforce` by Celery's remote control, and by the lists that are its queues."""

    def __init__(self, broker: Broker | None = None, *, patience: timedelta = _PATIENCE) -> None:
        self._broker = broker or Broker()
        self._patience = patience

    def tasks(self) -> tuple[TaskStanding, ...]:
        """What has not ended; once also where an attempt is just ending and the next is queued already."""
        found = (*self._at_workers(), *(message.task for message in self._messages()))
        return tuple({task.id: task for task in reversed(found)}.values())[::-1]

    def broker(self) -> BrokerFacts:
        """The broker itself."""
        return self._broker.facts()

    def queues(self) -> tuple[QueueFacts, ...]:
        """Who listens on each queue, and how many messages wait there."""
        listened_to = self._broker.ask_each("active_queues", within=self._patience)
        return tuple(
            QueueFacts(
                queue=queue,
                workers=tuple(sorted(w for w, taken in listened_to.items() if queue in {q["name"] for q in taken})),
                waiting=len(self._broker.waiting(queue)),
            )
            for queue in _QUEUES
        )

    def cancel(self, task_id: str, *, actor: str) -> Cancellation:
        """See to it that a task which nobody has begun is never begun."""
        reason = f"{CANCELLED}{actor}"
        for message in self._messages():
            if message.task.id == task_id and self._broker.withdraw(
                message.task.queue, message.raw, task_id=task_id, reason=reason
            ):
                return Cancellation.DONE
        states = {task.state for task in self._at_workers() if task.id == task_id}
        if TaskState.RUNNING in states:
            return Cancellation.RUNNING
        if states:
            self._broker.revoke(task_id, reason=reason, within=self._patience)
            return Cancellation.DONE
        return Cancellation.UNKNOWN

    def _messages(self) -> Iterator[_Message]:
        for queue in _QUEUES:
            for raw in self._broker.waiting(queue):
                yield _Message(raw=raw, task=_queued(json.loads(raw), queue))

    def _at_workers(self) -> tuple[TaskStanding, ...]:
        running = self._broker.ask_each("active", within=self._patience)
        if not running:
            return ()
        retrying = self._broker.ask_each("scheduled", within=self._patience, workers=len(running))
        revoked = self._broker.ask_each("revoked", within=self._patience, workers=len(running))
        return (
            *(_running(request, worker) for worker, requests in running.items() for request in requests),
            *(
                _retrying(request, worker)
                for worker, requests in retrying.items()
                for request in requests
                if request["request"]["id"] not in revoked.get(worker, ())
            ),
        )


def _queued(message: Mapping[str, Any], queue: str) -> TaskStanding:
    """Read a message in the form of Celery's protocol 2."""
    headers = message["headers"]
    _, arguments, _ = json.loads(base64.b64decode(message["body"]))
    return TaskStanding(
        id=headers["id"],
        name=headers.get("shadow") or headers["task"],
        task=headers["task"],
        queue=queue,
        state=TaskState.QUEUED,
        void_at=_instant(headers.get("expires")),
        actor=arguments.get("actor"),
        reason=arguments.get("reason"),
    )


def _running(request: Mapping[str, Any], worker: str) -> TaskStanding:
    begun_s = request.get("time_start")
    begun_at = None if begun_s is None else datetime.fromtimestamp(begun_s, UTC)
    return _at_worker(request, worker, TaskState.RUNNING, begun_at=begun_at)


def _retrying(scheduled: Mapping[str, Any], worker: str) -> TaskStanding:
    return _at_worker(scheduled["request"], worker, TaskState.RETRYING, due_at=_instant(scheduled["eta"]))


def _at_worker(
    request: Mapping[str, Any],
    worker: str,
    state: TaskState,
    *,
    begun_at: datetime | None = None,
    due_at: datetime | None = None,
) -> TaskStanding:
    arguments: Mapping[str, Any] = request["kwargs"]
    return TaskStanding(
        id=request["id"],
        name=request["name"],
        task=request["type"],
        queue=request["delivery_info"]["routing_key"],
        state=state,
        worker=worker,
        begun_at=begun_at,
        due_at=due_at,
        actor=arguments.get("actor"),
        reason=arguments.get("reason"),
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)

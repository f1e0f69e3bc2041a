"""Messages for skep's workers, put on their queue as anybody can who reaches the broker."""

import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import redis
from celery import Celery
from celery.result import AsyncResult
from celery.states import READY_STATES

from skep.config.settings import Settings
from tests.celery_apps import let_go
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from workers.queues import ACT, OBSERVE, TICK

__all__ = ["Postbox", "order_by_hand"]

#: What a dead worker had is handed out again after two minutes, and half a minute more if its helper died, too.
_HANDED_OUT_ANEW = timedelta(minutes=4)


def order_by_hand(service_id: str, replicas: int, *, actor: str = "ada", hold_s: float = 600.0) -> dict[str, object]:
    """A person's order, as the command line sends it; a service's name will do as its id."""
    return {
        "service_id": service_id,
        "service_name": SERVICE,
        "replicas": replicas,
        "seen_replicas": None,
        "evaluation": None,
        "reason": "by hand",
        "actor": actor,
        "hold_s": hold_s,
        "allow_beyond_bounds": False,
    }


class Postbox:
    """The queue of orders, seen from outside. Use it as a context manager.

    Args:
        settings: skep's; they say where its broker is.
    """

    def __init__(self, settings: Settings) -> None:
        broker, results = settings.broker_url.reveal(), settings.result_url.reveal()
        self._prefix = settings.redis_prefix
        self._redis = redis.Redis.from_url(broker)
        # Who sends and knows of results listens for them, with a connection in each thread that nobody can close.
        self._sender = Celery("sender", broker=broker, set_as_current=False)
        self._reader = Celery("reader", backend=results, set_as_current=False)
        prefix = {"global_keyprefix": self._prefix}
        self._sender.conf.update(broker_transport_options=prefix, broker_pool_limit=0)
        # A result that was seen once is asked for again: a test that is tried again gives its orders the same names.
        self._reader.conf.update(result_backend_transport_options=prefix, result_cache_max=-1, broker_pool_limit=0)

    def __enter__(self) -> Self:
        """Connections are made at first use."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them all."""
        let_go(self._sender)
        let_go(self._reader)
        self._redis.close()

    def send(
        self,
        arguments: Mapping[str, object],
        *,
        task_id: str,
        task: str = "scale.service",
        expires: datetime | None = None,
        serializer: str = "json",
    ) -> None:
        """Send a message to the actors, in the form in which skep sends its own."""
        self._sender.send_task(
            task, kwargs=dict(arguments), task_id=task_id, queue=ACT, expires=expires, serializer=serializer
        )

    def learn(self) -> None:
        """Ask the observers to look at the rules of services, as beat does."""
        self._sender.send_task("learn.rules", queue=OBSERVE, ignore_result=True)

    def tick(self) -> None:
        """Ask the observers for an evaluation, as beat does."""
        self._sender.send_task("evaluate.services", queue=TICK, ignore_result=True)

    def drop_in(self, text: str) -> None:
        """Put anything at all on the queue of the actors."""
        self._redis.lpush(self._prefix + ACT, text)

    def outcome(self, task_id: str) -> tuple[str, str]:
        """State and result (or error) of a task, once it has come to an end."""
        state = becomes(lambda: self._result(task_id).state, READY_STATES.__contains__, what=f"the end of {task_id}")
        return state, str(self._result(task_id).result)

    def now(self, task_id: str) -> tuple[str, str]:
        """State and result (or error) of a task as they are."""
        result = self._result(task_id)
        return result.state, str(result.result)

    def deliver_again(self) -> int:
        """Let the broker do what it does two minutes after a worker vanished; with how many messages of orders.

        A broker hands a message out again that was taken and not acknowledged for too long. When it was taken
        stands in the broker: long ago, from now on.
        """
        left = self._taken()
        for tag in left:
            self._redis.zadd(f"{self._prefix}unacked_index", {tag: 1}, xx=True)
        return len(left)

    def await_quiet(self) -> None:
        """Return when no message waits or is being worked on, at two looks: while it is handed out it is in neither."""
        looks: deque[int] = deque(maxlen=2)

        def look() -> list[int]:
            looks.append(self._open())
            return list(looks)

        becomes(look, lambda counts: counts == [0, 0], what="all orders to be worked off", within=_HANDED_OUT_ANEW)

    def _open(self) -> int:
        return self._redis.llen(self._prefix + ACT) + len(self._taken())

    def _taken(self) -> list[str]:
        """The tags of messages of orders that a worker has taken and not acknowledged."""
        taken = self._redis.hgetall(f"{self._prefix}unacked").items()
        return [_text(tag) for tag, message in taken if json.loads(message)[2] == ACT]

    def _result(self, task_id: str) -> "AsyncResult[object]":
        return AsyncResult(task_id, app=self._reader)


def _text(tag: bytes | str) -> str:
    return tag if isinstance(tag, str) else tag.decode()

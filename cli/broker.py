"""Messages to workers and results back, by the names of tasks alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery
from celery.exceptions import TimeoutError  # noqa: A004 - it is not the built-in one
from celery.result import AsyncResult
from kombu.exceptions import OperationalError

from cli.endings import Failed
from skep.core.checkup import BrokerFacts
from workers.app import app as workers_app

__all__ = ["Broker", "NoResultYet"]

#: Celery takes a wait of nothing for one without end.
_SHORTEST_WAIT_S = 0.01


class NoResultYet(Exception):
    """A task has not ended in the time that was given to it."""


class Broker:
    """The broker that the workers listen on."""

    def __init__(self, app: Celery = workers_app) -> None:
        self._app = app
        self._was_reached = False

    @property
    def address(self) -> str:
        """Where it is, without the password."""
        return self._app.connection_for_write().as_uri()

    def send(
        self,
        task: str,
        arguments: Mapping[str, object],
        *,
        queue: str,
        task_id: str,
        shadow: str | None = None,
        expires: timedelta,
    ) -> None:
        """Send a message to whoever listens on ``queue``.

        Args:
            task: name of the task.
            arguments: its keyword arguments, plain JSON values.
            queue: where it waits.
            task_id: never used twice.
            shadow: the name that Flower shows instead of the task's.
            expires: after this nobody takes it any more.

        Raises:
            Failed: the broker is out of reach.
        """
        with self._explained():
            self._reach()
            self._app.send_task(
                task,
                kwargs=dict(arguments),
                queue=queue,
                task_id=task_id,
                shadow=shadow,
                expires=expires.total_seconds(),
            )

    def result(self, task_id: str, *, within: timedelta) -> object:
        """What a task returned, or the exception it ended with.

        Raises:
            NoResultYet: it has not ended in time.
            Failed: the broker is out of reach.
        """
        wait_s = max(within.total_seconds(), _SHORTEST_WAIT_S)
        with self._explained(), self._handle(task_id) as handle:
            try:
                return handle.get(timeout=wait_s, propagate=False)
            except TimeoutError as error:
                raise NoResultYet(task_id) from error

    def forget(self, task_id: str) -> None:
        """Drop a result that nobody will ask for again."""
        with self._explained(), self._handle(task_id) as handle:
            handle.forget()

    def facts(self) -> BrokerFacts:
        """What the broker says of itself.

        Raises:
            Failed: it is out of reach.
        """
        with self._queues() as (redis, _):
            seconds, microseconds = redis.time()
            about: Mapping[str, Any] = redis.info("server")
            return BrokerFacts(
                address=self.address,
                version=str(about.get("redis_version", "of an unknown version")),
                at=datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds),
            )

    def waiting(self, queue: str) -> tuple[bytes, ...]:
        """The messages that wait on a queue, raw, the one that is taken next first.

        Raises:
            Failed: the broker is out of reach.
        """
        with self._queues() as (redis, prefix):
            messages: list[bytes] = redis.lrange(f"{prefix}{queue}", 0, -1)
            return tuple(reversed(messages))

    def withdraw(self, queue: str, message: bytes, *, task_id: str, reason: str) -> bool:
        """Take a message back before a worker does, and tell whoever waits for its result; whether it was there still.

        Args:
            queue: where it waits.
            message: as :meth:`waiting` gave it.
            task_id: of the task.
            reason: what whoever waits is told.

        Raises:
            Failed: the broker is out of reach.
        """
        with self._queues() as (redis, prefix):
            was_there = bool(redis.lrem(f"{prefix}{queue}", 0, message))
            if was_there:
                self._app.backend.mark_as_revoked(task_id, reason=reason)
            return was_there

    def revoke(self, task_id: str, *, reason: str, within: timedelta) -> None:
        """Tell all workers never to begin a task, and whoever waits for its result why.

        Args:
            task_id: of the task.
            reason: what whoever waits is told. Workers write down a reason of their own, so they are waited for.
            within: for so long.

        Raises:
            Failed: the broker is out of reach.
        """
        with self._explained():
            self._reach()
            self._app.control.revoke(task_id, reply=True, timeout=within.total_seconds())
            self._app.backend.mark_as_revoked(task_id, reason=reason)

    def ask_each(self, command: str, *, within: timedelta, workers: int | None = None) -> Mapping[str, Any]:
        """What each worker answers to one of Celery's questions about itself.

        Args:
            command: such as ``active`` or ``active_queues``.
            within: nobody knows how many workers there are, so all this time is waited for further answers.
            workers: how many are expected, where that is known.

        Returns:
            The answers by worker; none from workers that did not answer.

        Raises:
            Failed: the broker is out of reach.
        """
        with self._explained():
            self._reach()
            replies: Sequence[Mapping[str, Any]] | None = self._app.control.broadcast(
                command, reply=True, timeout=within.total_seconds(), limit=workers
            )
        return {worker: answer for reply in replies or () for worker, answer in reply.items()}

    @contextmanager
    def _queues(self) -> Iterator[tuple[Any, str]]:
        """Redis as Celery's transport has it, and how it begins the name of a queue's list."""
        with self._explained():
            self._reach()
            with self._app.connection_for_write() as connection:
                channel: Any = connection.default_channel
                yield channel.client, channel.global_keyprefix

    @contextmanager
    def _handle(self, task_id: str) -> Iterator["AsyncResult[object]"]:
        """The result, cut off from its store afterwards.

        A traceback can keep it alive until the interpreter ends, where its finalizer would still speak to Redis.
        """
        handle: AsyncResult[object] = self._app.AsyncResult(task_id)
        try:
            yield handle
        finally:
            handle.backend = None  # type: ignore[assignment]  # the finalizer looks for it

    def _reach(self) -> None:
        """Find out at first use whether the broker is there.

        Workers reconnect for ever, and to the store of results for twenty seconds; a person is told at once.
        """
        if self._was_reached:
            return
        options = self._app.conf.result_backend_transport_options
        self._app.conf.result_backend_transport_options = {**options, "retry_policy": {"max_retries": 1}}
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=1)
        self._was_reached = True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn whatever the transport raises into one sentence; a RuntimeError is the store of results giving up."""
        of_transport = self._app.connection_for_write().connection_errors
        troubles: tuple[type[BaseException], ...] = (OperationalError, RuntimeError, *of_transport)
        try:
            yield
        except troubles as error:
            why = " ".join(str(error).split()).rstrip(".")
            raise Failed(f"The broker at {self.address} cannot be reached: {why}. Check SKEP_BROKER_URL.") from error

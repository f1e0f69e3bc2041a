"""Questions to a worker, for what Flower has no rights to see itself."""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import msgspec
from celery import Celery, states
from kombu.exceptions import OperationalError

from skep.errors import Temporary
from workers.queues import OBSERVE

__all__ = ["ask", "reaching"]

_LOOK_EVERY_S = 0.05

T = TypeVar("T")


def ask(app: Celery, task: str, question: Mapping[str, object], shape: type[T], *, patience: timedelta) -> T:
    """What a worker answers.

    May be called from several threads at once: an answer is looked for, not listened to.

    Args:
        app: the Celery application.
        task: such as ``ask.nodes``.
        question: its keyword arguments, plain JSON values.
        shape: what is expected.
        patience: for so long.

    Raises:
        Temporary: nobody answered in time, the broker is out of reach, or the answer is trouble.
    """
    task_id = f"{task}.{secrets.token_hex(8)}"
    with reaching(app):
        app.send_task(task, kwargs=dict(question), queue=OBSERVE, task_id=task_id, expires=patience.total_seconds())
        answer = _answer(app, task_id, patience)
    if isinstance(answer, Exception):
        raise Temporary(f"the worker could not answer: {answer}")
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise Temporary(f"the worker is of another version than Flower, its answer cannot be read: {error}") from error


@contextmanager
def reaching(app: Celery) -> Iterator[None]:
    """Find out first whether the broker is there: Celery itself would go on trying, and the caller waits.

    Raises:
        Temporary: it is out of reach, at first or inside the block.
    """
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        yield
    except _troubles(app) as error:
        address = app.connection_for_write().as_uri()
        raise Temporary(f"the broker at {address} cannot be reached: {' '.join(str(error).split())}") from error


def _answer(app: Celery, task_id: str, patience: timedelta) -> object:
    """Plain JSON values, or the exception that the task ended with."""
    give_up_at_s = time.monotonic() + patience.total_seconds()
    while time.monotonic() < give_up_at_s:
        known = app.backend.get_task_meta(task_id)
        if known["status"] in states.READY_STATES:
            app.backend.forget(task_id)
            answer: object = known["result"]
            return answer
        time.sleep(_LOOK_EVERY_S)
    raise Temporary(f"no worker answered within {patience.total_seconds():g} s")


def _troubles(app: Celery) -> tuple[type[BaseException], ...]:
    """Whatever the transport raises; a RuntimeError is the store of results giving up."""
    return (OperationalError, RuntimeError, *app.connection_for_write().connection_errors)

"""Questions to a worker, for what Flower has no rights to see itself; nobody is waited for for long."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

import msgspec
from celery import Celery
from celery.exceptions import TimeoutError  # noqa: A004 - it is not the built-in one

from workers.queues import OBSERVE

__all__ = ["PATIENCE", "NoAnswer", "ask"]

#: A worker that is alive answers within a second; a page is not held up for longer.
PATIENCE = timedelta(seconds=2)

T = TypeVar("T")


class NoAnswer(Exception):
    """Nobody answered in time, or the answer is trouble."""


def ask(app: Celery, task: str, question: Mapping[str, object], shape: type[T]) -> T:
    """What a worker answers.

    Args:
        app: the Celery application.
        task: such as ``ask.nodes``.
        question: its keyword arguments, plain JSON values.
        shape: what is expected.

    Raises:
        NoAnswer: with a sentence for the page.
    """
    wait_s = PATIENCE.total_seconds()
    task_id = f"{task}.{secrets.token_hex(8)}"
    try:
        handle = app.send_task(task, kwargs=dict(question), queue=OBSERVE, task_id=task_id, expires=wait_s)
        answer = handle.get(timeout=wait_s)
        handle.forget()
        return msgspec.convert(answer, shape)
    except TimeoutError as error:
        raise NoAnswer(f"No worker on queue {OBSERVE} answered within {wait_s:g} s.") from error
    except Exception as error:
        raise NoAnswer(f"A worker could not be asked: {error}") from error

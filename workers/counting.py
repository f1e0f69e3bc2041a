"""How many tasks end how, and how long they take."""

import time
from typing import Any

from celery import Task
from celery.signals import task_postrun, task_prerun, task_retry, worker_init

from skep.core.meters import counts_of_task
from skep.wiring import meters

__all__: list[str] = []

#: Of the tasks that run in this process, by id: one at a time, unless a test says otherwise.
_BEGUN_S: dict[str, float] = {}
_OUTCOMES = {"SUCCESS": "success", "FAILURE": "failure"}


@worker_init.connect
def _count_from_now_on(**_signal: object) -> None:
    """Only workers count: who runs a task by hand, as a test does, has no Redis."""
    task_prerun.connect(_note_begin)
    task_retry.connect(_count_retry)
    task_postrun.connect(_count_end)


def _note_begin(task_id: str = "", **_signal: object) -> None:
    _BEGUN_S[task_id] = time.monotonic()


def _count_retry(sender: Task[..., Any] | None = None, **_signal: object) -> None:
    if sender is not None:
        meters().count(counts_of_task(sender.name, "retry", None))


def _count_end(
    sender: Task[..., Any] | None = None, task_id: str = "", state: str | None = None, **_signal: object
) -> None:
    begun_s = _BEGUN_S.pop(task_id, None)
    outcome = _OUTCOMES.get(state or "")
    if sender is not None and outcome is not None:
        took_s = None if begun_s is None else time.monotonic() - begun_s
        meters().count(counts_of_task(sender.name, outcome, took_s))

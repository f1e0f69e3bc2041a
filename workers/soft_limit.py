"""The soft time limit ends tasks, and nothing that a process does between them."""

import signal

from billiard.exceptions import SoftTimeLimitExceeded
from celery import current_task

__all__ = ["end_tasks_only"]


def end_tasks_only() -> None:
    """Have the signal of the soft time limit ignored while no task runs in this process.

    The worker sends it when a task's time is up, and it may come a moment late: while the process tells the worker what
    became of the task. The exception would break that off, the next message would follow in its midst, and the worker,
    who cannot read it, would end with all of its tasks (seen with Celery 5.7.0 and billiard 4.3.2).
    """
    signal.signal(signal.SIGUSR1, _end_task)


def _end_task(_number: int, _frame: object) -> None:
    if current_task:  # type: ignore[truthy-bool]  # a stand-in, and false while no task runs
        raise SoftTimeLimitExceeded

"""How a task reads in Flower's list: the verdict as a sentence, for failures too."""

from typing import Protocol, TypeVar

from celery.states import RETRY, SUCCESS

__all__ = ["readable"]


class TaskRow(Protocol):
    """What Flower hands over for each row: its own copy of a task, free to be changed."""

    state: str | None
    result: str | None
    exception: str | None


Row = TypeVar("Row", bound=TaskRow)


def readable(task: Row) -> Row:
    """Strip the quotes from the result, and show a failure's message where its result would be.

    Flower goes on knowing the message of an attempt after which the task was tried again, and did well.
    """
    if task.exception and task.state != SUCCESS:
        task.result = f"{'RETRIED' if task.state == RETRY else 'FAILED'}: {task.exception}"
    elif task.result:
        task.result = task.result.strip("'\"")
    return task

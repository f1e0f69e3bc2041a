"""Celery tasks that are queued or running, as a table: what each is, where it is, and how to name it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rich.text import Text

from skep.report.layout import Column, Row, Styled, lay_out
from skep.report.words import age, one_line, span

__all__ = ["TaskStanding", "TaskState", "task_table"]

_COLUMNS = (
    Column(title="TASK"),
    Column(title="STATE"),
    Column(title="QUEUE"),
    Column(title="FOR", is_number=True),
    Column(title="ID"),
)
_EMPTY = "Nothing is queued, and nothing is running."


class TaskState(StrEnum):
    """Where a task is."""

    RUNNING = "running"
    #: At a worker, which tries it again at a later instant.
    RETRYING = "retrying"
    #: In the broker, for any worker to take.
    QUEUED = "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStanding:
    """One Celery task that has not ended.

    Attributes:
        name: as Flower shows it, such as ``scale.web``.
        task: its name in the source, such as ``scale.service``.
        worker: that has it; ``None`` while it is queued.
        begun_at: since when it runs.
        due_at: when it is tried again.
        void_at: nobody takes it any more after this.
        actor: who ordered it, where somebody did.
        reason: why.
    """

    id: str
    name: str
    task: str
    queue: str
    state: TaskState
    worker: str | None = None
    begun_at: datetime | None = None
    due_at: datetime | None = None
    void_at: datetime | None = None
    actor: str | None = None
    reason: str | None = None


def task_table(tasks: Sequence[TaskStanding], *, now: datetime, width: int) -> Text:
    """All tasks, one row each, and a line that sums up.

    Args:
        tasks: in the order to show them.
        now: the present instant.
        width: characters per line; from 120 on remarks stand beside the rows, below that under them.
    """
    if not tasks:
        return Text(_EMPTY)
    table = lay_out(_COLUMNS, [_row(task, now) for task in tasks], remarks_title="BY", width=width)
    return Text("\n\n").join([table, Text(_summary(tasks), style="dim")])


_STYLES = {TaskState.RUNNING: "green", TaskState.RETRYING: "yellow", TaskState.QUEUED: ""}


def _row(task: TaskStanding, now: datetime) -> Row:
    cells = (
        Styled(one_line(task.name), style="bold"),
        Styled(task.state.value, style=_STYLES[task.state]),
        Styled(one_line(task.queue)),
        Styled("" if task.begun_at is None else age(task.begun_at, now)),
        Styled(one_line(task.id)),
    )
    return Row(lines=(cells,), remarks=tuple(Styled(remark, style="dim") for remark in _remarks(task, now)))


def _remarks(task: TaskStanding, now: datetime) -> Iterator[str]:
    if task.actor is not None:
        yield f"{one_line(task.actor)}{f': {one_line(task.reason)}' if task.reason else ''}"
    if task.worker is not None:
        yield f"at {one_line(task.worker)}{_again(task.due_at, now)}"
    elif task.void_at is not None:
        yield f"void in {span(task.void_at - now)}" if task.void_at > now else "void: nobody will carry it out"


def _again(due_at: datetime | None, now: datetime) -> str:
    return "" if due_at is None else f", tried again in {span(due_at - now)}"


def _summary(tasks: Iterable[TaskStanding]) -> str:
    states = [task.state for task in tasks]
    counted = ((states.count(state), state.value) for state in TaskState)
    return ", ".join(f"{count} {state}" for count, state in counted if count)

"""What ends in trouble after all its retries is noted, so that people can be told of it."""

import logging
from typing import Any

from celery import Task
from celery.signals import task_failure, worker_init

from skep.core.notices import Failure
from skep.errors import SkepError
from skep.wiring import notice_memory, world
from workers.app import app
from workers.queues import ACT

__all__: list[str] = []

_LOG = logging.getLogger(__name__)

#: That a message could not be sent is no news that could be sent, and whoever asks is told what is wrong.
_NOT_TOLD = ("notify.", "ask.")


@worker_init.connect
def _note_from_now_on(**_signal: object) -> None:
    """Only workers do: who runs a task by hand, as a test does, has no Redis."""
    task_failure.connect(_note_failure)


def _note_failure(
    sender: Task[..., Any] | None = None, task_id: str = "", exception: BaseException | None = None, **_signal: object
) -> None:
    if sender is None or sender.name.startswith(_NOT_TOLD):
        return
    shown = sender.request.shadow or sender.name
    try:
        notice_memory().note_failure(
            Failure(
                task=shown,
                task_id=task_id,
                at=world().clock.now(),
                sentence=f"{shown} failed: {exception or 'for no reason it would tell'}",
                is_action=app.amqp.router.route({}, sender.name)["queue"].name == ACT,
            )
        )
    except SkepError as error:
        _LOG.warning("that %s failed could not be noted: %s", shown, error)

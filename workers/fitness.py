"""A worker whose manager does not answer takes no orders, so that a worker of another manager gets them.

Without this an order that failed for want of an answer comes back to the worker that failed it: Redis hands a message
to whoever waits longest, and that is the one who has just sent it (measured: fourteen attempts in a row by the worker
beside a manager that stood still, none by the other). Questions are another matter: whoever asks shall hear that Docker
is out of reach.
"""

import logging
import threading

from celery import bootsteps
from celery.worker.consumer import Consumer

from skep.operations.reach import reaches_swarm
from skep.wiring import world
from workers.queues import ACT

__all__ = ["Fitness"]

_LOG = logging.getLogger(__name__)

_PAUSE_S = 2.0


class Fitness(bootsteps.StartStopStep):
    """Looks every two seconds whether the Swarm is within reach, and takes the queue of orders only then."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Consumer, **options: object) -> None:
        super().__init__(parent, **options)
        self._is_over = threading.Event()

    def include_if(self, parent: Consumer) -> bool:
        """Only a worker that takes orders is watched."""
        return ACT in parent.app.amqp.queues.consume_from

    def start(self, parent: Consumer) -> None:
        """Begin to look."""
        self._is_over = threading.Event()
        threading.Thread(target=_watch, args=(parent, self._is_over), name="fitness", daemon=True).start()

    def stop(self, parent: Consumer) -> None:  # noqa: ARG002 - Celery gives it
        """Look no more."""
        self._is_over.set()


def _watch(consumer: Consumer, is_over: threading.Event) -> None:
    while not is_over.wait(_PAUSE_S):
        takes_orders = ACT in consumer.app.amqp.queues.consume_from
        is_fit = reaches_swarm(world())
        if is_fit == takes_orders or is_over.is_set():
            continue
        if is_fit:
            _LOG.info("the Swarm is within reach again: taking orders")
            consumer.call_soon(consumer.add_task_queue, ACT)
        else:
            _LOG.warning("the Swarm is out of reach: orders are left to other workers")
            consumer.call_soon(consumer.cancel_task_queue, ACT)

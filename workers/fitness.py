"""A worker whose manager does not answer leaves evaluations and orders to the workers of other managers.

Without this a message that failed for want of an answer comes back to the worker that failed it: Redis hands a message
to whoever waits longest, and that is the one who has just sent it (measured: nine attempts within 70 s by the worker
beside a manager that stood still, none by the other); and an evaluation that waits for an answer in vain keeps all
others from evaluating meanwhile. Questions are another matter: whoever asks shall hear that Docker is out of reach.
"""

import logging
import threading

from celery import bootsteps
from celery.worker.consumer import Consumer

from skep.operations.reach import reaches_swarm
from skep.wiring import world
from workers.queues import ACT, TICK

__all__ = ["Fitness"]

_LOG = logging.getLogger(__name__)

_NEED_THE_SWARM = frozenset({ACT, TICK})
_PAUSE_S = 2.0


class Fitness(bootsteps.StartStopStep):
    """Looks every two seconds whether the Swarm is within reach, and takes what needs it only then."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Consumer, **options: object) -> None:
        super().__init__(parent, **options)
        self._is_over = threading.Event()
        self._queues = frozenset[str]()

    def include_if(self, parent: Consumer) -> bool:
        """Only a worker that takes evaluations or orders is watched."""
        self._queues = _NEED_THE_SWARM & set(parent.app.amqp.queues.consume_from)
        return bool(self._queues)

    def start(self, parent: Consumer) -> None:
        """Begin to look."""
        self._is_over = threading.Event()
        threading.Thread(target=self._watch, args=(parent, self._is_over), name="fitness", daemon=True).start()

    def stop(self, parent: Consumer) -> None:  # noqa: ARG002 - Celery gives it
        """Look no more."""
        self._is_over.set()

    def _watch(self, consumer: Consumer, is_over: threading.Event) -> None:
        while not is_over.wait(_PAUSE_S):
            is_fit = reaches_swarm(world())
            takes_work = self._queues <= set(consumer.app.amqp.queues.consume_from)
            if is_fit == takes_work or is_over.is_set():
                continue
            if is_fit:
                _LOG.info("the Swarm is within reach again: taking work")
            else:
                _LOG.warning("the Swarm is out of reach: evaluations and orders are left to other workers")
            for queue in self._queues:
                consumer.call_soon(consumer.add_task_queue if is_fit else consumer.cancel_task_queue, queue)

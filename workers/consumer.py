"""Celery's consumer, which also lives, and shows that it does, while the broker is away.

Heartbeats need the broker. Without this, a Redis that is away for two minutes would have every worker judged dead
and replaced, which helps nobody.
"""

import logging
from collections.abc import Callable
from functools import partial

from celery.worker.consumer import Consumer
from kombu import Connection

from skep.wiring import settings
from workers.health import sign_of_life

__all__ = ["LivingConsumer", "let_go"]

_LOG = logging.getLogger(__name__)

_ErrorHandler = Callable[[Exception, float], None]


class LivingConsumer(Consumer):
    """Touches the file that the health check of workers looks at before each attempt and each second between them."""

    def ensure_connected(self, conn: Connection) -> Connection:
        """Wait for the broker, however long it is away."""
        wait_patiently = conn.ensure_connection

        def wait_alive(errback: _ErrorHandler, most_tries: int | None, *, callback: Callable[[], None]) -> Connection:
            def show_life() -> None:
                sign_of_life("worker", settings().state_dir)
                callback()

            return wait_patiently(errback, most_tries, callback=show_life)  # type: ignore[arg-type]  # None: no end

        conn.ensure_connection = wait_alive  # type: ignore[method-assign, assignment]
        return super().ensure_connected(conn)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Give up a lost connection, and what runs for it, before another one is sought."""
        lost = self.connection
        if lost is not None:
            lost.close = partial(let_go, lost)  # type: ignore[method-assign]
        super().on_connection_error_after_connected(exc)


def let_go(connection: Connection) -> None:
    """Close a connection to a broker that is gone, however far it was closed before.

    Celery has a lost connection collected, which ends at the first channel that wants to say something to the broker
    (the one for remote control does), and closes it then. A channel which is still open by then and has a message whose
    task runs gives it back through a transport that is gone already: an AttributeError, of which the whole worker would
    end (kombu 5.7.0). The message is not lost: who holds it never acknowledged it, and the broker hands it out again
    after its visibility timeout.
    """
    try:
        connection.release()
    except AttributeError as error:
        _LOG.info("what was begun is handed out again by the broker: %s", error)

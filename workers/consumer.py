"""Celery's consumer, which also lives, and shows that it does, while the broker is away.

Heartbeats need the broker. Without this, a Redis that is away for two minutes would have every worker judged dead
and replaced, which helps nobody.
"""

from collections.abc import Callable

from celery.worker.consumer import Consumer
from kombu import Connection

from skep.wiring import settings
from workers.health import sign_of_life
from workers.taking import TakingChannel

__all__ = ["LivingConsumer"]

_ErrorHandler = Callable[[Exception, float], None]


class LivingConsumer(Consumer):
    """Touches the file that the health check of workers looks at before each attempt and each second between them."""

    def ensure_connected(self, conn: Connection) -> Connection:
        """Wait for the broker, however long it is away, and do not die of its end."""
        conn.transport.Channel = TakingChannel  # type: ignore[attr-defined]  # the stubs lack it
        wait_patiently = conn.ensure_connection

        def wait_alive(errback: _ErrorHandler, most_tries: int | None, *, callback: Callable[[], None]) -> Connection:
            def show_life() -> None:
                sign_of_life("worker", settings().state_dir)
                callback()

            return wait_patiently(errback, most_tries, callback=show_life)  # type: ignore[arg-type]  # None: no end

        conn.ensure_connection = wait_alive  # type: ignore[method-assign, assignment]
        return super().ensure_connected(conn)

"""Celery applications that tests make: whoever makes one lets go of it here."""

from celery import Celery
from celery.backends.redis import RedisBackend

__all__ = ["let_go"]


def let_go(app: Celery) -> None:
    """Close an application with all of its connections; it has to have been made with ``broker_pool_limit=0``.

    ``Celery.close`` only forgets connections; the sockets would be found open by the garbage collector in the middle of
    some later test, and fail that.
    """
    assert app.conf.broker_pool_limit == 0, "a pool of connections outlives its application"
    if isinstance(app.backend, RedisBackend):
        app.backend.result_consumer.stop()  # type: ignore[attr-defined]  # the stubs lack it
        app.backend.client.connection_pool.disconnect()
    app.close()

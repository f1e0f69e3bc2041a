"""The application of a worker whose tasks last, or are tried again much later; its Redis stands in REDIS_URL."""

import os
import threading
from typing import Any

from celery import Celery, Task

__all__ = ["app", "made"]

_LASTS_S = 600.0


def made(url: str) -> Celery:
    """An application on the Redis at ``url``, with another prefix than Celery's none."""
    made = Celery("lasting", broker=url, backend=url, set_as_current=False)
    made.conf.update(
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        broker_pool_limit=0,
        broker_transport_options={"global_keyprefix": "test:"},
    )
    return made


app = made(os.environ.get("REDIS_URL", "memory://"))


@app.task(name="test.last")
def last(**_order: object) -> None:
    threading.Event().wait(_LASTS_S)


@app.task(name="test.retry", bind=True, max_retries=None)
def retry(self: Task[Any, Any], /, **_order: object) -> None:
    raise self.retry(countdown=int(_LASTS_S))

"""A Celery application that does nothing: what any worker costs. Run by ``tests/bench/no_op_worker.py``."""

import os

from celery import Celery

__all__ = ["BROKER_VARIABLE", "app"]

BROKER_VARIABLE = "BENCH_BROKER_URL"

app = Celery("no_op", broker=os.environ.get(BROKER_VARIABLE))
app.conf.broker_transport_options = {"global_keyprefix": "no-op:"}
app.conf.broker_connection_retry_on_startup = True


@app.task
def nothing() -> None:
    """Do nothing."""

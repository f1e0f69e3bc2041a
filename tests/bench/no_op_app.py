"""A Celery application that does nothing: what any worker, beat and Flower cost. Run by ``tests/bench/no_op_stack.py``.

It imports other people's packages as skep does, and its beat sends as many messages.
"""

import importlib
import os
from datetime import timedelta

from celery import Celery

from beat.schedule import schedule

__all__ = ["BROKER_VARIABLE", "IMPORTS_VARIABLE", "INTERVAL_VARIABLE", "app"]

BROKER_VARIABLE = "BENCH_BROKER_URL"
#: Names of packages, with blanks between them.
IMPORTS_VARIABLE = "BENCH_IMPORTS"
#: Seconds between two messages of each kind.
INTERVAL_VARIABLE = "BENCH_INTERVAL_S"

for name in os.environ.get(IMPORTS_VARIABLE, "").split():
    importlib.import_module(name)

app = Celery("no_op", broker=os.environ.get(BROKER_VARIABLE))
app.conf.broker_transport_options = {"global_keyprefix": "no-op:"}
app.conf.broker_connection_retry_on_startup = True


@app.task
def nothing() -> None:
    """Do nothing."""


_interval = timedelta(seconds=float(os.environ.get(INTERVAL_VARIABLE, "5")))
app.conf.beat_schedule = {
    entry: {**told, "task": nothing.name}
    for entry, told in schedule(interval=_interval, reconcile_interval=_interval).items()
}

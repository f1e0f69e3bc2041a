"""A worker without work, started as skep's are: the measure of what skep adds to Celery."""

import sys
from datetime import timedelta
from pathlib import Path

from lab.real import Lab, waiting
from tests.bench.no_op_app import BROKER_VARIABLE

__all__ = ["NO_OP_WORKER", "start", "wait_ready"]

NO_OP_WORKER = "no_op_worker"

_ROOT = Path(__file__).parents[2]
_PATIENCE = timedelta(seconds=60)


def start(lab: Lab) -> None:
    """Start it as a process of the lab; does not wait."""
    command = (sys.executable, "-m", "celery", "-A", "tests.bench.no_op_app", "worker", f"--hostname={NO_OP_WORKER}@%h")
    as_skep_does = ("--pool=prefork", "--concurrency=2", "--without-mingle", "--without-gossip", "--loglevel=INFO")
    lab.run(NO_OP_WORKER, (*command, *as_skep_does), env={BROKER_VARIABLE: lab.status().redis_url}, folder=_ROOT)


def wait_ready(lab: Lab) -> None:
    """Return when it waits for work.

    Raises:
        LabUnavailable: when it does not within a minute.
    """
    log = lab.log(NO_OP_WORKER)
    waiting.until(lambda: " ready." in log.read_text(), patience=_PATIENCE, what=f"the no-op worker ({log})")

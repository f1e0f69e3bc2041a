"""The soft time limit ends a task that runs, and is nothing to a process in which none does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from celery import Celery, Task

from workers.soft_limit import end_tasks_only

_ROOT = Path(__file__).parents[2]
_PROCESS = """
import os, signal, workers.lifecycle
from celery.signals import worker_process_init
worker_process_init.send(sender=None)
os.kill(os.getpid(), signal.SIGUSR1)
"""


@pytest.fixture
def _limited() -> Iterator[None]:
    """As in a process of the pool; afterwards the signal means what it meant."""
    before = signal.getsignal(signal.SIGUSR1)
    end_tasks_only()
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.fixture
def slow() -> Task[[], str]:
    """A task whose time is up while it runs."""
    app = Celery("slow", set_as_current=False)

    @app.task(shared=False)
    def slow() -> str:
        _time_is_up()
        return "done all the same"

    return slow


def _time_is_up() -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


@pytest.mark.usefixtures("_limited")
def test_a_task_that_runs_is_ended(slow: Task[[], str]) -> None:
    with pytest.raises(SoftTimeLimitExceeded):
        slow.apply(throw=True)


@pytest.mark.usefixtures("_limited")
def test_what_is_done_between_tasks_goes_on(slow: Task[[], str]) -> None:
    slow.apply()
    _time_is_up()


def test_a_process_of_the_pool_outlives_a_signal_that_comes_too_late() -> None:
    """Whoever has no answer to it ends by it."""
    subprocess.run([sys.executable, "-c", _PROCESS], cwd=_ROOT, check=True)

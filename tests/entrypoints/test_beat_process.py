"""Beat names the tasks it sends and has none of them in memory."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from beat.schedule import schedule
from skep.wiring import settings
from tests.entrypoints.beat_in_memory import Told, messages
from workers.app import app as workers_app

ROOT = Path(__file__).parents[2]
ENTRIES = schedule(interval=settings().interval, reconcile_interval=settings().reconcile_interval)
#: What only those need that run tasks.
OF_WORKERS = {"boto3", "docker", "influxdb", "numpy", "requests", "skep.adapters", "skep.operations", "tasks"}
#: What Celery's whole command line brings.
OF_COMMANDS = {"celery.bin.celery", "flower", "prompt_toolkit", "tornado"}


@pytest.fixture(scope="module")
def told() -> Told:
    command = (sys.executable, "-m", "tests.entrypoints.beat_in_memory")
    ran = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, check=True)
    return msgspec.json.decode(ran.stdout, type=Told)


def test_nothing_is_loaded_that_only_workers_need(told: Told) -> None:
    assert told.modules & OF_WORKERS == set()


def test_celerys_other_commands_are_not_loaded(told: Told) -> None:
    assert told.modules & OF_COMMANDS == set()


def test_its_log_is_written_as_that_of_workers(told: Told) -> None:
    assert "workers.lifecycle" in told.modules


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_a_message_says_what_the_task_itself_would_say(told: Told, entry: str) -> None:
    workers_app.loader.import_default_modules()
    assert told.messages[entry] == messages(workers_app)[entry]

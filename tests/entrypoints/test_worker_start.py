"""A worker starts without what only people at a prompt need, and with Celery's own options."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTED = """
import sys
from workers.__main__ import app
app.loader.init_worker()
from skep.wiring import world
world()
print(*sys.modules)
"""
#: What Celery's whole command line brings, and what is loaded only where something tunes itself or machines are bought.
OF_OTHERS = {"boto3", "celery.bin.celery", "flower", "matplotlib", "numpy", "prompt_toolkit", "rich", "tornado"}


def test_nothing_is_loaded_that_only_others_need() -> None:
    assert set(_said("-c", STARTED).split()) & OF_OTHERS == set()


def test_workers_and_beat_have_the_options_of_celery() -> None:
    assert "--concurrency" in _said("-m", "workers", "--help")
    assert "--max-interval" in _said("-m", "beat", "--help")


def _said(*arguments: str) -> str:
    ran = subprocess.run((sys.executable, *arguments), cwd=ROOT, env=os.environ, capture_output=True, check=True)
    return ran.stdout.decode()

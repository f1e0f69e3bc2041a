"""The names of the labs that tests raise: each run has its own, so that two runs at once do not disturb each other."""

import os
from pathlib import Path

from lab.real import Lab
from lab.real.layout import RUN_ROOT

__all__ = ["lab_name", "remove_labs_of_dead_runs"]

_PREFIX = "test"


def lab_name(kind: str) -> str:
    """The name of this run's lab of that kind."""
    return f"{_PREFIX}-{kind}-{os.getpid()}"


def remove_labs_of_dead_runs() -> None:
    """Take down what a run has left that was killed."""
    for folder in RUN_ROOT.glob(f"{_PREFIX}-*-[0-9]*"):
        pid = folder.name.rpartition("-")[2]
        if folder.is_dir() and not Path("/proc", pid).exists():
            Lab(folder.name).down()

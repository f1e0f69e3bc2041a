"""How long a person waits for the command line: fresh processes, their files in the page cache."""

import statistics
import sys
import time
from pathlib import Path

from lab.real.command import run
from tests.bench.effort import Effort
from tests.bench.figures import Figures

__all__ = ["measure"]

_SKEP = Path(sys.executable).with_name("skep")


def measure(effort: Effort) -> Figures:
    """The median over a few starts, beside that of a Python which does nothing."""
    help_s = _median_s(effort.starts, str(_SKEP), "--help")
    python_s = _median_s(effort.starts, sys.executable, "-c", "pass")
    return {"cli_help_s": help_s, "python_start_s": python_s, "ratio_python_start_cli_help": help_s / python_s}


def _median_s(starts: int, *command: str) -> float:
    return statistics.median(_run_s(*command) for _ in range(starts))


def _run_s(*command: str) -> float:
    started_s = time.perf_counter()
    run(*command)
    return time.perf_counter() - started_s

"""The collector as a process of the lab."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from lab.real import processes
from lab.real.layout import Layout
from lab.real.processes import Process

PROCESS = "collector"
_CHECKOUT = Path(__file__).resolve().parents[3]


def start(layout: Layout, *, interval: timedelta) -> Process:
    """Start the collector of this lab; it finds everything else in the lab's own description."""
    argv = (sys.executable, "-m", "lab.real.collector", layout.name, "--interval", f"{interval.total_seconds():g}")
    return processes.start(layout, PROCESS, argv, folder=_CHECKOUT)

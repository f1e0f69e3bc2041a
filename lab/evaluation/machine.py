"""Where it was measured."""

import os
import platform
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

__all__ = ["environment"]

_CPUS = Path("/proc/cpuinfo")


def environment() -> dict[str, str]:
    """The processor and the versions that the figures depend on."""
    return {
        "processor": f"{os.cpu_count()} x {_processor()}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "skep": version("skep"),
    }


def _processor() -> str:
    with suppress(OSError):
        for line in _CPUS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()

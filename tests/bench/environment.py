"""Where it was measured."""

import os
import platform
import re
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from lab.real import LabUnavailable
from lab.real.command import run
from tests.bench.figures import Figures

__all__ = ["load_average", "measure", "version_in"]

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("celery", "click", "docker", "flower", "influxdb", "msgspec", "redis")
_PROGRAMS = {
    "engine": ("dockerd", "--version"),
    "influxd": ("influxd", "version"),
    "redis_server": ("redis-server", "--version"),
}
_VERSION = re.compile(r"\d+\.\d[\w.~+-]*")
# Changes nothing in the checkout, not even its index.
_GIT = ("git", "--no-optional-locks", "-C", str(_ROOT))


def measure() -> Figures:
    """The machine, the programs and the commit."""
    return {
        "environment_cores": os.cpu_count() or 0,
        "environment_memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "environment_kernel": platform.release(),
        "environment_python": platform.python_version(),
        **{f"environment_{package}": version(package) for package in _PACKAGES},
        **{f"environment_{name}": version_in(_said(*command)) for name, command in _PROGRAMS.items()},
        "environment_commit": _said(*_GIT, "rev-parse", "HEAD"),
        "environment_commit_is_changed": _said(*_GIT, "status", "--porcelain") != "",
    }


def load_average() -> float:
    """Over the last minute."""
    return os.getloadavg()[0]


def version_in(words: str) -> str:
    """The first version in what a program says of itself; all of it where there is none."""
    found = _VERSION.search(words)
    return found[0] if found else words


def _said(*command: str) -> str:
    with suppress(LabUnavailable):
        return run(*command).strip()
    return "unknown"

"""Run a program to its end and hand back what it printed, or say what went wrong in one error."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import timedelta

from lab.real.errors import LabUnavailable

_PATIENCE = timedelta(seconds=60)


def run(*argv: str, env: Mapping[str, str] | None = None, patience: timedelta = _PATIENCE) -> str:
    """Run `argv`, with `env` added to our own environment, and return its standard output.

    Raises:
        LabUnavailable: when the program is missing, fails, or takes longer than `patience`.
    """
    try:
        done = subprocess.run(
            argv,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience.total_seconds(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"`{' '.join(argv)}` could not be run: {error}."
        raise LabUnavailable(message) from error
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())
        message = f"`{' '.join(argv)}` failed with exit status {done.returncode}: {said}"
        raise LabUnavailable(message)
    return done.stdout


def succeeds(*argv: str) -> bool:
    """Run `argv` for its exit status alone."""
    try:
        run(*argv)
    except LabUnavailable:
        return False
    return True

"""Only one at a time changes a lab, and the kernel lets go for one that is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from lab.real import waiting

_PATIENCE = timedelta(minutes=5)


@contextlib.contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the lock `file` stands for; the file is gone afterwards.

    Raises:
        LabUnavailable: when somebody else keeps it for five minutes.
    """
    descriptor: int | None = None

    def taken() -> bool:
        nonlocal descriptor
        descriptor = _try(file)
        return descriptor is not None

    waiting.until(taken, patience=_PATIENCE, what=f"whoever else is changing the lab ({file})")
    try:
        yield
    finally:
        # Removed while it is still held: one who waited for this very file sees that it is no longer the file.
        file.unlink(missing_ok=True)
        if descriptor is not None:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            file.parent.rmdir()


def _try(file: Path) -> int | None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        # The folder went with the last lab between the two calls.
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == file.stat().st_ino:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None

"""A terminal for a command that believes a person sits there: what it shows, keys, and its size."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from tests.house.tree import ROOT

__all__ = ["Terminal"]

_PATIENCE_S = 120.0


class Terminal:
    """Runs a program in a pseudo-terminal, and kills it in the end if it has not ended by itself."""

    def __init__(
        self, command: Sequence[str], *, columns: int = 80, rows: int = 24, environment: Mapping[str, str] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={"TERM": "xterm", "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(environment or {})},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C needs a controlling one
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)
        self.output = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    def wait_for(self, text: str, *, times: int = 1) -> None:
        """Return when the program has shown a text so many times."""
        give_up_at = time.monotonic() + _PATIENCE_S
        while self._read().count(text) < times:
            assert time.monotonic() < give_up_at, f"{text!r} was not shown: {self.output!r}"
            time.sleep(0.01)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def end(self) -> int:
        """Wait for the end of the program; its exit code."""
        give_up_at = time.monotonic() + _PATIENCE_S
        while self._process.poll() is None:
            self._read()
            assert time.monotonic() < give_up_at, f"it has not ended: {self.output!r}"
            time.sleep(0.01)
        self._read()
        return self._process.returncode

    def _read(self) -> str:
        try:
            while piece := os.read(self._ours, 65_536):
                self.output += piece.decode(errors="replace")
        except OSError:  # nothing more for now, or ever
            pass
        return self.output

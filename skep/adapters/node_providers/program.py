"""One run of a program: fed from memory, read into memory, and bounded in time and size.

Never through a shell, and without the environment of this process, which holds what is none of the program's business.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Self, cast

__all__ = ["Ended", "TooMuch", "TooSlow", "run"]

_CHUNK_BYTES = 1 << 16
_LOOK_EVERY_S = 0.02
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A program that came to its end.

    Attributes:
        code: its exit code; the number of a signal, made negative, if that ended it.
    """

    code: int
    output: bytes
    errors: bytes


class TooSlow(Exception):
    """It was killed, because it ran for too long."""


class TooMuch(Exception):
    """It was killed, because it printed too much."""


def run(
    argv: Sequence[str],
    *,
    given: bytes,
    timeout: timedelta,
    env: Mapping[str, str],
    folder: str,
    most_bytes: int,
) -> Ended:
    """Run a program in a session of its own.

    Whatever it started and left behind goes on after a good end, and is killed with it after a bad one.

    Args:
        argv: the program and its arguments.
        given: what it finds on its standard input.
        timeout: it is killed after this.
        env: variables that it finds, beside ``PATH``, ``LANG`` and ``HOME``.
        folder: where it runs.
        most_bytes: that it may print to its standard output, and likewise of errors.

    Raises:
        OSError: it cannot be started.
        TooSlow, TooMuch: it was killed.
    """
    process = subprocess.Popen(  # noqa: S603 - a list of arguments out of the operator's policy file, and no shell
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": _PATH, "LANG": "C.UTF-8", "HOME": folder, **env},
        cwd=folder,
        start_new_session=True,
    )
    with _Conversation(process, given, most_bytes) as conversation:
        try:
            return conversation.to_its_end(time.monotonic() + timeout.total_seconds())
        except BaseException:
            # Also when this task is told to end: nothing may go on that nobody waits for.
            _kill(process)
            raise


class _Conversation:
    """What goes into a program and comes out of it while it runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", given: bytes, most_bytes: int) -> None:
        self._process = process
        self._given = memoryview(given)
        self._most_bytes = most_bytes
        # All three are pipes, which the type of a process does not say.
        self._input, self._output, self._errors = (
            cast("IO[bytes]", stream) for stream in (process.stdin, process.stdout, process.stderr)
        )
        self._printed = {stream.fileno(): bytearray() for stream in (self._output, self._errors)}
        self._open = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        for stream in (self._input, self._output, self._errors):
            os.set_blocking(stream.fileno(), False)
        self._open.register(self._input, selectors.EVENT_WRITE)
        self._open.register(self._output, selectors.EVENT_READ)
        self._open.register(self._errors, selectors.EVENT_READ)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        for stream in (self._input, self._output, self._errors):
            with suppress(BrokenPipeError):
                stream.close()

    def to_its_end(self, deadline: float) -> Ended:
        """Feed it and listen until it has ended; what a child of its own may print later is not waited for."""
        has_ended = False
        while not has_ended:
            # Asked before the last reading, so that nothing printed before its end is missed.
            has_ended = self._process.poll() is not None
            self._exchange(0 if has_ended else _LOOK_EVERY_S)
            if time.monotonic() > deadline and not has_ended:
                raise TooSlow
        while self._exchange(0):
            pass
        output, errors = (bytes(self._printed[stream.fileno()]) for stream in (self._output, self._errors))
        return Ended(code=self._process.returncode, output=output, errors=errors)

    def _exchange(self, patience_s: float) -> bool:
        """Carry what can be carried at once; whether anything was read."""
        has_read = False
        for key, _ in self._open.select(patience_s):
            if key.fileobj is self._input:
                self._feed()
            else:
                has_read |= self._listen(key.fd)
        return has_read

    def _feed(self) -> None:
        try:
            self._given = self._given[os.write(self._input.fileno(), self._given[:_CHUNK_BYTES]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            # It does not want to know, which is its right.
            self._given = self._given[:0]
        if not self._given:
            self._open.unregister(self._input)
            self._input.close()

    def _listen(self, descriptor: int) -> bool:
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            self._open.unregister(descriptor)
            return False
        printed = self._printed[descriptor]
        printed += chunk
        if len(printed) > self._most_bytes:
            raise TooMuch
        return True


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

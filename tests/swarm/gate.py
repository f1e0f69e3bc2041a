"""A gate before an engine's socket: everything passes, but a write is held back, before or after it."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["ANY_WRITE", "Gate", "Held"]

_CHUNK_BYTES = 1 << 16
_PATIENCE = timedelta(seconds=60)
_WRITE_OF_A_SERVICE = re.compile(rb"POST (/v[0-9.]+)?/services/[^/]+/update\?")
#: A write of a service or of a node.
ANY_WRITE = re.compile(rb"POST (/v[0-9.]+)?/(services|nodes)/[^/]+/update\?")


class Held(Enum):
    """What of a write is held back."""

    THE_REQUEST = "the engine never hears of it"
    THE_ANSWER = "the engine has done it, and its client is never told"


class Gate:
    """A unix socket that stands before an engine's own. Use it as a context manager.

    What is held back is held for good: when the gate goes, it breaks all connections and lets nothing more through.

    Args:
        path: where it listens.
        engine: the engine's own socket.
        held: what is held back.
        write: what a request begins with that counts as a write.
        passing: how many writes pass before the one that is held back.
    """

    def __init__(
        self,
        path: Path,
        engine: Path,
        held: Held,
        *,
        write: re.Pattern[bytes] = _WRITE_OF_A_SERVICE,
        passing: int = 0,
    ) -> None:
        self.endpoint = f"unix://{path}"
        self._path = path
        self._engine = engine
        self._held = held
        self._write = write
        self._passing = passing
        self._write_is_held = threading.Event()
        self._is_going = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Begin to listen."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen()
        self._sockets.append(listener)
        self._start(lambda: self._accept(listener))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more, and break every connection."""
        self._is_going.set()
        for one in self._sockets:
            _break(one)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()

    def await_write(self) -> None:
        """Return once a write is held back.

        Raises:
            AssertionError: when there is none within a minute.
        """
        assert self._write_is_held.wait(_PATIENCE.total_seconds()), "nobody wrote within a minute"

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                self._sockets += [client, engine]
                engine.connect(str(self._engine))
                self._connect(client, engine)

    def _connect(self, client: socket.socket, engine: socket.socket) -> None:
        """Carry both ways. HTTP asks one thing after the other, so what comes after a write is its answer."""
        is_write_asked = threading.Event()

        def pass_requests() -> None:
            while request := client.recv(_CHUNK_BYTES):
                if self._write.match(request) and self._is_the_one():
                    self._hold_if(Held.THE_REQUEST)
                    is_write_asked.set()
                engine.sendall(request)

        def pass_answers() -> None:
            while answer := engine.recv(_CHUNK_BYTES):
                if is_write_asked.is_set():
                    self._hold_if(Held.THE_ANSWER)
                client.sendall(answer)

        def until_it_breaks(carry: Callable[[], None]) -> None:
            with suppress(OSError):
                carry()
            _break(client)
            _break(engine)

        self._start(lambda: until_it_breaks(pass_requests))
        self._start(lambda: until_it_breaks(pass_answers))

    def _hold_if(self, held: Held) -> None:
        if held is self._held:
            self._write_is_held.set()
            self._is_going.wait()
            raise ConnectionAbortedError

    def _is_the_one(self) -> bool:
        self._passing -= 1
        return self._passing < 0

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="gate", daemon=True)
        self._threads.append(thread)
        thread.start()


def _break(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)

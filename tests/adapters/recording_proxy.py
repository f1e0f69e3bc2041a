"""A unix socket before an engine's own, which notes every request and can be taken away."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["RecordingProxy"]

_CHUNK_BYTES = 1 << 16


class RecordingProxy:
    """Passes on what it gets, one thread per direction.

    Attributes:
        requests: method and path of every request so far, without the API version: ``GET /services``.
    """

    def __init__(self, path: Path, engine: Path) -> None:
        self.requests: list[str] = []
        self._path = path
        self._engine = engine
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []

    @property
    def endpoint(self) -> str:
        """For a Docker client."""
        return f"unix://{self._path}"

    def start(self) -> None:
        """Listen, unless it does."""
        if self._listener is None:
            self._path.unlink(missing_ok=True)
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self._path))
            self._listener.listen()
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more, and break every connection."""
        if self._listener is not None:
            _end(self._listener)
            self._listener = None
        while self._open:
            _end(self._open.pop())
        self._path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(str(self._engine))
                self._open += [client, engine]
                threading.Thread(target=self._pass_requests, args=(client, engine), daemon=True).start()
                threading.Thread(target=_pass_on, args=(engine, client), daemon=True).start()

    def _pass_requests(self, client: socket.socket, engine: socket.socket) -> None:
        """As bytes come; a new request is told by a method at the beginning of what comes."""
        with suppress(OSError):
            while chunk := client.recv(_CHUNK_BYTES):
                first, _, _ = chunk.partition(b"\r\n")
                if first.endswith(b" HTTP/1.1"):
                    self.requests.append(_readable(first.decode()))
                engine.sendall(chunk)
        _end(engine)


def _readable(line: str) -> str:
    """``GET /v1.41/tasks?filters=… HTTP/1.1`` is ``GET /tasks``."""
    method, target, _ = line.split(" ")
    path = target.partition("?")[0]
    parts = path.split("/")
    is_versioned = len(parts) > 1 and parts[1].startswith("v") and parts[1][1:2].isdecimal()
    return f"{method} /{'/'.join(parts[2:])}" if is_versioned else f"{method} {path}"


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            target.sendall(chunk)
    _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()

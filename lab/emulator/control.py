"""Orders to an emulated engine in another process, by its socket."""

import socket as sockets
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

from lab.emulator.faults import Fault
from lab.real.errors import LabUnavailable

__all__ = ["disturb", "lose_node", "revive_node"]

_PATIENCE_S = 30.0


def disturb(socket: Path, fault: Fault, lasting: timedelta | None = None) -> None:
    """Give an engine a fault; for some time, or until the next one.

    Raises:
        LabUnavailable: nobody answers there, or it is no emulated engine.
    """
    asked = {
        "latency_s": fault.latency.total_seconds(),
        "error_ratio": fault.error_ratio,
        "drop_ratio": fault.drop_ratio,
        "lost_answer_ratio": fault.lost_answer_ratio,
        "is_stale": fault.is_stale,
        "is_leaderless": fault.is_leaderless,
        **({} if lasting is None else {"for_s": lasting.total_seconds()}),
    }
    _post(socket, "/emulator/fault", msgspec.json.encode(asked))


def lose_node(socket: Path, hostname: str) -> None:
    """Let a machine lose its power.

    Raises:
        LabUnavailable: nobody answers there, or there is no such node.
    """
    _post(socket, f"/emulator/nodes/{hostname}/lose")


def revive_node(socket: Path, hostname: str) -> None:
    """Let a machine come back.

    Raises:
        LabUnavailable: nobody answers there, or there is no such node.
    """
    _post(socket, f"/emulator/nodes/{hostname}/revive")


class _Connection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = sockets.socket(sockets.AF_UNIX)
        self.sock.settimeout(_PATIENCE_S)
        self.sock.connect(str(self._path))


def _post(socket: Path, path: str, body: bytes = b"") -> None:
    connection = _Connection(socket)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        words = answer.read()
    except (OSError, HTTPException) as error:
        raise LabUnavailable(
            f"No emulated Swarm answers at {socket} ({error}); `skep lab emulate` makes one."
        ) from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise LabUnavailable(f"The emulated Swarm at {socket} refuses: {words.decode(errors='replace')}")

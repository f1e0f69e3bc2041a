"""An emulated Swarm in the foreground, until somebody ends it."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path

from lab.emulator.founding import Founding, found
from lab.emulator.server import EmulatedEngine, wall_clock

__all__ = ["SOCKET", "serve"]

#: Where it is looked for first.
SOCKET = Path("/tmp/skep-emulator.sock")  # noqa: S108 - a place that everybody may use; --socket names another


def serve(founding: Founding, socket: Path, *, say: Callable[[str], None]) -> None:
    """Found a Swarm and serve it until SIGINT or SIGTERM.

    Args:
        founding: how large it is.
        socket: where clients find it; its folder is made.
        say: where the line goes that tells that it is there.
    """
    ends = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ends.set())
    socket.parent.mkdir(parents=True, exist_ok=True)
    swarm = found(founding, wall_clock())
    with EmulatedEngine(swarm, socket, seed=founding.seed) as engine:
        say(f"emulated: {founding.services} services on {founding.nodes} nodes at {engine.endpoint}")
        say(f"try       DOCKER_HOST={engine.endpoint} docker service ls")
        ends.wait()

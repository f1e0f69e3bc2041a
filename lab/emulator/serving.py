"""An emulated Swarm in the foreground, until somebody ends it."""

import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from lab.emulator.founding import Founding, found
from lab.emulator.metrics.load import LoadModel
from lab.emulator.metrics.writing import MetricsWriter
from lab.emulator.server import EmulatedEngine, wall_clock

__all__ = ["SOCKET", "Metrics", "serve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What the Swarm would be measured at, and where that is written."""

    url: str
    load: LoadModel
    database: str = "telegraf"


#: Where it is looked for first.
SOCKET = Path("/tmp/skep-emulator.sock")  # noqa: S108 - a place that everybody may use; --socket names another


def serve(
    founding: Founding,
    socket: Path,
    *,
    tell: Callable[[EmulatedEngine], None],
    complain: Callable[[str], None],
    metrics: Metrics | None = None,
) -> None:
    """Found a Swarm and serve it until SIGINT or SIGTERM.

    Args:
        founding: how large it is.
        socket: where clients find it; its folder is made.
        tell: called once it can be asked.
        complain: told why points could not be written.
        metrics: where to write what it would be measured at; nowhere where left out.

    Raises:
        LabUnavailable: InfluxDB does not answer at the beginning.
    """
    ends = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ends.set())
    socket.parent.mkdir(parents=True, exist_ok=True)
    swarm = found(founding, wall_clock())
    with ExitStack() as at_the_end:
        engine = at_the_end.enter_context(EmulatedEngine(swarm, socket, seed=founding.seed))
        if metrics is not None:
            at_the_end.enter_context(
                MetricsWriter(engine, metrics.load, metrics.url, database=metrics.database, complain=complain)
            )
        tell(engine)
        ends.wait()

"""What it takes to look at the rules of a thousand services for the first time, with a week of each in an InfluxDB.

Sixty million points are written first, which takes minutes, so it is measured only where it is asked for:
``make bench ONLY=lessons``.
"""

import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import msgspec

from lab.real import LabUnavailable
from lab.real.command import run
from skep.core.foresight.lesson import HISTORY
from tests.bench.figures import Figures
from tests.bench.learning import FirstLooks, name_of
from tests.bench.processes import cpu_s
from tests.servers import InfluxServer, RedisServer

__all__ = ["SERVICES", "first_looks", "measure"]

SERVICES = 1_000

_ROOT = Path(__file__).parents[2]
_DATABASE = "telegraf"
_POINT_EVERY_S = 10
_PATIENCE = timedelta(minutes=20)


def measure() -> Figures:
    """Computing time and memory of who learns, computing time of the database, and how long both took together."""
    found, database_cpu_s = first_looks(SERVICES)
    if found.chosen < SERVICES:
        raise LabUnavailable(f"Only for {found.chosen} of {SERVICES} services a rule was chosen.")
    return {
        f"lessons_first_{SERVICES}_services_cpu_s": found.cpu_s,
        f"lessons_first_{SERVICES}_services_s": found.duration_s,
        f"lessons_first_{SERVICES}_services_database_cpu_s": database_cpu_s,
        f"lessons_first_{SERVICES}_services_rss_mib": found.peak_rss_mib,
        f"lessons_first_{SERVICES}_services_calls": found.calls,
    }


def first_looks(services: int, *, history: timedelta = HISTORY) -> tuple[FirstLooks, float]:
    """The first look at each of so many services, and the computing time of the database meanwhile in seconds."""
    with ExitStack() as at_the_end:
        folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="skep-bench-")))
        redis, influx = RedisServer(folder / "redis"), InfluxServer(folder / "influx")
        for server in (redis, influx):
            at_the_end.callback(server.kill)
            server.start()
        for number in range(services):
            influx.write(_lines(number, history), database=_DATABASE, precision="s")
        environment = {
            "SKEP_INFLUX_URL": influx.url,
            "SKEP_BROKER_URL": redis.url,
            "PYTHONPATH": os.fspath(_ROOT),
            "PATH": os.environ["PATH"],
        }
        before_s = _cpu_s(influx)
        told = run(sys.executable, "-m", "tests.bench.learning", str(services), env=environment, patience=_PATIENCE)
        return msgspec.json.decode(told, type=FirstLooks), _cpu_s(influx) - before_s


def _cpu_s(server: InfluxServer) -> float:
    return cpu_s(Path(f"/proc/{server.pid}/stat").read_text())


def _lines(number: int, history: timedelta) -> Iterator[str]:
    """What HAProxy counted of one service: its own daily wave and its own noise, from one point to the next."""
    chance = random.Random(number)
    newest_s, points = int(time.time()), history // timedelta(seconds=_POINT_EVERY_S)
    busiest_s, total = chance.randrange(86_400), 0
    series = f"haproxy,host=proxy-1,type=backend,sv=BACKEND,server=10.0.9.3:8404,proxy={name_of(number)}"
    for place in range(points):
        at_s = newest_s - _POINT_EVERY_S * (points - 1 - place)
        day = math.cos((at_s - busiest_s) / 86_400 * 2 * math.pi)
        total += int(_POINT_EVERY_S * (300.0 + 200.0 * day + 60.0 * chance.random()))
        yield f"{series} stot={total}i {at_s}"

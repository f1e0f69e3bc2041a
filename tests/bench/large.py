"""What a tick takes in a large Swarm: a real Redis, a real InfluxDB, and an engine's answers from a stand-in.

Real engines with ten thousand services do not fit on a machine; their answers do.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread

import msgspec

from lab.real import LabUnavailable, waiting
from lab.real.command import run
from tests.bench.engine_stand_in import REPLICAS, service_name, task_id
from tests.bench.evaluating import Evaluations
from tests.bench.figures import Figures
from tests.servers import InfluxServer, RedisServer

__all__ = ["SIZES", "Ground", "evaluate", "measure", "prepared", "profile", "seconds_name"]

#: Services and nodes; each service has three swarm tasks.
SIZES: Mapping[int, int] = {100: 20, 1_000: 200, 10_000: 1_000}

_ROOT = Path(__file__).parents[2]
_DATABASE = "telegraf"
# Telegraf's own interval, and what the longest window asked for wants to see.
_POINT_EVERY_S = 10
_POINTS_FOR_S = 200
_LINES_AT_ONCE = 50_000
_RPS = 120.0
_TICKS = 5
_PROFILED_TICKS = 4
_SAMPLED_TICKS = 40
_SAMPLES_PER_S = 250
_LARGE = 1_000
_PATIENCE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a tick needs, running."""

    services: int
    docker_socket: Path
    influx: InfluxServer
    redis: RedisServer

    @property
    def variables(self) -> dict[str, str]:
        """The environment of whoever evaluates."""
        return {
            "SKEP_DOCKER_HOST": f"unix://{self.docker_socket}",
            "SKEP_INFLUX_URL": self.influx.url,
            "SKEP_BROKER_URL": self.redis.url,
            "PYTHONPATH": os.fspath(_ROOT),
            "PATH": os.environ["PATH"],
        }


def measure() -> Figures:
    """Seconds and memory of a tick by the number of services, its round trips, and what asking per service takes."""
    figures: Figures = {}
    for services in SIZES:
        with prepared(services) as ground:
            found = evaluate(ground, _TICKS)
            figures[f"roundtrips_per_tick_{services}"] = found.round_trips_per_tick
            if found.measured < services:
                raise LabUnavailable(f"Only {found.measured} of {services} services were decided by figures.")
            if services >= _LARGE:
                figures[seconds_name(services)] = found.median_s
                figures[f"tick_{services}_services_cpu_s"] = found.median_cpu_s
                figures[f"tick_{services}_rss_mib"] = found.peak_rss_mib
            if services == _LARGE:
                per_service_s = msgspec.json.decode(_run(ground, "tests.bench.per_service", str(services)), type=float)
                figures["per_service_query_1000_s"] = per_service_s
                figures["ratio_per_service_query_1000"] = per_service_s / found.median_s
    return figures


def seconds_name(services: int) -> str:
    """Of the figure for ticks without Celery; those of the largest size are also made by real workers."""
    return f"tick_{services}_services_s" if services < max(SIZES) else f"tick_{services}_in_process_s"


def evaluate(ground: Ground, ticks: int, *, patience: timedelta = _PATIENCE) -> Evaluations:
    """So many evaluations in a process of their own, after one that makes the connections."""
    told = _run(ground, "tests.bench.evaluating", str(ticks + 1), patience=patience)
    return msgspec.json.decode(told, type=Evaluations)


def profile(services: int, file: Path) -> None:
    """Write where the computing time of ticks goes: as a flame graph if the file's name ends in ``.svg``.

    Otherwise as cProfile saw it, which lengthens what calls much; a flame graph is sampled from outside.
    """
    with prepared(services) as ground:
        if file.suffix == ".svg":
            _record(ground, file)
        else:
            _run(ground, "tests.bench.evaluating", str(_PROFILED_TICKS), os.fspath(file))


def _record(ground: Ground, file: Path) -> None:
    py_spy = Path(sys.executable).with_name("py-spy")
    how = ("--format=flamegraph", f"--rate={_SAMPLES_PER_S}", f"--output={file}")
    evaluating = (sys.executable, "-m", "tests.bench.evaluating", str(_SAMPLED_TICKS))
    run(os.fspath(py_spy), "record", *how, "--", *evaluating, env=ground.variables, patience=_PATIENCE)


def _run(ground: Ground, module: str, *arguments: str, patience: timedelta = _PATIENCE) -> str:
    return run(sys.executable, "-m", module, *arguments, env=ground.variables, patience=patience)


@contextmanager
def prepared(services: int) -> Iterator[Ground]:
    """Start everything and fill the store with the points of the last minutes; all of it ends with the block."""
    with ExitStack() as at_the_end:
        folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="skep-bench-")))
        redis, influx = RedisServer(folder / "redis"), InfluxServer(folder / "influx")
        for server in (redis, influx):
            at_the_end.callback(server.kill)
            server.start()
        socket = folder / "docker.sock"
        stand_in = (sys.executable, "-m", "tests.bench.engine_stand_in")
        engine = Popen([*stand_in, str(services), str(SIZES[services]), str(socket)], cwd=_ROOT)
        at_the_end.callback(engine.wait)
        at_the_end.callback(engine.kill)
        at_the_end.enter_context(_filled(influx, services))
        waiting.until(socket.exists, patience=_PATIENCE, what="the stand-in of an engine")
        yield Ground(services=services, docker_socket=socket, influx=influx, redis=redis)


@contextmanager
def _filled(influx: InfluxServer, services: int) -> Iterator[None]:
    """The points of the last minutes, and in the block those that come, as Telegraf would write them."""
    began_s = int(time.time()) - _POINTS_FOR_S
    newest_s = _write(influx, services, began_s, since_s=began_s)
    over = Event()

    def go_on() -> None:
        written_s = newest_s
        while not over.wait(max(written_s + _POINT_EVERY_S - time.time(), 0)):
            written_s = _write(influx, services, began_s, since_s=written_s + _POINT_EVERY_S)

    writer = Thread(target=go_on, daemon=True)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def _write(influx: InfluxServer, services: int, began_s: int, *, since_s: int) -> int:
    """Write all points from ``since_s`` until now; the instant of the newest ones."""
    instants = range(since_s, int(time.time()) + 1, _POINT_EVERY_S)
    lines: list[str] = []
    for number in range(services):
        lines += _lines(number, began_s, instants)
        if len(lines) >= _LINES_AT_ONCE or number == services - 1:
            influx.write(lines, database=_DATABASE, precision="s")
            lines.clear()
    return instants[-1]


def _lines(number: int, began_s: int, instants: Iterable[int]) -> Iterator[str]:
    """A steady load of one service, as Telegraf would have written it."""
    name = service_name(number)
    for at_s in instants:
        for slot in range(1, REPLICAS + 1):
            container = f"{name}.{slot}.{task_id(number, slot)}"
            tags = f"cpu=cpu-total,host=w,com.docker.swarm.service.name={name},container_name={container}"
            yield f"docker_container_cpu,{tags} usage_percent={30 + slot} {at_s}"
        tags = f"host=proxy-1,type=backend,sv=BACKEND,server=10.0.9.3:8404,proxy={name}"
        yield f"haproxy,{tags} stot={round(_RPS * (at_s - began_s))}i {at_s}"

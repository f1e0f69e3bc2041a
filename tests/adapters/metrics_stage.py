"""Metrics stores to play the same contract on: the fake, and InfluxDB with what Telegraf would write.

The latter is a real one, or the lab's own in memory that stands in for it.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Protocol

from lab.emulator.metrics.in_memory import MetricsInMemory
from skep.adapters.clock import SystemClock
from skep.adapters.influx import Influx, InfluxAccess
from skep.core.metrics.series import Question, Series
from skep.core.policy import Signal
from skep.ports import Metrics
from tests.fakes.clock import FakeClock
from tests.fakes.metrics import FakeMetrics
from tests.servers import InfluxServer

__all__ = ["EVERY_S", "FakeStage", "InMemoryInflux", "InMemoryStage", "InfluxStage", "Stage", "own_question"]

#: Points are written so far apart, the newest at this moment.
EVERY_S = 5.0
_OWN_QUERY = 'SELECT last("{metric}") FROM "own" WHERE "service" = $service AND time > now() - 1m'


class Stage(Protocol):
    """A store, and what a test may put into it."""

    @property
    def metrics(self) -> Metrics:
        """The store through its port."""

    def write(self, signal: Signal, service: str, source: str, values: Sequence[float]) -> None:
        """Points of one source in base units: the replica's swarm task, or the proxy's host."""

    def write_own(self, service: str, metric: str, value: float) -> Question:
        """A value that the returned question asks for."""

    def break_down(self) -> None:
        """Be out of reach."""

    def come_back(self) -> None:
        """Answer again."""


class FakeStage:
    """The store in memory."""

    def __init__(self) -> None:
        self._clock = FakeClock()
        self.metrics = FakeMetrics(self._clock)

    def write(self, signal: Signal, service: str, source: str, values: Sequence[float]) -> None:
        instants = tuple(_instants(self._clock.now().timestamp(), len(values)))
        self.metrics.put(signal, service, Series(source=source, at_epoch_s=instants, values=tuple(values)))

    def write_own(self, service: str, metric: str, value: float) -> Question:
        self.metrics.answer_own(service, metric, value)
        return own_question(service, metric)

    def break_down(self) -> None:
        self.metrics.break_down()

    def come_back(self) -> None:
        self.metrics.come_back()


class InMemoryInflux:
    """What stands in for InfluxDB in the lab, with the little of a server that a stage asks for."""

    def __init__(self) -> None:
        self._store = MetricsInMemory("127.0.0.1")
        self._at_the_end = ExitStack()

    @property
    def url(self) -> str:
        return self._store.url

    def start(self) -> None:
        self._at_the_end.enter_context(self._store)

    def stop(self) -> None:
        self._at_the_end.close()

    def query(self, statement: str, *, database: str | None = None) -> list[dict[str, Any]]:
        results = self._store.query(statement, database or "", epoch="ns")
        return [series for result in results for series in result.get("series", ())]

    def write(self, lines: Iterable[str], *, database: str, precision: str = "ns") -> None:
        self._store.write(database, "\n".join(lines), precision=precision)


class InMemoryStage:
    """A server that speaks as InfluxDB does."""

    database = "telegraf"

    def __init__(self, server: InfluxServer | InMemoryInflux) -> None:
        self._server = server
        self.metrics = Influx(InfluxAccess(url=server.url, database=self.database), clock=SystemClock())
        server.query(f'CREATE DATABASE "{self.database}"')

    def write(self, signal: Signal, service: str, source: str, values: Sequence[float]) -> None:
        instants = _instants(time.time(), len(values))
        lines = [
            f"{_LINES[signal].format(service=_tag(service), source=_tag(source), value=_stored(signal, value))}"
            f" {round(instant * 1000)}"
            for instant, value in zip(instants, values, strict=True)
        ]
        self._server.write(lines, database=self.database, precision="ms")

    def write_own(self, service: str, metric: str, value: float) -> Question:
        line = f"own,service={_tag(service)} {_tag(metric)}={value} {round(time.time() * 1000)}"
        self._server.write([line], database=self.database, precision="ms")
        return own_question(service, metric)

    def break_down(self) -> None:
        self._server.stop()

    def come_back(self) -> None:
        self._server.start()


class InfluxStage(InMemoryStage):
    """A real InfluxDB."""

    def __init__(self, server: InfluxServer) -> None:
        super().__init__(server)
        self.server = server


def own_question(service: str, metric: str) -> Question:
    query = _OWN_QUERY.format(metric=metric)
    return Question(signal=Signal.QUERY, window=timedelta(seconds=60), service=service, metric=metric, query=query)


def _tag(text: str) -> str:
    """A tag value in the line protocol, which has no way to write a newline, or a backslash at the end."""
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _instants(newest_s: float, points: int) -> Iterator[float]:
    return (newest_s - EVERY_S * back for back in reversed(range(points)))


def _stored(signal: Signal, value: float) -> float:
    return value * _SCALES.get(signal, 1) + _OFFSETS.get(signal, 0)


_CONTAINER = "host=node-1,com.docker.swarm.service.name={service},container_name=x.1.{source}"
_BACKEND = "host={source},type=backend,sv=BACKEND,server=10.0.9.3:8404,proxy={service}"
_LINES = {
    Signal.CPU: f"docker_container_cpu,cpu=cpu-total,{_CONTAINER} usage_percent={{value}}",
    Signal.MEMORY: f"docker_container_mem,{_CONTAINER} usage={{value:.0f}}i",
    Signal.REQUESTS: f"haproxy,{_BACKEND} stot={{value:.0f}}i",
    Signal.INFLIGHT: f"haproxy,{_BACKEND} scur={{value:.0f}}i",
    Signal.LATENCY: f"haproxy,{_BACKEND} rtime={{value:.0f}}i",
    Signal.NODE_CPU: "cpu,cpu=cpu-total,host={service} usage_idle={value}",
    Signal.NODE_MEMORY: "mem,host={service} used_percent={value}",
}
_OFFSETS = {Signal.NODE_CPU: 100}
_SCALES = {Signal.NODE_CPU: -100, Signal.NODE_MEMORY: 100, Signal.CPU: 100, Signal.LATENCY: 1000}

"""Fills a real InfluxDB 1.x with what an emulated Swarm would be measured at."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from types import TracebackType
from typing import Self

import requests

from lab.emulator.metrics.lines import Sight, lines, look
from lab.emulator.metrics.load import LoadModel
from lab.emulator.server import EmulatedEngine, wall_clock
from lab.real import direct
from lab.real.errors import LabUnavailable

__all__ = ["MetricsWriter"]

_BATCH_LINES = 5_000
_TIMEOUT_S = 30
_EVERY = timedelta(seconds=10)
# As much as the longest window that skep asks for without being told to.
_HISTORY = timedelta(minutes=5)
_LONGEST_ERROR = 300


class MetricsWriter:
    """Writes points of the past at first, and then at each full interval for the length of a `with` block.

    Args:
        engine: whose Swarm is measured.
        load: how many requests come.
        url: of InfluxDB; its database is made.
        database: where Telegraf would write.
        every: between points.
        history: for how long there are points at the beginning.
        complain: told why points could not be written; they are lost then, as a Telegraf's are in the end.
        login: user and password.
    """

    def __init__(
        self,
        engine: EmulatedEngine,
        load: LoadModel,
        url: str,
        *,
        database: str = "telegraf",
        every: timedelta = _EVERY,
        history: timedelta = _HISTORY,
        complain: Callable[[str], None] = print,
        login: tuple[str, str] | None = None,
    ) -> None:
        self._engine = engine
        self._load = load
        self._url = url.rstrip("/")
        self._database = database
        self._every = every
        self._history = history
        self._complain = complain
        self._session = direct.session()
        self._session.auth = login
        self._totals: defaultdict[str, float] = defaultdict(float)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="metrics", daemon=True)
        self._newest = self._full(wall_clock())

    def __enter__(self) -> Self:
        """Write the past, and begin with the present.

        Raises:
            LabUnavailable: InfluxDB does not answer, or refuses.
        """
        self._post("query", {"q": f'CREATE DATABASE "{self._database}"'}, b"")
        at = self._newest - self._history
        sight = self._engine.look(look)
        while at <= self._newest:
            self._write(self._points(sight, at))
            at += self._every
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write no more."""
        self._ends.set()
        self._thread.join()
        self._session.close()

    def _go_on(self) -> None:
        while not self._ends.wait(max(0.0, (self._newest + self._every - wall_clock()).total_seconds())):
            # Points that are late are not made up for: nobody measured then.
            self._newest = max(self._newest + self._every, self._full(wall_clock()))
            try:
                self._write(self._points(self._engine.look(look), self._newest))
            except LabUnavailable as unavailable:
                self._complain(str(unavailable))

    def _points(self, sight: Sight, at: datetime) -> Iterator[str]:
        rates = {service.name: self._load.rate_rps(service.name, at) for service in sight.services}
        for name, rate in rates.items():
            self._totals[name] += rate * self._every.total_seconds()
        return lines(sight, rates, self._totals, at)

    def _write(self, points: Iterable[str]) -> None:
        rest = iter(points)
        while batch := list(islice(rest, _BATCH_LINES)):
            self._post("write", {"db": self._database, "precision": "s"}, "\n".join(batch).encode())

    def _post(self, path: str, parameters: dict[str, str], body: bytes) -> None:
        try:
            answer = self._session.post(f"{self._url}/{path}", params=parameters, data=body, timeout=_TIMEOUT_S)
        except requests.RequestException as error:
            raise LabUnavailable(f"InfluxDB at {self._url} does not answer: {str(error)[:_LONGEST_ERROR]}") from error
        if not answer.ok:
            raise LabUnavailable(f"InfluxDB at {self._url} refuses points: {answer.text[:_LONGEST_ERROR]}")

    def _full(self, at: datetime) -> datetime:
        """The last full interval of the clock, at which Telegraf measures too."""
        return at - timedelta(seconds=at.timestamp() % self._every.total_seconds())

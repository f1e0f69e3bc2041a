"""Clients: an open-loop load of HTTP requests, each on a new connection, none repeated.

Open-loop means that requests are sent at their times whether or not earlier ones were answered, as the clients of a
public service do; a slow service therefore sees no less load. Anything but a complete answer with status 200 is a
failure.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_HIGHEST_RPS = 1_000.0
_LONGEST = timedelta(hours=2)
_MOST_IN_FLIGHT = 2_000
_PATIENCE = timedelta(seconds=30)
# The span live figures are taken from.
_LATELY = timedelta(seconds=5)
_STATUS_AT = slice(9, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a load profile: `rate_rps` requests per second, evenly spaced, for `duration`."""

    duration: timedelta
    rate_rps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What has happened so far; `..._lately` is about the last five seconds.

    Latencies are those of complete answers with status 200, and None where there was none.
    """

    sent: int
    ok: int
    failed: int
    failed_by_kind: tuple[tuple[str, int], ...]
    in_flight: int
    rate_lately_rps: float
    p50_lately: timedelta | None
    p95_lately: timedelta | None
    ok_by_task: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole run; latencies over all of it."""

    duration: timedelta
    sent: int
    ok: int
    failed: int
    failed_by_kind: tuple[tuple[str, int], ...]
    p50: timedelta | None
    p95: timedelta | None
    slowest: timedelta | None
    ok_by_task: tuple[tuple[str, int], ...]


class Load:
    """Sends the requests of a profile to one URL, from a thread of its own.

    Use it as a context manager, which stops it at the end, or call `start`, then `wait` or `stop`.

    Args:
        url: where every request goes; http only.
        profile: steps, one after the other.
        host: the Host header, where it shall not be the URL's.
        patience: how long a request may take before it counts as failed.

    Raises:
        ValueError: when the URL is not http, or the profile is empty, too fast (1,000/s) or too long (2 h).
    """

    def __init__(
        self, url: str, profile: Sequence[Step], *, host: str | None = None, patience: timedelta = _PATIENCE
    ) -> None:
        self._target = _Target.parse(url, host)
        self._profile = _checked(profile)
        self._patience_s = patience.total_seconds()
        self._tally = _Tally()
        self._thread = threading.Thread(target=self._work, name="load", daemon=True)
        self._may_stop = threading.Event()
        self._stop_sending: Callable[[], object] = lambda: None
        self._started_s = 0.0
        self._ended_s = 0.0

    def __enter__(self) -> Self:
        """Start sending."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sending."""
        self.stop()

    def start(self) -> None:
        """Start sending."""
        self._started_s = time.monotonic()
        self._thread.start()
        self._may_stop.wait()

    def stop(self) -> Summary:
        """Send no more, wait for what is in flight, and sum up."""
        self._stop_sending()
        return self.wait()

    def wait(self) -> Summary:
        """Wait for the end of the profile and of what is then in flight, and sum up."""
        self._thread.join()
        return self._tally.summary(timedelta(seconds=self._ended_s - self._started_s))

    @property
    def running(self) -> bool:
        """Whether requests are still being sent or in flight."""
        return self._thread.is_alive()

    def now(self) -> Counters:
        """What has happened so far; may be asked at any time, from any thread."""
        return self._tally.counters()

    def _work(self) -> None:
        asyncio.run(self._send_all())
        self._ended_s = time.monotonic()

    async def _send_all(self) -> None:
        requests: set[asyncio.Task[None]] = set()
        sending = asyncio.create_task(self._send_in_time(requests))
        loop = asyncio.get_running_loop()
        self._stop_sending = lambda: loop.is_closed() or loop.call_soon_threadsafe(sending.cancel)
        self._may_stop.set()
        await asyncio.wait((sending,))
        if requests:
            await asyncio.wait(requests)

    async def _send_in_time(self, requests: set[asyncio.Task[None]]) -> None:
        for at_s in _moments(self._profile):
            await asyncio.sleep(self._started_s + at_s - time.monotonic())
            self._tally.count_sent()
            if len(requests) >= _MOST_IN_FLIGHT:
                self._tally.count_failed(f"not sent: {_MOST_IN_FLIGHT} in flight")
                continue
            request = asyncio.create_task(self._send_one())
            requests.add(request)
            request.add_done_callback(requests.discard)
        await asyncio.sleep(self._started_s + _length(self._profile).total_seconds() - time.monotonic())

    async def _send_one(self) -> None:
        started_s = time.monotonic()
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await _exchange(self._target)
        except TimeoutError:
            self._tally.count_failed("timeout")
        except OSError as error:
            self._tally.count_failed(f"connection: {error.strerror or type(error).__name__}")
        else:
            self._judge(answer, time.monotonic() - started_s)

    def _judge(self, answer: bytes, latency_s: float) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        if not answer:
            self._tally.count_failed("empty answer")
        elif head[_STATUS_AT] != b"200":
            self._tally.count_failed(f"status {head[_STATUS_AT].decode(errors='replace')}")
        elif _header(head, "content-length") != str(len(body)):
            self._tally.count_failed("cut short")
        else:
            self._tally.count_ok(_header(head, "x-swarm-task"), latency_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    address: str
    port: int
    request: bytes

    @classmethod
    def parse(cls, url: str, host: str | None) -> _Target:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            message = f"The load generator sends to http URLs, for example http://198.18.1.11:80/, not to {url!r}."
            raise ValueError(message)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        head = f"GET {path} HTTP/1.1\r\nHost: {host or parts.netloc}\r\nConnection: close\r\n\r\n"
        return cls(address=parts.hostname, port=parts.port or 80, request=head.encode())


class _Exchange(asyncio.Protocol):
    """One request and what comes back until the other side closes."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._received = bytearray()
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- tells mypy what TCP always gives
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer.done():
            return
        if exc is None:
            self.answer.set_result(bytes(self._received))
        else:
            self.answer.set_exception(exc)


async def _exchange(target: _Target) -> bytes:
    transport, exchange = await asyncio.get_running_loop().create_connection(
        lambda: _Exchange(target.request), target.address, target.port
    )
    try:
        return await exchange.answer
    finally:
        transport.abort()


class _Tally:
    """Counts; written by the sending thread, read by others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = 0
        self._first_sent_s = 0.0
        self._failed: Counter[str] = Counter()
        self._ok: Counter[str] = Counter()
        self._latencies_s: list[float] = []
        self._sent_lately: deque[float] = deque()
        self._latencies_lately: deque[tuple[float, float]] = deque()

    def count_sent(self) -> None:
        with self._lock:
            now_s = time.monotonic()
            self._first_sent_s = now_s if self._sent == 0 else self._first_sent_s
            self._sent += 1
            self._sent_lately.append(now_s)

    def count_failed(self, kind: str) -> None:
        with self._lock:
            self._failed[kind] += 1

    def count_ok(self, task: str, latency_s: float) -> None:
        with self._lock:
            self._ok[task] += 1
            self._latencies_s.append(latency_s)
            self._latencies_lately.append((time.monotonic(), latency_s))

    def counters(self) -> Counters:
        with self._lock:
            self._forget_old()
            lately = sorted(latency_s for _, latency_s in self._latencies_lately)
            ok, failed = self._ok.total(), self._failed.total()
            return Counters(
                sent=self._sent,
                ok=ok,
                failed=failed,
                failed_by_kind=_sorted(self._failed),
                in_flight=self._sent - ok - failed,
                rate_lately_rps=self._rate_lately_rps(),
                p50_lately=_percentile(lately, 0.50),
                p95_lately=_percentile(lately, 0.95),
                ok_by_task=_sorted(self._ok),
            )

    def summary(self, duration: timedelta) -> Summary:
        with self._lock:
            latencies = sorted(self._latencies_s)
            return Summary(
                duration=duration,
                sent=self._sent,
                ok=self._ok.total(),
                failed=self._failed.total(),
                failed_by_kind=_sorted(self._failed),
                p50=_percentile(latencies, 0.50),
                p95=_percentile(latencies, 0.95),
                slowest=_percentile(latencies, 1.0),
                ok_by_task=_sorted(self._ok),
            )

    def _rate_lately_rps(self) -> float:
        """Over the time since the first request, as long as that is not yet five seconds ago."""
        if not self._sent_lately:
            return 0.0
        whole_s = _LATELY.total_seconds()
        span_s = min(time.monotonic() - self._first_sent_s, whole_s)
        return len(self._sent_lately) / span_s if span_s > 0 else 0.0

    def _forget_old(self) -> None:
        oldest_s = time.monotonic() - _LATELY.total_seconds()
        while self._sent_lately and self._sent_lately[0] < oldest_s:
            self._sent_lately.popleft()
        while self._latencies_lately and self._latencies_lately[0][0] < oldest_s:
            self._latencies_lately.popleft()


def _checked(profile: Sequence[Step]) -> tuple[Step, ...]:
    whole = _length(profile)
    rates = [step.rate_rps for step in profile] or [0.0]
    if not profile or whole > _LONGEST or not 0 <= min(rates) <= max(rates) <= _HIGHEST_RPS:
        message = (
            f"A load profile has at least one step, 0 to {_HIGHEST_RPS:g} requests per second, and lasts at most"
            f" {_LONGEST}; this one has {len(profile)} steps, from {min(rates):g} to {max(rates):g} per second, and"
            f" lasts {whole}."
        )
        raise ValueError(message)
    return tuple(profile)


def _moments(profile: Sequence[Step]) -> Iterator[float]:
    """The time of each request, in seconds after the start."""
    begin_s = 0.0
    for step in profile:
        count = math.floor(step.duration.total_seconds() * step.rate_rps)
        yield from (begin_s + index / step.rate_rps for index in range(count))
        begin_s += step.duration.total_seconds()


def _length(profile: Sequence[Step]) -> timedelta:
    return sum((step.duration for step in profile), timedelta())


def _header(head: bytes, name: str) -> str:
    """A header's value, or nothing; names are the same in capital and small letters."""
    for line in head.decode("latin-1").split("\r\n"):
        found, colon, value = line.partition(":")
        if colon and found.lower() == name:
            return value.strip()
    return ""


def _percentile(ordered: Sequence[float], share: float) -> timedelta | None:
    """The nearest-rank percentile."""
    if not ordered:
        return None
    return timedelta(seconds=ordered[max(math.ceil(share * len(ordered)) - 1, 0)])


def _sorted(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items()))

"""An engine to connect to: an emulated Swarm behind a unix socket, on the wall clock."""

import pickle
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from lab.emulator.api import API_VERSION, Answer, Request, answer, fault_asked_for
from lab.emulator.documents import event_body
from lab.emulator.faults import NONE, Dropped, Fault, Weather
from lab.emulator.refused import Refused, not_leading
from lab.emulator.selection import Filters
from lab.emulator.swarm import Swarm

__all__ = ["EmulatedEngine", "wall_clock"]

_Seen = TypeVar("_Seen")

_LOOKS_EVERY_S = 0.05
_READING = frozenset({"GET", "HEAD"})
# What must not be old or away, or nobody could mend it or find it.
_ALWAYS = re.compile(r"(?:/v[0-9.]+)?/(?:_ping|version|emulator/.*)")


def wall_clock() -> datetime:
    """What time it is."""
    return datetime.now(tz=UTC)


class EmulatedEngine:
    """Serves a Swarm at a unix socket for the length of a `with` block.

    Args:
        swarm: nobody else may touch it meanwhile.
        path: of the socket; one that is there already is replaced.
        seed: of the chance by which faults strike.
        clock: what time it is.
    """

    def __init__(self, swarm: Swarm, path: Path, *, seed: int = 0, clock: Callable[[], datetime] = wall_clock) -> None:
        self.path = path
        self._swarm = swarm
        self._clock = clock
        self._weather = Weather(seed)
        self._old: Swarm | None = None
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._server: _Server | None = None
        self._threads: tuple[threading.Thread, ...] = ()

    @property
    def endpoint(self) -> str:
        """For a Docker client."""
        return f"unix://{self.path}"

    def __enter__(self) -> Self:
        """Serve from now on."""
        self._ends.clear()
        self.path.unlink(missing_ok=True)
        self._server = _Server(self, self.path)
        self._threads = (
            threading.Thread(target=self._server.serve_forever, args=(_LOOKS_EVERY_S,), daemon=True),
            threading.Thread(target=self._let_time_pass, daemon=True),
        )
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Serve no more, and end every connection."""
        self._ends.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
        for thread in self._threads:
            thread.join()
        self.path.unlink(missing_ok=True)

    def disturb(self, fault: Fault, lasting: timedelta | None = None) -> None:
        """Be at fault from now on; for some time, or until told otherwise."""
        with self._lock:
            now = self._clock()
            self._end_fault()
            self._weather.turn(fault, None if lasting is None else now + lasting)
            self._swarm.advance(now)
            if fault.is_stale:
                self._old = pickle.loads(pickle.dumps(self._swarm))  # noqa: S301 - what was packed a moment ago

    def look(self, read: Callable[[Swarm], _Seen]) -> _Seen:
        """Read something off the Swarm, without faults."""
        with self._lock:
            self._swarm.advance(self._clock())
            return read(self._swarm)

    def change(self, act: Callable[[Swarm], object]) -> None:
        """Let something befall the Swarm that no client can bring about."""
        with self._lock:
            self._swarm.advance(self._clock())
            act(self._swarm)
            self._swarm.advance(self._clock())

    def exchange(self, request: Request) -> Answer:
        """Answer a request.

        Raises:
            Dropped: by ending the connection.
        """
        try:
            return self._exchange(request)
        except Refused as refused:
            return Answer(status=refused.status, body=msgspec.json.encode({"message": refused.message}))

    def events(self, query: Mapping[str, str]) -> Iterator[bytes]:
        """The events that a request wants, as they come; empty bytes while there is none.

        Raises:
            Refused: the filters cannot be read, or nobody leads.
        """
        filters = Filters.read(query.get("filters"))
        since, until = _instant(query.get("since")), _instant(query.get("until"))
        with self._lock:
            if self._weather.fault.is_leaderless:
                raise not_leading()
            self._swarm.advance(self._clock())
            log = self._swarm.events
            told = log.count
            batch = [] if since is None else log.since(since)
        while True:
            for event in batch:
                if (until is None or event.at <= until) and _is_wanted(event.kind, event.action, filters):
                    yield event_body(event)
            if self._ends.is_set() or (until is not None and self._clock() >= until):
                return
            yield b""
            time.sleep(_LOOKS_EVERY_S)
            with self._lock:
                batch = log.after(told)
                told = log.count

    def _exchange(self, request: Request) -> Answer:
        if _ALWAYS.fullmatch(request.path):
            return self._obey(request)
        time.sleep(self._weather.fault.latency.total_seconds())
        with self._lock:
            now = self._clock()
            if self._weather.has_ended(now):
                self._end_fault()
            self._swarm.advance(now)
            self._weather.strike_before()
            is_read = request.method in _READING
            got = answer(self._old if is_read and self._old is not None else self._swarm, request)
            self._swarm.advance(now)
            self._weather.strike_after()
        return got

    def _obey(self, request: Request) -> Answer:
        if request.path.endswith("/emulator/fault"):
            self.disturb(*fault_asked_for(request))
            return Answer()
        with self._lock:
            self._swarm.advance(self._clock())
            return answer(self._swarm, request)

    def _end_fault(self) -> None:
        if self._weather.fault.is_leaderless:
            self._swarm.change_leader()
        self._weather.turn(NONE, None)
        self._old = None

    def _let_time_pass(self) -> None:
        """So that events come while nobody asks."""
        while not self._ends.wait(_LOOKS_EVERY_S):
            with self._lock:
                now = self._clock()
                if self._weather.has_ended(now):
                    self._end_fault()
                self._swarm.advance(now)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if self.command == "GET" and parts.path.endswith("/events"):
            self._stream(query)
            return
        try:
            got = self.server.engine.exchange(Request(method=self.command, path=parts.path, query=query, body=body))
        except Dropped:
            self.close_connection = True
            return
        self._head(got.status, len(got.body))
        if self.command != "HEAD":
            self.wfile.write(got.body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _head(self, status: HTTPStatus, length: int | None) -> None:
        self.send_response_only(status)
        self.send_header("Api-Version", API_VERSION)
        self.send_header("Server", "Docker (emulated by skep)")
        self.send_header("Ostype", "linux")
        self.send_header("Docker-Experimental", "false")
        self.send_header("Swarm", "active/manager")
        self.send_header("Content-Type", "application/json")
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _stream(self, query: Mapping[str, str]) -> None:
        events = self.server.engine.events(query)
        try:
            first = next(events)
        except Refused as refused:
            body = msgspec.json.encode({"message": refused.message})
            self._head(refused.status, len(body))
            self.wfile.write(body)
            return
        except StopIteration:
            first = b""
        self._head(HTTPStatus.OK, None)
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self._chunk(first)
            for line in events:
                self._chunk(line)
            self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, line: bytes) -> None:
        if line:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    def handle(self) -> None:
        with suppress(OSError):  # whoever asked has gone
            super().handle()

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def address_string(self) -> str:
        """A unix socket has none."""
        return ""


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, engine: EmulatedEngine, path: Path) -> None:
        self.engine = engine
        self._open: set[Any] = set()
        super().__init__(str(path), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - a socket, and no address
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - a socket
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection."""
        for request in list(self._open):
            self.shutdown_request(request)


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    return datetime.fromtimestamp(float(text), tz=UTC)


def _is_wanted(kind: str, action: str, filters: Filters) -> bool:
    return filters.takes("type", kind) and filters.takes("event", action) and filters.takes("scope", "swarm")

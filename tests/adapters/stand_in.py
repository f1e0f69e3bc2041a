"""A small HTTP server on the loopback that stands in for one we cannot run, and says what the test tells it to say.

It misbehaves on request: it drips, breaks off, or never ends.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Asked", "Reply", "StandIn"]

_DRIP_EVERY_S = 0.02
_ENDLESS = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived; parameters of the URL and of a form together."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to say.

    Attributes:
        says_date: whether the ``Date`` header is sent, as every decent server does.
        drips: the body, or with ``drips_headers`` the headers, come byte by byte for as long as somebody waits.
        breaks_off: the connection ends one byte before the body does.
        is_silent: nothing comes at all.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    says_date: bool = True
    drips: bool = False
    drips_headers: bool = False
    breaks_off: bool = False
    is_silent: bool = False


class StandIn:
    """The server, from entering a ``with`` block to its end.

    Attributes:
        asked: every request so far.
    """

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.asked: list[Asked] = []
        self._server = _Server(answer, self.asked)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """On the loopback."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self.port}"

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS; before the server is entered."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Callable[[Asked], Reply], asked: list[Asked]) -> None:
        self.answer = answer
        self.asked = asked
        self.ending = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """Be silent about a client that hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        asked = self._asked()
        self.server.asked.append(asked)
        with suppress(OSError):
            self._say(self.server.answer(asked))

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parameters = dict(parse_qsl(parts.query))
        if body and self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            parameters |= dict(parse_qsl(body.decode()))
        return Asked(method=self.command, path=parts.path, parameters=parameters, headers=dict(self.headers), body=body)

    def _say(self, reply: Reply) -> None:
        if reply.is_silent:
            self.server.ending.wait()
            return
        if reply.drips_headers:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
            self._drip()
            return
        self.send_response_only(reply.status)
        if reply.says_date:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(_ENDLESS if reply.drips else len(reply.body) + reply.breaks_off))
        self.end_headers()
        if reply.drips:
            self._drip()
        self.wfile.write(reply.body)
        self.close_connection = reply.breaks_off

    def _drip(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not self.server.ending.wait(_DRIP_EVERY_S):
            self.wfile.write(b" ")

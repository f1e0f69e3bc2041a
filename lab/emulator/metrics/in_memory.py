"""A store of metrics for machines without InfluxDB: it speaks the part of InfluxDB 1.x that skep and Telegraf need.

skep reads it and writes its journal to it by the very adapters that it uses for InfluxDB, and cannot tell the
difference; people are told. Nothing is kept on disk, and nothing is ever left out: it lives as long as a demo.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from lab.emulator.metrics.points import BadLine, Field, read_points
from lab.emulator.metrics.statements import Create, NotUnderstood, Select, read_statements

__all__ = ["MetricsInMemory"]

_VERSION = "1.x in memory"
_NS_PER_EPOCH = {"ns": 1, "u": 10**3, "ms": 10**6, "s": 10**9}
_LOOKS_EVERY_S = 0.05

_Tags = tuple[tuple[str, str], ...]
#: Fields by instant, in nanoseconds.
_Points = dict[int, dict[str, Field]]
_Measurement = dict[_Tags, _Points]
_Row = tuple[int, list[Field | None]]


class MetricsInMemory:
    """Answers at an address for the length of a `with` block.

    Args:
        address: to listen on.
        port: there; 0 for any that is free.
        now_ns: what time it is, in nanoseconds since 1970 UTC.
    """

    def __init__(self, address: str, port: int = 0, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._address = (address, port)
        self._now_ns = now_ns
        self._databases: dict[str, dict[str, _Measurement]] = {}
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._address
        return f"http://{host}:{port}"

    def __enter__(self) -> Self:
        """Answer from now on."""
        self._server = _Server(self, self._address)
        self._address = (self._address[0], int(self._server.server_address[1]))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOKS_EVERY_S,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer no more; what was written is kept for another block."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def write(self, database: str, text: str, *, precision: str) -> None:
        """Take points.

        Raises:
            LookupError: there is no such database.
            BadLine: one of the lines is no point; none of them is taken.
        """
        points = tuple(read_points(text, precision=precision))
        with self._lock:
            if database not in self._databases:
                raise LookupError(f'database not found: "{database}"')
            measurements = self._databases[database]
            for point in points:
                series = measurements.setdefault(point.measurement, {}).setdefault(point.tags, {})
                at_ns = self._now_ns() if point.at_ns is None else point.at_ns
                series.setdefault(at_ns, {}).update(point.fields)

    def query(self, text: str, database: str, *, epoch: str) -> list[dict[str, Any]]:
        """The result of each statement, as InfluxDB words it.

        Raises:
            NotUnderstood: a statement is not like those of skep.
        """
        unit_ns = _NS_PER_EPOCH.get(epoch, 1)
        with self._lock:
            statements = read_statements(text, now_ns=self._now_ns())
            return [{"statement_id": n, **self._result(each, database, unit_ns)} for n, each in enumerate(statements)]

    def _result(self, statement: Create | Select, database: str, unit_ns: int) -> dict[str, Any]:
        if isinstance(statement, Create):
            self._databases.setdefault(statement.database, {})
            return {}
        if database not in self._databases:
            return {"error": f"database not found: {database}"}
        series = list(_selected(statement, self._databases[database].get(statement.measurement, {}), unit_ns))
        return {"series": series} if series else {}


# --- what a selection answers ---------------------------------------------------------------------------------------


def _selected(select: Select, measurement: _Measurement, unit_ns: int) -> Iterator[dict[str, Any]]:
    grouped: defaultdict[tuple[str, ...], list[_Points]] = defaultdict(list)
    for tags, points in measurement.items():
        known = dict(tags)
        if select.has(known):
            grouped[tuple(known.get(tag, "") for tag in select.groups)].append(points)
    known_fields = {name for points in measurement.values() for fields in points.values() for name in fields}
    columns = select.fields or tuple(sorted(filter(select.takes, known_fields)))
    for values, many in sorted(grouped.items(), key=lambda group: group[0]):
        rows = _rows(select, many, columns)
        if rows:
            yield {
                "name": select.measurement,
                **({"tags": dict(zip(select.groups, values, strict=True))} if select.groups else {}),
                "columns": ["time", *(("last",) if select.is_last else columns)],
                "values": [[at_ns // unit_ns, *fields] for at_ns, fields in rows],
            }


def _rows(select: Select, many: list[_Points], columns: tuple[str, ...]) -> list[_Row]:
    rows = [
        (at_ns, [fields.get(column) for column in columns])
        for points in many
        for at_ns, fields in points.items()
        if select.since_ns <= at_ns < select.before_ns and not _has_none(fields, columns)
    ]
    rows.sort(key=lambda row: row[0])
    if select.is_last:
        rows = list(_last_of_each_span(rows, select.span_ns))
    if select.newest_first:
        rows.reverse()
    return rows[: select.limit]


def _has_none(fields: dict[str, Field], columns: tuple[str, ...]) -> bool:
    """A point without any of these fields is no row."""
    return all(column not in fields for column in columns)


def _last_of_each_span(rows: list[_Row], span_ns: int | None) -> Iterator[_Row]:
    """The newest value at its own instant; with spans, at the beginning of its span."""
    if span_ns is None:
        yield from rows[-1:]
        return
    for begins_ns, of_span in groupby(rows, key=lambda row: row[0] // span_ns * span_ns):
        yield begins_ns, list(of_span)[-1][1]


# --- HTTP -----------------------------------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: MetricsInMemory, address: tuple[str, int]) -> None:
        self.store = store
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = dict(parse_qsl(parts.query))
        if parts.path == "/write":
            self._write(asked, body)
        elif parts.path == "/query":
            if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
                asked |= dict(parse_qsl(body.decode()))
            self._query(asked)
        elif parts.path in {"/ping", "/health"}:
            self._send(HTTPStatus.NO_CONTENT)
        else:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"the store in memory has no {parts.path}"})

    def _write(self, asked: dict[str, str], body: bytes) -> None:
        try:
            self.server.store.write(asked.get("db", ""), body.decode(), precision=asked.get("precision", ""))
        except LookupError as error:
            self._send(HTTPStatus.NOT_FOUND, {"error": str(error.args[0])})
        except (BadLine, UnicodeDecodeError) as error:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._send(HTTPStatus.NO_CONTENT)

    def _query(self, asked: dict[str, str]) -> None:
        try:
            results = self.server.store.query(asked.get("q", ""), asked.get("db", ""), epoch=asked.get("epoch", ""))
        except NotUnderstood as error:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._send(HTTPStatus.OK, {"results": results})

    def _send(self, status: HTTPStatus, document: object = None) -> None:
        content = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("X-Influxdb-Version", _VERSION)
        if content:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

"""`haproxy`, as Telegraf's haproxy input writes HAProxy's statistics."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from lab.real import direct
from lab.real.collector.point import Field, Point

_TIMEOUT_S = 2
_TYPES = {"0": "frontend", "1": "backend", "2": "server", "3": "listener"}
_TAGS = {"pxname", "svname", "type", "# pxname"}
_TEXTS = {
    "status", "check_status", "last_chk", "mode", "tracked", "agent_status", "last_agt", "addr", "cookie",
}  # fmt: skip
_RENAMED = {
    "act": "active_servers",
    "bck": "backup_servers",
    "cli_abrt": "cli_abort",
    "srv_abrt": "srv_abort",
    "hrsp_1xx": "http_response.1xx",
    "hrsp_2xx": "http_response.2xx",
    "hrsp_3xx": "http_response.3xx",
    "hrsp_4xx": "http_response.4xx",
    "hrsp_5xx": "http_response.5xx",
    "hrsp_other": "http_response.other",
}


def read(url: str) -> str:
    """HAProxy's statistics as CSV, from the URL of its statistics page.

    Raises:
        requests.RequestException: when it does not give them.
    """
    with direct.session() as session:
        answer = session.get(f"{url};csv", timeout=_TIMEOUT_S)
    answer.raise_for_status()
    return answer.text


def points(text: str, *, hostname: str, url: str, time_ns: int) -> tuple[Point, ...]:
    """One point per row: each frontend, backend, server and listener."""
    return tuple(
        Point(
            measurement="haproxy",
            tags={
                "host": hostname,
                "proxy": row["# pxname"],
                "server": urlsplit(url).netloc,
                "sv": row["svname"],
                "type": _TYPES[row["type"]],
            },
            fields=dict(_fields(row)),
            time_ns=time_ns,
        )
        for row in csv.DictReader(text.splitlines())
    )


def _fields(row: Mapping[str, str]) -> Iterator[tuple[str, Field]]:
    """Empty cells are left out, and so is what is neither a known text nor a whole number of 64 bits.

    A server whose check never ended is told with a duration of 2^64 - 1, which no signed number holds.
    """
    for column, cell in row.items():
        if not cell or column in _TAGS:
            continue
        if column in _TEXTS:
            yield _RENAMED.get(column, column), cell
        else:
            with contextlib.suppress(ValueError):
                number = int(cell)
                if -_BEYOND <= number < _BEYOND:
                    yield _RENAMED.get(column, column), number


_BEYOND = 2**63

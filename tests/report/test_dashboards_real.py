"""Every query of every dashboard, asked of a real InfluxDB with a Swarm's metrics and skep's journal in it."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from influxdb import InfluxDBClient

from lab import renderings
from skep.adapters.filing import Filed
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.core.metrics.backends import Proxy
from skep.core.record import EntryKind
from skep.report.dashboards import chronograf_board, grafana_board, swarm
from tests.adapters.examples import entry
from tests.report.telegraf_lines import EVERY_S, GROWTH, swarm_lines
from tests.servers import InfluxServer

pytestmark = pytest.mark.influx

CHRONOGRAF_WORDS = {
    ":dashboardTime:": "now() - 1h",
    ":upperDashboardTime:": "now()",
    ":service:": ".*",
    ":node:": ".*",
}
GRAFANA_WORDS = {
    "$timeFilter": "time >= now() - 1h and time <= now()",
    "$__interval": "1m",
    "${service:regex}": ".*",
    "${node:regex}": ".*",
}


def in_words(query: str, words: dict[str, str]) -> str:
    """A query as the program would send it, everything chosen and the last hour shown."""
    for word, meaning in words.items():
        query = query.replace(word, meaning)
    assert not re.search(r":[a-z]\w*:|\$[a-z_{]", query), query
    return query


def chronograf_queries() -> Iterator[tuple[str, str]]:
    for proxy in Proxy:
        for cell in chronograf_board(swarm(proxy))["cells"]:
            for place, query in enumerate(cell["queries"]):
                yield f"chronograf, {proxy}: {cell['name']} {place}", in_words(query["query"], CHRONOGRAF_WORDS)


def grafana_queries() -> Iterator[tuple[str, str]]:
    for proxy in Proxy:
        board: dict[str, Any] = grafana_board(swarm(proxy))
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"grafana, {proxy}: {panel['title']} {target['refId']}", in_words(target["query"], GRAFANA_WORDS)
        for annotation in board["annotations"]["list"]:
            yield f"grafana, {proxy}: {annotation['name']}", in_words(annotation["query"], GRAFANA_WORDS)
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                yield f"grafana, {proxy}: variable {variable['name']}", variable["query"]


def swarm_with_a_journal(server: InfluxServer) -> InfluxServer:
    now_s = int(time.time())
    now_ns = now_s * 10**9
    server.write(swarm_lines(now_ns), database="telegraf")
    at = datetime.fromtimestamp(now_s, tz=UTC)
    with InfluxJournal(InfluxAccess(url=server.url, database="skep")) as journal:
        journal.write(
            [
                Filed(filed_at_ns=now_ns - place, entry=replace(entry(7, kind=kind, service=service), at=at))
                for place, (kind, service) in enumerate(
                    [*((kind, "shop_web") for kind in EntryKind), (EntryKind.STATE, "shop_api")]
                )
            ]
        )
    return server


@pytest.fixture(scope="module")
def swarm_server(_influx_of_session: InfluxServer) -> InfluxServer:
    """Filled once for all queries, which only read."""
    _influx_of_session.make_ready()
    return swarm_with_a_journal(_influx_of_session)


@pytest.mark.parametrize(
    "query",
    [pytest.param(query, id=name) for name, query in (*chronograf_queries(), *grafana_queries())],
)
def test_it_is_accepted_and_finds_something(swarm_server: InfluxServer, query: str) -> None:
    rows = [row for series in swarm_server.query(query, database="telegraf") for row in series["values"]]
    assert any(value is not None for row in rows for value in row[1:]), query


@pytest.mark.parametrize("proxy", list(Proxy))
def test_drawn_a_board_has_something_in_every_cell(swarm_server: InfluxServer, proxy: Proxy, tmp_path: Path) -> None:
    place = urlsplit(swarm_server.url)
    with InfluxDBClient(host=place.hostname, port=place.port, timeout=10) as client:
        picture, empty = renderings.render(client, tmp_path, proxy=proxy)

    assert empty == ()
    assert picture.read_bytes().startswith(b"\x89PNG")


def latest(server: InfluxServer, proxy: Proxy, name: str, place: int = 0) -> list[dict[str, Any]]:
    """The answers to one cell: per series its tags and the last row as a dictionary."""
    (cell,) = (cell for cell in chronograf_board(swarm(proxy))["cells"] if cell["name"] == name)
    answered = server.query(in_words(cell["queries"][place]["query"], CHRONOGRAF_WORDS))
    return [
        {**series.get("tags", {}), **dict(zip(series["columns"], series["values"][-1], strict=True))}
        for series in answered
    ]


def test_requests_are_those_of_backends_and_add_up_over_proxies(swarm_server: InfluxServer) -> None:
    rates = {row["proxy"]: row["requests"] for row in latest(swarm_server, Proxy.HAPROXY, "Requests")}
    assert rates == {
        "go-demo_main-be8080_0": pytest.approx(GROWTH / EVERY_S, rel=0.2),
        "pydemo_web-be80_0": pytest.approx(GROWTH / EVERY_S, rel=0.2),
    }


def test_traefiks_requests_add_up_over_codes(swarm_server: InfluxServer) -> None:
    (row,) = latest(swarm_server, Proxy.TRAEFIK, "Requests")
    assert row["requests"] == pytest.approx(3 * GROWTH / EVERY_S, rel=0.2)


def test_cpu_adds_up_over_replicas_in_cores(swarm_server: InfluxServer) -> None:
    (row,) = latest(swarm_server, Proxy.HAPROXY, "CPU")
    assert row["cores"] == pytest.approx(0.415 + 0.63125 + 0.12)


def test_figures_count_services_once_whatever_was_recorded_of_them(swarm_server: InfluxServer) -> None:
    (managed,) = latest(swarm_server, Proxy.HAPROXY, "Services managed")
    (blind,) = latest(swarm_server, Proxy.HAPROXY, "Services with a gap")
    (missing,) = latest(swarm_server, Proxy.HAPROXY, "Swarm tasks missing")
    assert (managed["services"], blind["services"], missing["missing"]) == (2, 2, 3)

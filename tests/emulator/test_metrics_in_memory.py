"""What stands in for InfluxDB: points as they were written, answers as InfluxDB words them, and nothing invented.

The contract of metrics stores is played on it in tests/adapters/test_influx_contract.py.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from lab.emulator.metrics.in_memory import MetricsInMemory
from lab.emulator.metrics.points import BadLine, Point, read_points
from lab.emulator.metrics.statements import NotUnderstood
from skep.adapters.filing import Filed, Shelf
from skep.adapters.influx import InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.core.record import EntryKind
from tests.adapters.examples import HOSTILE_NAMES, entry
from tests.builders import NOW

NOON_NS = int(NOW.timestamp()) * 10**9
SECOND_NS = 10**9


@pytest.fixture
def store() -> Iterator[MetricsInMemory]:
    with MetricsInMemory("127.0.0.1", now_ns=lambda: NOON_NS) as store:
        yield store


@pytest.fixture
def journal(store: MetricsInMemory) -> Iterator[InfluxJournal]:
    with InfluxJournal(InfluxAccess(url=store.url, database="skep")) as journal:
        yield journal


@pytest.mark.parametrize(
    ("line", "point"),
    [
        pytest.param(
            'cpu,host=a usage=1.5,n=3i,up=true,text="a b,c" 1700000000',
            Point(
                measurement="cpu",
                tags=(("host", "a"),),
                fields={"usage": 1.5, "n": 3, "up": True, "text": "a b,c"},
                at_ns=1700000000 * SECOND_NS,
            ),
            id="a field of each kind",
        ),
        pytest.param(
            r'my\ m\,x,a\ b=c\=d\,e f\ g="say \"hi\" \\"',
            Point(measurement="my m,x", tags=(("a b", "c=d,e"),), fields={"f g": 'say "hi" \\'}, at_ns=None),
            id="everything escaped, and no instant",
        ),
    ],
)
def test_a_line_is_read_as_influxdb_reads_it(line: str, point: Point) -> None:
    assert list(read_points(line, precision="s")) == [point]


@pytest.mark.parametrize("line", ["cpu", "cpu usage", "cpu,host= usage=1", "cpu usage=x", "cpu usage=1 noon", "# no"])
def test_what_is_no_point_is_refused(line: str) -> None:
    with pytest.raises(BadLine):
        list(read_points(line, precision="s"))


@given(st.text(max_size=60))
def test_any_text_is_points_or_one_error(text: str) -> None:
    try:
        assert all(point.fields for point in read_points(text, precision=""))
    except BadLine:
        return


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param('SELECT mean("a") FROM "b"', id="another function"),
        pytest.param('DROP DATABASE "telegraf"', id="another verb"),
        pytest.param('SELECT "a" FROM "b" WHERE "c" != \'d\'', id="another comparison"),
        pytest.param('SELECT "a" FROM (SELECT "a" FROM "b")', id="a subquery"),
        pytest.param('SELECT "a" FROM "b" WHERE "c" =~ /(/', id="no pattern"),
        pytest.param("SELECT 'a", id="half a string"),
    ],
)
def test_a_statement_that_skep_never_sends_is_not_guessed_at(store: MetricsInMemory, statement: str) -> None:
    with pytest.raises(NotUnderstood, match="in memory does not understand"):
        store.query(statement, "telegraf", epoch="ms")
    answer = requests.get(f"{store.url}/query", params={"q": statement, "db": "telegraf"}, timeout=10)
    assert answer.status_code == 400
    assert "does not understand" in answer.json()["error"]


def test_points_are_grouped_by_tags_and_lie_within_the_time_asked_for(store: MetricsInMemory) -> None:
    store.query('CREATE DATABASE "telegraf"', "", epoch="")
    lines = [f"m,a={a},b=x f={value},g=0 {(NOON_NS - age * SECOND_NS) // SECOND_NS}" for a, value, age in POINTS]
    store.write("telegraf", "\n".join(lines), precision="s")
    statement = 'SELECT "f" FROM "m" WHERE time > now() - 10s AND "a" =~ /^(?:one|tw\\x{6f})$/ GROUP BY "a", "c"'
    (result,) = store.query(statement, "telegraf", epoch="ms")
    at_ms = NOON_NS // 10**6
    assert result["series"] == [
        {
            "name": "m",
            "tags": {"a": "one", "c": ""},
            "columns": ["time", "f"],
            "values": [[at_ms - 5000, 2], [at_ms, 3]],
        },
        {"name": "m", "tags": {"a": "two", "c": ""}, "columns": ["time", "f"], "values": [[at_ms - 1000, 4]]},
    ]


SERIES = {"name": "m", "columns": ["time", "f"]}
#: A tag, a value, and an age in seconds.
POINTS = [("one", 3, 0), ("one", 2, 5), ("one", 1, 10), ("two", 4, 1), ("three", 5, 1)]


def test_the_journal_is_kept_in_it(journal: InfluxJournal) -> None:
    kept = [
        Filed(filed_at_ns=NOON_NS + place, entry=entry(service=name))
        for place, name in enumerate(["web", "api", *HOSTILE_NAMES.values()])
    ]
    journal.write(kept)
    journal.write(kept[:1])
    assert journal.newest(Shelf.CHANGES) == tuple(reversed(kept))
    assert journal.newest(Shelf.CHANGES, service="api", limit=5) == (kept[1],)
    assert journal.newest(Shelf.CHANGES, before_ns=NOON_NS + 2, limit=1) == (kept[1],)
    assert [
        e.service_name for e in journal.courses(["web"], since=NOW - timedelta(hours=1), every=timedelta(minutes=5))
    ] == ["web"]


def test_orders_of_people_are_found_again(journal: InfluxJournal) -> None:
    order = Filed(filed_at_ns=NOON_NS, entry=entry(kind=EntryKind.ORDERED))
    journal.write([order, Filed(filed_at_ns=NOON_NS + 1, entry=entry())])
    assert journal.orders() == (order,)

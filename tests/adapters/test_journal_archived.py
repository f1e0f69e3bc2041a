"""Redis and InfluxDB together: nothing is lost, told twice or held up, whichever of them fails."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import redis

from skep.adapters.clock import SystemClock
from skep.adapters.filing import Filed
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.adapters.journals import ArchivedJournal
from skep.adapters.redis_journal import Capacity, RedisJournal
from skep.core.decision import Hold
from skep.core.orders import PersonOrder
from skep.core.record import Entry, EntryKind, ordered
from skep.errors import Temporary
from skep.ports import Backlog
from tests.adapters.examples import entry
from tests.adapters.redis_clients import client_of
from tests.builders import ago
from tests.servers import InfluxServer, RedisServer

pytestmark = [pytest.mark.redis, pytest.mark.influx]

#: Keeps the newest hundred or two.
SMALL = Capacity(entries=100, size_bytes=64 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    journal: ArchivedJournal
    recent: RedisJournal
    archive: InfluxJournal
    client: redis.Redis
    influx: InfluxServer
    redis: RedisServer


@pytest.fixture
def parts(redis_server: RedisServer, influx_server: InfluxServer) -> Iterator[Parts]:
    access = InfluxAccess(url=influx_server.url, database="skep")
    with (
        client_of(redis_server) as client,
        InfluxJournal(access, timeout=timedelta(seconds=2)) as archive,
    ):
        recent = RedisJournal(client, changes=SMALL, states=SMALL)
        yield Parts(
            journal=ArchivedJournal(recent=recent, archive=archive),
            recent=recent,
            archive=archive,
            redis=redis_server,
            influx=influx_server,
            client=client,
        )


class StumblingArchive(InfluxJournal):
    """Dies just after the entries were written, as a worker might."""

    def write(self, entries: Sequence[Filed]) -> None:
        super().write(entries)
        raise KeyboardInterrupt


def change(number: int, *, service: str = "web", kind: EntryKind = EntryKind.CHANGED) -> Entry:
    return replace(entry(number, service=service, kind=kind, at=ago(-number)), decision=None)


def numbers(entries: Sequence[Entry]) -> list[int]:
    return [one.replicas_after for one in entries]


def points(server: InfluxServer) -> int:
    found = server.query("SELECT count(entry) FROM skep_decisions", database="skep")
    return int(found[0]["values"][0][1]) if found else 0


def test_appending_goes_on_while_influxdb_is_away_and_its_backlog_follows(parts: Parts) -> None:
    parts.influx.stop()
    parts.journal.append([change(number) for number in range(50)])
    with pytest.raises(Temporary):
        parts.journal.forward()
    assert parts.journal.backlog() == Backlog(waiting=50, lost=0)
    parts.influx.start()
    assert parts.journal.forward() == 50
    assert parts.journal.backlog() == Backlog(waiting=0, lost=0)
    assert points(parts.influx) == 50


def test_what_no_longer_fits_while_influxdb_is_away_is_counted(parts: Parts) -> None:
    parts.influx.stop()
    for first in range(0, 500, 50):
        parts.journal.append([change(number) for number in range(first, first + 50)])
    backlog = parts.journal.backlog()
    assert backlog.waiting + backlog.lost == 500
    assert backlog.lost >= 300
    parts.influx.start()
    assert parts.journal.forward() == backlog.waiting
    assert parts.journal.backlog() == Backlog(waiting=0, lost=backlog.lost)
    assert points(parts.influx) == backlog.waiting


def test_dying_between_writing_and_noting_repeats_without_harm(parts: Parts) -> None:
    parts.journal.append([change(number) for number in range(50)])
    access = InfluxAccess(url=parts.influx.url, database="skep")
    with StumblingArchive(access) as archive, pytest.raises(KeyboardInterrupt):
        ArchivedJournal(recent=parts.recent, archive=archive).forward()
    assert parts.journal.backlog() == Backlog(waiting=50, lost=0)
    assert parts.journal.forward() == 50
    assert points(parts.influx) == 50


def test_two_who_forward_at_once_carry_everything_once(parts: Parts) -> None:
    parts.journal.append([change(number) for number in range(90)])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda limit: [parts.journal.forward(limit=limit) for _ in range(15)], [7, 11]))
    assert parts.journal.backlog() == Backlog(waiting=0, lost=0)
    assert points(parts.influx) == 90


def test_changes_are_forwarded_before_states(parts: Parts) -> None:
    parts.journal.append([change(1, kind=EntryKind.STATE), change(2), change(3, kind=EntryKind.STATE), change(4)])
    assert parts.journal.forward(limit=2) == 2
    kinds = parts.influx.query("SHOW TAG VALUES WITH KEY = kind", database="skep")[0]["values"]
    assert kinds == [["kind", "changed"]]


def test_an_entry_that_influxdb_will_never_take_does_not_hold_up_the_others(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    parts.influx.query("CREATE DATABASE skep WITH DURATION 30d")
    present = SystemClock().now()
    too_old = replace(change(0, service="old"), at=present - timedelta(days=400))
    parts.journal.append([too_old, *(replace(change(number), at=present) for number in range(1, 8))])
    assert parts.journal.forward() == 8
    assert parts.journal.backlog() == Backlog(waiting=0, lost=1)
    assert points(parts.influx) == 7
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["an entry of old is lost"]


def test_entries_too_large_to_travel_together_travel_apart(parts: Parts) -> None:
    parts.journal.append([entry(number, reason="x" * 1_000_000, at=ago(-number)) for number in range(6)])
    assert parts.journal.forward() == 6
    assert parts.journal.backlog() == Backlog(waiting=0, lost=0)
    assert points(parts.influx) == 6


def test_reading_goes_on_in_influxdb_where_redis_ends_without_a_seam(parts: Parts) -> None:
    for first in range(0, 600, 50):
        parts.journal.append([change(number) for number in range(first, first + 50)])
        parts.journal.forward()
    assert parts.client.xlen("skep:journal:changes") < 300
    assert numbers(parts.journal.read(limit=1000)) == list(range(599, -1, -1))
    assert numbers(parts.journal.read(limit=550)) == list(range(599, 49, -1))
    assert numbers(parts.journal.read(since=ago(-100), limit=1000)) == list(range(599, 99, -1))


def test_a_rare_service_is_told_across_the_seam(parts: Parts) -> None:
    for first in range(0, 600, 50):
        parts.journal.append([change(number) for number in range(first, first + 50)])
        parts.journal.append([change(first + 50, service="rare")])
        parts.journal.forward()
    assert numbers(parts.journal.read(service="rare")) == list(range(600, 0, -50))


def test_shelves_that_reach_back_differently_are_told_without_a_gap(parts: Parts) -> None:
    for first in range(0, 600, 50):
        parts.journal.append([change(number, kind=EntryKind.STATE) for number in range(first, first + 50)])
        parts.journal.append([change(first + 50)])
        parts.journal.forward()
    assert [(e.kind, e.replicas_after) for e in parts.journal.read(limit=1000)] == sorted(
        [(EntryKind.STATE, number) for number in range(600)]
        + [(EntryKind.CHANGED, number) for number in range(50, 650, 50)],
        key=lambda told: (-told[1], told[0]),
    )


def test_states_may_be_left_out(parts: Parts) -> None:
    parts.journal.append([change(0)] + [change(number, kind=EntryKind.STATE) for number in range(1, 50)])
    assert numbers(parts.journal.read(limit=3, with_states=False)) == [0]


def test_the_recent_part_is_told_alone_while_influxdb_is_away(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    for first in range(0, 600, 50):
        parts.journal.append([change(number) for number in range(first, first + 50)])
        parts.journal.forward()
    parts.influx.stop()
    told = numbers(parts.journal.read(limit=1000))
    assert 100 <= len(told) < 300
    assert told == list(range(599, 599 - len(told), -1))
    assert "told from its recent part alone" in caplog.text


def test_influxdb_is_not_asked_where_redis_has_enough(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    parts.journal.append([change(number) for number in range(10)])
    parts.influx.stop()
    assert numbers(parts.journal.read(limit=10, with_states=False)) == list(range(9, -1, -1))
    assert caplog.records == []


def test_after_redis_lost_its_data_the_past_is_told_by_influxdb(parts: Parts) -> None:
    parts.journal.append([change(number) for number in range(10)])
    parts.journal.forward()
    parts.redis.lose_data()
    parts.journal.append([change(10)])
    assert numbers(parts.journal.read()) == list(range(10, -1, -1))


# --- orders of people --------------------------------------------------------------------------------------------


def hold(number: int) -> Entry:
    order = PersonOrder.to_hold("web-id", Hold(replicas=number, until=None, actor="ada"), at=ago(-number))
    return ordered(order, service_name="web", replicas=3)


def test_nobody_can_say_what_people_ordered_while_influxdb_is_away(parts: Parts) -> None:
    parts.journal.append([hold(5)])
    parts.influx.stop()
    with pytest.raises(Temporary):
        parts.journal.orders()
    parts.influx.start()
    assert parts.journal.orders() == (hold(5),)


def test_orders_outlive_a_redis_that_lost_its_data(parts: Parts) -> None:
    parts.journal.append([hold(5), change(6), hold(7)])
    parts.journal.forward()
    parts.redis.lose_data()
    assert parts.journal.orders() == (hold(5), hold(7))
    parts.journal.append([hold(8)])
    assert parts.journal.orders() == (hold(5), hold(7), hold(8))


def test_orders_that_reached_influxdb_without_its_being_noted_are_told_once(parts: Parts) -> None:
    parts.journal.append([hold(5), hold(6)])
    access = InfluxAccess(url=parts.influx.url, database="skep")
    with StumblingArchive(access) as archive, pytest.raises(KeyboardInterrupt):
        ArchivedJournal(recent=parts.recent, archive=archive).forward()
    parts.journal.append([hold(7)])
    assert parts.journal.orders() == (hold(5), hold(6), hold(7))


def test_what_is_told_while_influxdb_is_away_says_that_something_may_be_missing(parts: Parts) -> None:
    parts.journal.append([change(number) for number in range(3)])
    parts.journal.forward()
    assert parts.journal.excerpt().missing == ""
    parts.influx.stop()
    excerpt = parts.journal.excerpt()
    courses = parts.journal.courses(["web"], since=ago(60), every=timedelta(minutes=15))
    assert numbers(excerpt.entries) == [2, 1, 0]
    assert numbers(courses.entries) == [2]
    assert "is out of reach" in excerpt.missing
    assert courses.missing == excerpt.missing

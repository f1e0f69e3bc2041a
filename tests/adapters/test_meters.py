"""What every keeper of skep's own numbers promises, proved on the fake and on a real Redis; and their course."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from skep.adapters.counted import CountedJournal, CountedLocks, CountedMemory
from skep.adapters.influx import InfluxAccess
from skep.adapters.influx_meters import InfluxMeters
from skep.adapters.redis_meters import RedisMeters
from skep.core.meters import Reading, Readings
from skep.core.record import EntryKind
from skep.errors import Permanent, Temporary
from skep.ports import Meters
from tests.adapters.examples import decision
from tests.adapters.outages import Outage, outage_of_fake, outage_of_server
from tests.adapters.redis_clients import client_of
from tests.builders import NOW
from tests.core.notices.test_notices import CALM, entry
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.meters import FakeMeters
from tests.servers import InfluxServer, RedisServer, free_port

UP = Reading(meter="skep_changes_total", labels=("up", 'we"b'), value=1.0)
TIME = Reading(meter="skep_task_seconds_total", labels=("evaluate.services",), value=0.25)
PENDING = Reading(meter="skep_pending_replicas", value=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    meters: Meters
    outage: Outage


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.redis)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "fake":
        fake = FakeMeters()
        yield Stage(meters=fake, outage=outage_of_fake(fake))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with client_of(server) as client:
        yield Stage(meters=RedisMeters(client), outage=outage_of_server(server))


def test_counters_add_up_over_all_that_count_and_gauges_are_replaced(stage: Stage) -> None:
    assert stage.meters.read() == Readings()
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: stage.meters.count([UP, TIME]), range(20)))
    stage.meters.put([UP], at=NOW - timedelta(minutes=1))
    stage.meters.put([PENDING], at=NOW)
    assert stage.meters.read() == Readings(
        counters=(replace(UP, value=20.0), replace(TIME, value=5.0)), gauges=(PENDING,), measured_at=NOW
    )


def test_a_series_that_is_dropped_is_gone(stage: Stage) -> None:
    stage.meters.count([UP, TIME])
    stage.meters.drop([UP])
    stage.meters.drop([])
    assert stage.meters.read().counters == (TIME,)


def test_while_the_store_is_away_counting_disturbs_nobody(stage: Stage) -> None:
    stage.outage.begin()
    stage.meters.count([UP])
    with pytest.raises(Temporary):
        stage.meters.read()
    stage.outage.end()
    assert stage.meters.read() == Readings()


@pytest.mark.redis
def test_what_another_version_wrote_is_left_out(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        meters = RedisMeters(client)
        meters.count([UP])
        client.hset("skep:counters", "no json", 3)
        client.set("skep:gauges", "{")
        assert meters.read() == Readings(counters=(UP,))


# --- what counts while it passes something on ----------------------------------------------------------------------


@pytest.mark.redis
def test_an_evaluation_is_counted_when_it_is_remembered(redis_server: RedisServer) -> None:
    meters = FakeMeters()
    with client_of(redis_server) as client:
        memory = CountedMemory(client, meters)
        memory.remember(recommendations={}, decisions=[decision(), CALM])
        assert len(memory.decisions()) == 1
    assert {(r.meter, *r.labels) for r in meters.read().counters} >= {("skep_decisions_total", "keep")}


def test_entries_are_counted_when_they_are_written_and_not_when_they_are_not() -> None:
    journal, meters = FakeJournal(), FakeMeters()
    counted = CountedJournal(journal, meters)
    counted.append([entry(EntryKind.CHANGED)])
    journal.break_down()
    with pytest.raises(Temporary):
        counted.append([entry(EntryKind.CHANGED)])
    journal.come_back()
    assert meters.read().counters == (Reading(meter="skep_changes_total", labels=("up", "skep"), value=1.0),)
    assert counted.read(service="web") == tuple(journal.entries)
    assert (counted.orders(), counted.forward()) == ((), 1)


def test_an_entry_that_was_told_before_is_not_counted_again() -> None:
    meters = FakeMeters()
    counted = CountedJournal(FakeJournal(), meters)
    added = [counted.append_once(entry(EntryKind.CHANGED), "changed:t1") for _ in range(2)]
    assert added == [True, False]
    assert meters.read().counters == (Reading(meter="skep_changes_total", labels=("up", "skep"), value=1.0),)


def test_a_lock_that_somebody_else_holds_is_counted_by_what_it_locks() -> None:
    meters = FakeMeters()
    locks = CountedLocks(FakeLocks(), meters)
    ttl = timedelta(minutes=1)
    with locks.hold("service:web-id", ttl=ttl) as first, locks.hold("service:web-id", ttl=ttl) as second:
        assert (first, second) == (True, False)
    assert [locks.claim("tick", ttl=ttl) for _ in range(2)] == [True, False]
    assert meters.read().counters == (Reading(meter="skep_lock_busy_total", labels=("service",), value=1.0),)


# --- their course --------------------------------------------------------------------------------------------------


@pytest.mark.influx
def test_their_course_is_written_down_but_for_series_of_single_services(influx_server: InfluxServer) -> None:
    influx_server.query('CREATE DATABASE "skep"')
    readings = [UP, TIME, PENDING, Reading(meter="skep_replicas", labels=("web",), value=3.0)]
    with InfluxMeters(InfluxAccess(url=influx_server.url, database="skep")) as meters:
        meters.write(readings, at=NOW)
        meters.write([replace(PENDING, value=0.0)], at=NOW + timedelta(seconds=30))
    (measurements,) = influx_server.query("SHOW MEASUREMENTS", database="skep")
    assert [name for (name,) in measurements["values"]] == [
        "skep_changes_total",
        "skep_pending_replicas",
        "skep_task_seconds_total",
    ]
    (changes,) = influx_server.query('SELECT "value" FROM "skep_changes_total" GROUP BY *', database="skep")
    assert changes["tags"] == {"direction": "up", "by": 'we"b'}
    (pending,) = influx_server.query('SELECT "value" FROM "skep_pending_replicas"', database="skep")
    assert [value for _, value in pending["values"]] == [2, 0]


@pytest.mark.influx
def test_a_store_that_cannot_take_them_says_so(
    influx_server: InfluxServer, guarded_influx_server: InfluxServer
) -> None:
    with (
        pytest.raises(Temporary, match="database not found"),
        InfluxMeters(InfluxAccess(url=influx_server.url, database="nowhere")) as meters,
    ):
        meters.write([PENDING], at=NOW)
    with (
        pytest.raises(Permanent, match="refuses skep's own numbers"),
        InfluxMeters(InfluxAccess(url=guarded_influx_server.url, database="skep")) as meters,
    ):
        meters.write([PENDING], at=NOW)
    with (
        pytest.raises(Temporary, match="out of reach"),
        InfluxMeters(InfluxAccess(url=f"http://127.0.0.1:{free_port()}", database="skep")) as meters,
    ):
        meters.write([PENDING], at=NOW)

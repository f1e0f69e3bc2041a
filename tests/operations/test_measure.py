"""Measuring skep itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.meters import Reading
from skep.errors import Permanent, Temporary
from skep.operations.limits import ARCHIVING
from skep.operations.measure import measure
from skep.ports import World
from tests.core.meters.test_meters import CROWDED
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.meters import FakeMeterArchive, FakeMeters
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

INTERVAL = timedelta(seconds=30)


class Stage:
    """A world with one service that waits for room."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.swarm = FakeSwarm(self.clock)
        self.locks = FakeLocks(self.clock)
        self.meters = FakeMeters()
        self.archive = FakeMeterArchive()
        memory = FakeMemory(self.clock)
        memory.remember(recommendations={}, decisions=[replace(CROWDED, at=self.clock.now())])
        self.world = World(
            clock=self.clock,
            swarm=self.swarm,
            metrics=FakeMetrics(self.clock),
            locks=self.locks,
            memory=memory,
            journal=FakeJournal(),
        )

    def look(self) -> None:
        measure(self.world, self.meters, self.archive, interval=INTERVAL, time_limit=INTERVAL)

    def value(self, meter: str) -> float | None:
        """What a meter without further labels than the service tells now."""
        readings = self.meters.read()
        return next((r.value for r in (*readings.counters, *readings.gauges) if r.meter == meter), None)


def test_gauges_are_there_to_be_read_and_written_down_and_time_is_added_up() -> None:
    stage = Stage()
    for _ in range(3):
        stage.look()
        stage.clock.advance(INTERVAL)
    assert stage.value("skep_pending_replicas") == 2
    assert stage.value("skep_pending_replica_seconds_total") == 2 * 2 * 30
    assert (stage.value("skep_journal_waiting_entries"), stage.value("skep_journal_lost_entries_total")) == (0, 0)
    assert [at for at, _ in stage.archive.written] == [stage.clock.now() - n * INTERVAL for n in (3, 2, 1)]
    expected = Reading(meter="skep_pending_replica_seconds_total", labels=("api",), value=120.0)
    assert expected in stage.archive.written[-1][1]


def test_what_was_counted_of_a_service_goes_with_it() -> None:
    stage = Stage()
    stage.look()
    stage.clock.advance(INTERVAL)
    stage.look()
    stage.meters.count([Reading(meter="skep_lock_busy_total", labels=("service",), value=1)])
    assert stage.value("skep_pending_replica_seconds_total") == 60
    stage.world.memory.remember(recommendations={}, decisions=[], forget=[CROWDED.service_id])
    stage.look()
    assert [reading.meter for reading in stage.meters.read().counters] == ["skep_lock_busy_total"]


def test_without_an_engine_the_rest_is_measured() -> None:
    stage = Stage()
    stage.swarm.break_down()
    stage.look()
    assert stage.value("skep_pending_replicas") == 2


def test_two_workers_do_not_count_the_same_time() -> None:
    stage = Stage()
    with stage.locks.hold("loop:measure", ttl=INTERVAL) as is_held:
        assert is_held
        stage.look()
    assert stage.archive.written == []


def test_while_the_archive_is_away_the_numbers_can_be_read_and_one_that_refuses_is_told() -> None:
    stage = Stage()
    stage.archive.trouble = Temporary("InfluxDB is out of reach")
    stage.look()
    assert stage.value("skep_pending_replicas") == 2
    stage.archive.trouble = Permanent("InfluxDB refuses user skep")
    with pytest.raises(Permanent):
        stage.look()


def test_while_another_waits_for_the_archive_the_numbers_can_be_read_and_nobody_waits_beside_it() -> None:
    stage = Stage()
    with stage.locks.hold(ARCHIVING, ttl=INTERVAL):
        stage.look()
    assert stage.value("skep_pending_replicas") == 2
    assert stage.archive.written == []
    stage.clock.advance(INTERVAL)
    stage.look()
    assert len(stage.archive.written) == 1

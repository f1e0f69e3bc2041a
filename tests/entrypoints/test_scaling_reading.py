"""What the Scaling pages are drawn from, and what they note where something cannot be told."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from celery import Celery

from audit.scaling.pages import HistoryFilter
from audit.scaling.reading import PAGE_SIZE, Reader
from skep.core.record import EntryKind
from skep.ports import World
from tests.adapters.examples import decision, entry
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

INTERVAL = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    clock: FakeClock
    memory: FakeMemory
    journal: FakeJournal
    reader: Reader

    def decide(self, *names: str) -> None:
        """An evaluation of these services, now."""
        made = [replace(decision(name), at=self.clock.now()) for name in names]
        self.memory.remember(recommendations={}, decisions=made)


@pytest.fixture
def desk() -> Desk:
    clock = FakeClock()
    memory, journal = FakeMemory(clock), FakeJournal()
    world = World(
        clock=clock,
        swarm=FakeSwarm(clock),
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=memory,
        journal=journal,
    )
    reader = Reader(world, Celery("nobody listens"), interval=INTERVAL)
    return Desk(clock=clock, memory=memory, journal=journal, reader=reader)


def test_services_come_by_name_in_pages(desk: Desk) -> None:
    desk.decide(*[f"s{number:02d}" for number in range(PAGE_SIZE + 2)])
    second = desk.reader.overview(search="", page=2)
    assert [each.decision.service_name for each in second.standings] == [f"s{PAGE_SIZE}", f"s{PAGE_SIZE + 1}"]
    assert (second.total, second.notes) == (PAGE_SIZE + 2, ())
    assert desk.reader.overview(search="s07", page=1).total == 1


def test_each_service_has_its_own_course(desk: Desk) -> None:
    desk.decide("api", "web")
    now = desk.clock.now()
    desk.journal.append([entry(number, at=now - timedelta(hours=number), service="web") for number in (30, 3, 2)])
    api, web = desk.reader.overview(search="", page=1).standings
    assert (api.course, [each.replicas_after for each in web.course]) == ((), [2, 3])


def test_a_page_says_when_evaluations_have_stopped(desk: Desk) -> None:
    desk.decide("web")
    desk.clock.advance(5 * INTERVAL - timedelta(seconds=1))
    assert desk.reader.overview(search="", page=1).notes == ()
    desk.clock.advance(timedelta(seconds=1))
    (note,) = desk.reader.overview(search="", page=1).notes
    assert note.startswith("The latest evaluation was 1 min ago: nothing is scaled by load.")


def test_a_page_says_that_only_redis_tells_and_shows_what_it_has(desk: Desk) -> None:
    desk.decide("web")
    desk.journal.append([entry(7, at=desk.clock.now())])
    desk.journal.lose_archive()
    overview, history = desk.reader.overview(search="", page=1), desk.reader.history(HistoryFilter(), page=1)
    assert len(overview.standings) == len(history.entries) == 1
    for notes in (overview.notes, history.notes):
        (note,) = notes
        assert note.startswith("The journal is told as far as Redis holds it")


def test_what_redis_has_lost_is_shown_as_the_journal_recorded_it(desk: Desk) -> None:
    desk.journal.append([entry(7, at=desk.clock.now(), service="web")])
    seen = desk.reader.overview(search="", page=1)
    assert [each.decision.service_name for each in seen.standings] == ["web"]
    assert any(note.startswith("Redis remembers no decision") for note in seen.notes)


def test_nothing_but_a_note_is_shown_where_redis_is_out_of_reach(desk: Desk) -> None:
    desk.memory.break_down()
    desk.journal.break_down()
    for notes in (desk.reader.overview(search="", page=1).notes, desk.reader.history(HistoryFilter(), page=1).notes):
        (note,) = notes
        assert note.startswith("What skep remembers cannot be read")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(HistoryFilter(), [3, 2, 1], id="everything"),
        pytest.param(HistoryFilter(actor="ada"), [2], id="an actor"),
        pytest.param(HistoryFilter(outcome="refused"), [3], id="an outcome"),
        pytest.param(HistoryFilter(service="api"), [1], id="a service"),
        pytest.param(HistoryFilter(since="25m"), [3, 2], id="since"),
        pytest.param(HistoryFilter(until="15m"), [2, 1], id="until"),
        pytest.param(HistoryFilter(actor="ada", service="api"), [], id="two that exclude each other"),
    ],
)
def test_the_history_is_filtered(desk: Desk, wanted: HistoryFilter, found: list[int]) -> None:
    now = desk.clock.now()
    desk.journal.append(
        [
            entry(1, at=now - timedelta(minutes=30), service="api"),
            entry(2, at=now - timedelta(minutes=20), actor="ada"),
            entry(3, at=now - timedelta(minutes=10), kind=EntryKind.REFUSED),
            entry(4, at=now, kind=EntryKind.STATE),
        ]
    )
    assert [each.replicas_after for each in desk.reader.history(wanted, page=1).entries] == found

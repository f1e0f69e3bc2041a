"""What every kind of journal promises, proved on the fake and on a real Redis and InfluxDB together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx_journal import InfluxJournal
from skep.adapters.journals import ArchivedJournal
from skep.adapters.redis_journal import RedisJournal
from skep.core.decision import Hold
from skep.core.orders import ALL_SERVICES, OrderKind, PersonOrder
from skep.core.outside import OutsideChange, OutsideKind
from skep.core.record import Entry, EntryKind, ordered, outside
from skep.errors import Temporary
from skep.ports import Backlog, Excerpt, Journal
from tests.adapters.examples import HOSTILE_NAMES, entry
from tests.adapters.outages import Outage, outage_of_fake, outage_of_server
from tests.adapters.redis_clients import client_of
from tests.builders import NOW, ago
from tests.fakes.journal import FakeJournal
from tests.servers import RedisServer


class ArchiveAlone:
    """A journal whose Redis loses its data just before each reading, when InfluxDB has it all."""

    def __init__(self, journal: ArchivedJournal, server: RedisServer) -> None:
        self._journal = journal
        self._server = server

    def append(self, entries: Sequence[Entry]) -> None:
        self._journal.append(entries)

    def append_once(self, entry: Entry, name: str) -> bool:
        return self._journal.append_once(entry, name)

    def read(self, **wanted: Any) -> tuple[Entry, ...]:
        self.forward(limit=1_000_000)
        self._server.client.flushall()
        return self._journal.read(**wanted)

    def excerpt(self, **wanted: Any) -> Excerpt:
        self.forward(limit=1_000_000)
        self._server.client.flushall()
        return self._journal.excerpt(**wanted)

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> Excerpt:
        self.forward(limit=1_000_000)
        self._server.client.flushall()
        return self._journal.courses(services, since=since, every=every)

    def orders(self) -> tuple[Entry, ...]:
        self.forward(limit=1_000_000)
        self._server.client.flushall()
        return self._journal.orders()

    def forward(self, *, limit: int = 1000) -> int:
        return self._journal.forward(limit=limit)

    def backlog(self) -> Backlog:
        return self._journal.backlog()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    journal: Journal
    outage: Outage


_REAL = [pytest.mark.redis, pytest.mark.influx]


@pytest.fixture(
    params=[
        "fake",
        pytest.param("told by Redis", marks=_REAL),
        pytest.param("told by InfluxDB", marks=_REAL),
    ]
)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        fake = FakeJournal()
        yield World(journal=fake, outage=outage_of_fake(fake))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    influx = request.getfixturevalue("influx_server")
    with client_of(server) as client, InfluxJournal(InfluxAccess(url=influx.url, database="skep")) as archive:
        journal = ArchivedJournal(recent=RedisJournal(client), archive=archive)
        yield World(
            journal=journal if request.param == "told by Redis" else ArchiveAlone(journal, server),
            outage=outage_of_server(server),
        )


@pytest.fixture
def journal(world: World) -> Journal:
    return world.journal


def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert journal.read() == ()
    assert journal.read(service="web", since=NOW) == ()


def test_the_newest_entry_is_told_first(journal: Journal) -> None:
    journal.append([entry(1, at=ago(20)), entry(2, at=ago(10))])
    journal.append([entry(3, at=ago(0))])
    assert journal.read() == (entry(3, at=ago(0)), entry(2, at=ago(10)), entry(1, at=ago(20)))


def test_an_entry_comes_back_whole(journal: Journal) -> None:
    written = entry(7, actor="webhook:éclair", reason='a "quote", a line\nbreak, a \\ and 蜂')
    journal.append([written])
    assert journal.read() == (written,)


def test_an_entry_without_evaluation_task_and_decision_comes_back_without(journal: Journal) -> None:
    written = replace(entry(), evaluation=None, task_id=None, decision=None)
    journal.append([written])
    assert journal.read() == (written,)


def test_an_entry_of_a_megabyte_comes_back_whole(journal: Journal) -> None:
    written = entry(7, reason="x" * 500_000)
    journal.append([written])
    assert journal.read() == (written,)


def test_appending_nothing_is_fine(journal: Journal) -> None:
    journal.append([])
    assert journal.read() == ()


def test_what_is_appended_once_under_a_name_is_told_once_however_often_it_is_appended(journal: Journal) -> None:
    first, other, plain = entry(), replace(entry(), sentence="another"), replace(entry(), sentence="without a name")
    names = ("changed:scale.web.7", "changed:scale.web.7", "changed:scale.web.8")
    added = [journal.append_once(each, name) for each, name in zip((first, first, other), names, strict=True)]
    assert added == [True, False, True]
    journal.append([plain])
    journal.append([plain])
    assert journal.read() == (plain, plain, other, first)


def test_one_service_may_be_asked_for_and_is_not_mixed_up(journal: Journal) -> None:
    journal.append([entry(service=name) for name in ("web", "web2", "we", "WEB", "web")])
    assert journal.read(service="web") == (entry(service="web"), entry(service="web"))
    assert journal.read(service="we") == (entry(service="we"),)
    assert journal.read(service="nobody") == ()


@pytest.mark.parametrize("name", [pytest.param(name, id=kind) for kind, name in HOSTILE_NAMES.items()])
def test_a_hostile_name_is_a_name_like_any_other(journal: Journal, name: str) -> None:
    journal.append([entry(1, service=name), entry(2, service="web")])
    assert journal.read(service=name) == (entry(1, service=name),)
    assert journal.read(service="web") == (entry(2, service="web"),)
    assert len(journal.read()) == 2


def test_hostile_names_together_are_told_apart(journal: Journal) -> None:
    journal.append([entry(service=name) for name in HOSTILE_NAMES.values()])
    assert [journal.read(service=name) for name in HOSTILE_NAMES.values()] == [
        (entry(service=name),) for name in HOSTILE_NAMES.values()
    ]


def test_since_includes_its_instant_and_leaves_out_what_is_older(journal: Journal) -> None:
    instants = [ago(10), ago(5) - timedelta(microseconds=1), ago(5), ago(0)]
    journal.append([entry(number, at=at) for number, at in enumerate(instants)])
    assert [e.replicas_after for e in journal.read(since=ago(5))] == [3, 2]
    assert [e.replicas_after for e in journal.read(service="web", since=ago(5))] == [3, 2]


def test_until_includes_its_instant_and_leaves_out_what_is_younger(journal: Journal) -> None:
    instants = [ago(10), ago(5), ago(5) + timedelta(milliseconds=1), ago(0)]
    journal.append([entry(number, at=at) for number, at in enumerate(instants)])
    assert [e.replicas_after for e in journal.read(until=ago(5))] == [1, 0]
    assert [e.replicas_after for e in journal.read(service="web", until=ago(5), limit=1)] == [1]
    assert [e.replicas_after for e in journal.read(since=ago(5), until=ago(5))] == [1]


def test_nothing_was_recorded_before_the_calendar_of_computers(journal: Journal) -> None:
    journal.append([entry()])
    assert journal.read(until=datetime(1, 1, 1, tzinfo=UTC)) == ()


def test_since_the_beginning_of_the_calendar_is_everything(journal: Journal) -> None:
    journal.append([entry()])
    assert journal.read(since=datetime(1, 1, 1, tzinfo=UTC)) == (entry(),)


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 1000])
def test_no_more_than_the_limit_are_told_and_those_are_the_newest(journal: Journal, limit: int) -> None:
    entries = [entry(number, at=ago(-number)) for number in range(4)]
    journal.append(entries)
    newest = tuple(reversed(entries))[:limit]
    assert journal.read(limit=limit) == newest
    assert journal.read(service="web", limit=limit) == newest


def test_entries_of_the_same_instant_are_all_kept_in_order(journal: Journal) -> None:
    entries = [entry(number) for number in range(50)]
    journal.append(entries[:30])
    journal.append(entries[30:])
    assert journal.read() == tuple(reversed(entries))


def test_an_entry_that_comes_late_is_told_where_it_came(journal: Journal) -> None:
    journal.append([entry(1, at=ago(0))])
    journal.append([entry(2, at=ago(60))])
    assert [e.replicas_after for e in journal.read()] == [2, 1]


def test_all_kinds_are_told_together(journal: Journal) -> None:
    entries = [entry(number, kind=kind, at=ago(-number)) for number, kind in enumerate(EntryKind)]
    journal.append(entries)
    assert journal.read() == tuple(reversed(entries))
    assert journal.read(service="web") == tuple(reversed(entries))


def test_thousands_of_entries_may_be_appended_at_once(journal: Journal) -> None:
    entries = [entry(number, service=f"web{number % 100}") for number in range(2500)]
    journal.append(entries)
    assert journal.read(limit=5000) == tuple(reversed(entries))
    assert len(journal.read(service="web42", limit=5000)) == 25


def test_what_waits_is_forwarded_up_to_the_limit_and_told_as_before(journal: Journal) -> None:
    entries = [entry(number, at=ago(-number)) for number in range(5)]
    journal.append(entries)
    assert [journal.forward(limit=3), journal.forward(), journal.forward()] == [3, 2, 0]
    assert journal.read() == tuple(reversed(entries))


# --- orders of people --------------------------------------------------------------------------------------------


def ordered_at(age_s: float, kind: OrderKind = OrderKind.HOLD, *, service: str = "web") -> Entry:
    order = PersonOrder(
        kind=kind,
        service_id=f"{service}-id",
        actor="ada “desk”",
        at=ago(age_s),
        replicas=5 if kind is OrderKind.HOLD else None,
        until=None if kind is OrderKind.HOLD else ago(-3600),
        reason="the advert\nruns",
    )
    return ordered(order, service_name=service, replicas=3, task_id=f"{kind}.{service}.1")


def set_by_a_stranger(age_s: float) -> Entry:
    change = OutsideChange(kind=OutsideKind.PERSON, replicas_before=3, replicas_after=5, sentence="set from 3 to 5")
    hold = Hold(replicas=5, until=ago(-1800), actor="outside", reason="set from 3 to 5")
    order = PersonOrder.to_hold("web-id", hold, at=ago(age_s))
    return outside(change, at=ago(age_s), service_id="web-id", service_name="web", order=order)


def test_what_waits_for_the_permanent_store_is_told(journal: Journal) -> None:
    journal.append([entry(1), entry(2)])
    assert journal.backlog() == Backlog(waiting=2, lost=0)
    journal.forward()
    assert journal.backlog() == Backlog(waiting=0, lost=0)


def test_a_new_journal_knows_no_orders(journal: Journal) -> None:
    assert journal.orders() == ()


def test_orders_of_people_come_back_whole_and_oldest_first(journal: Journal) -> None:
    orders = (
        ordered_at(40),
        ordered_at(30, OrderKind.PAUSE, service="api"),
        set_by_a_stranger(20),
        ordered_at(10, OrderKind.RELEASE),
    )
    journal.append(orders)
    assert journal.orders() == orders


def test_what_goes_on_standing_from_nothing_is_no_order(journal: Journal) -> None:
    deploy = OutsideChange(kind=OutsideKind.DEPLOY, replicas_before=8, replicas_after=2, sentence="deployed")
    journal.append(
        [
            *(entry(number, kind=kind, at=ago(60 - number)) for number, kind in enumerate(EntryKind)),
            outside(deploy, at=ago(5), service_id="web-id", service_name="web"),
            ordered_at(0),
        ]
    )
    assert journal.orders() == (ordered_at(0),)


def test_orders_are_told_once_whether_they_were_forwarded_or_not(journal: Journal) -> None:
    journal.append([ordered_at(20)])
    journal.forward()
    journal.append([ordered_at(10, OrderKind.PAUSE)])
    assert journal.orders() == (ordered_at(20), ordered_at(10, OrderKind.PAUSE))


def test_an_order_of_all_services_comes_back(journal: Journal) -> None:
    pause = replace(ordered_at(10, OrderKind.PAUSE), service_id=ALL_SERVICES, service_name=ALL_SERVICES)
    journal.append([pause])
    assert journal.orders() == (pause,)
    assert journal.read(service=ALL_SERVICES) == (pause,)


def test_out_of_reach_is_temporary_and_passes(world: World) -> None:
    world.journal.append([entry(1)])
    world.outage.begin()
    with pytest.raises(Temporary):
        world.journal.append([entry(2)])
    with pytest.raises(Temporary):
        world.journal.read()
    with pytest.raises(Temporary):
        world.journal.forward()
    with pytest.raises(Temporary):
        world.journal.orders()
    world.outage.end()
    world.journal.append([entry(3, at=ago(-1))])
    assert [e.replicas_after for e in world.journal.read()] == [3, 1]


def test_the_courses_of_services_are_the_last_entry_of_each_span(journal: Journal) -> None:
    for seconds, kind in (
        (1800, EntryKind.STATE),
        (1000, EntryKind.CHANGED),
        (950, EntryKind.STATE),
        (0, EntryKind.STATE),
    ):
        journal.append([entry(seconds, at=ago(seconds), service=name, kind=kind) for name in ("web", "api", "db")])
    told = journal.courses(["web", "api", "nobody"], since=ago(1200), every=timedelta(minutes=15))
    found = {name: [e.replicas_after for e in told.entries if e.service_name == name] for name in ("web", "api", "db")}
    assert found == {"web": [0, 950], "api": [0, 950], "db": []}
    assert told.missing == ""


@pytest.mark.parametrize("name", [pytest.param(name, id=kind) for kind, name in HOSTILE_NAMES.items()])
def test_a_hostile_name_has_a_course_like_any_other(journal: Journal, name: str) -> None:
    journal.append([entry(1, service=name), entry(2, service="web")])
    told = journal.courses([name, "api"], since=ago(60), every=timedelta(minutes=15))
    assert told.entries == (entry(1, service=name),)

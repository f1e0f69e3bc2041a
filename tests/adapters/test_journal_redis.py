"""The recent part of the journal: what fits, what is found, and what waits for the archive."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from skep.adapters.clock import SystemClock
from skep.adapters.filing import Filed, Shelf
from skep.adapters.redis_journal import Capacity, RedisJournal
from skep.core.record import Entry, EntryKind
from skep.errors import Temporary
from skep.ports import Backlog
from tests.adapters.examples import entry
from tests.adapters.redis_clients import client_of, counting_client_of
from tests.builders import NOW, ago
from tests.servers import RedisServer

pytestmark = pytest.mark.redis

#: Redis trims whole blocks of a hundred small entries.
BLOCK = 100
ROOMY = Capacity(entries=100_000, size_bytes=64 << 20)


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with client_of(redis_server) as client:
        yield client


def small(number: int = 1, *, service: str = "web", kind: EntryKind = EntryKind.CHANGED) -> Entry:
    return replace(entry(number, service=service, kind=kind, at=ago(-number)), decision=None)


def numbers(filed: Sequence[Filed]) -> list[int]:
    return [one.entry.replicas_after for one in filed]


class TestRoom:
    """Both shelves are capped, and do not take room from each other."""

    def test_only_the_newest_entries_are_kept_roughly_by_their_number(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=500, size_bytes=64 << 20))
        for first in range(0, 3000, 300):
            journal.append([small(number) for number in range(first, first + 300)])
        kept = numbers(journal.newest(limit=10_000)[Shelf.CHANGES])
        assert 500 <= len(kept) <= 500 + BLOCK
        assert kept == list(range(2999, 2999 - len(kept), -1))

    def test_only_the_newest_entries_are_kept_roughly_by_their_size(self, client: redis.Redis) -> None:
        size_bytes = 200_000
        journal = RedisJournal(client, changes=Capacity(entries=100_000, size_bytes=size_bytes))
        for first in range(0, 1000, 50):
            journal.append([entry(number, at=ago(-number)) for number in range(first, first + 50)])
        kept = numbers(journal.newest(limit=10_000)[Shelf.CHANGES])
        assert size_bytes / 2 < (client.memory_usage("skep:journal:changes", samples=0) or 0) < size_bytes * 1.2
        assert kept == list(range(999, 999 - len(kept), -1))

    def test_one_entry_larger_than_the_room_is_kept_until_the_next(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=100_000, size_bytes=10_000))
        for number in (1, 2):
            journal.append([entry(number, reason="x" * 50_000)])
            assert numbers(journal.newest()[Shelf.CHANGES]) == [number]

    def test_regular_states_never_push_out_a_change(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, states=Capacity(entries=100, size_bytes=64 << 20))
        journal.append([small(0)])
        journal.append([small(number, kind=EntryKind.STATE) for number in range(1, 1001)])
        assert numbers(journal.newest()[Shelf.CHANGES]) == [0]
        assert len(journal.newest(limit=10_000)[Shelf.STATES]) <= 100 + BLOCK

    def test_the_index_of_a_service_is_trimmed_as_the_stream_is(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=500, size_bytes=64 << 20))
        for first in range(0, 3000, 100):
            journal.append([small(number) for number in range(first, first + 100)])
        assert client.xlen("skep:journal:changes:of:web") <= 500 + 3 * BLOCK
        assert len(journal.newest(service="web", limit=10_000)[Shelf.CHANGES]) <= 500 + BLOCK

    def test_the_index_of_a_service_that_is_no_more_goes_by_itself(self, client: redis.Redis) -> None:
        RedisJournal(client).append([small()])
        days_ms = timedelta(days=90) / timedelta(milliseconds=1)
        assert 0 < client.pttl("skep:journal:changes:of:web") <= days_ms

    def test_places_whose_entries_were_trimmed_are_passed_over(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=100, size_bytes=64 << 20))
        journal.append([small(0, service="rare")])
        journal.append([small(number) for number in range(1, 1000)])
        assert journal.newest(service="rare")[Shelf.CHANGES] == ()


class TestFinding:
    """However much there is, looking is quick."""

    def test_a_rare_service_among_thousands_of_entries_is_found_in_two_round_trips(
        self, redis_server: RedisServer
    ) -> None:
        with counting_client_of(redis_server) as (client, round_trips):
            journal = RedisJournal(client)
            journal.append([small(0, service="rare")])
            journal.append([small(number) for number in range(1, 5001)])
            round_trips.count = 0
            before = redis_server.client.info("stats")["total_net_output_bytes"]
            assert numbers(journal.newest(service="rare")[Shelf.CHANGES]) == [0]
            assert round_trips.count == 2
            assert redis_server.client.info("stats")["total_net_output_bytes"] - before < 20_000

    def test_all_services_are_told_in_one_round_trip(self, redis_server: RedisServer) -> None:
        with counting_client_of(redis_server) as (client, round_trips):
            journal = RedisJournal(client)
            journal.append([small(number) for number in range(500)])
            round_trips.count = 0
            assert len(journal.newest(limit=500)[Shelf.CHANGES]) == 500
            assert round_trips.count == 1

    @pytest.mark.parametrize("count", [1, 1000], ids=["one entry", "a thousand entries"])
    def test_appending_is_a_constant_number_of_round_trips(self, redis_server: RedisServer, count: int) -> None:
        with counting_client_of(redis_server) as (client, round_trips):
            RedisJournal(client).append([small(number, service=f"web{number}") for number in range(count)])
            round_trips.count = 0
            RedisJournal(client).append([small(number, service=f"web{number}") for number in range(count)])
            assert round_trips.count <= 2


class TestPlaces:
    """An entry is filed under its own instant where that keeps the order."""

    def test_an_entry_is_filed_under_its_own_instant(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([entry(at=ago(1.5))])
        assert journal.newest()[Shelf.CHANGES][0].filed_at_ns == int(ago(1.5).timestamp()) * 10**9 + 500_000_000

    def test_a_late_entry_is_filed_just_after_the_newest(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([entry(1, at=ago(0)), entry(2, at=ago(60))])
        newest, oldest = journal.newest()[Shelf.CHANGES]
        assert newest.filed_at_ns - oldest.filed_at_ns == 1

    def test_an_entry_of_the_future_is_filed_under_the_present(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        present = SystemClock().now()
        journal.append([entry(1, at=present + timedelta(days=400)), entry(2, at=present)])
        for filed in journal.newest()[Shelf.CHANGES]:
            assert abs(filed.filed_at_ns / 1e9 - present.timestamp()) < 60

    def test_a_millisecond_has_room_for_a_million_entries_and_then_the_next_is_used(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        instant_ms = int(NOW.timestamp() * 1000)
        client.xadd("skep:journal:changes", {"number": 1, "entry": "{}"}, id=f"{instant_ms}-999998")
        journal.append([entry(1), entry(2)])
        assert [filed.filed_at_ns for filed in journal.newest()[Shelf.CHANGES]] == [
            (instant_ms + 1) * 10**6,
            instant_ms * 10**6 + 999_999,
        ]

    def test_an_entry_from_before_1970_has_a_place_too(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([entry(1, at=NOW.replace(year=1900)), entry(2)])
        assert numbers(journal.newest()[Shelf.CHANGES]) == [2, 1]


class TestBacklog:
    """What the archive does not have yet waits, and what it never will is counted."""

    def test_everything_new_waits_oldest_first(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([small(number) for number in range(5)] + [small(9, kind=EntryKind.STATE)])
        assert journal.backlog() == Backlog(waiting=6, lost=0)
        some = journal.waiting(Shelf.CHANGES, limit=3)
        assert some is not None
        assert numbers(some.filed) == [0, 1, 2]

    def test_what_is_settled_waits_no_longer_but_is_still_told(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([small(number) for number in range(5)])
        settle(journal, limit=3)
        assert journal.backlog() == Backlog(waiting=2, lost=0)
        settle(journal, limit=3)
        assert journal.waiting(Shelf.CHANGES, limit=3) is None
        assert numbers(journal.newest()[Shelf.CHANGES]) == [4, 3, 2, 1, 0]

    def test_settling_twice_counts_once(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([small(number) for number in range(5)])
        one, other = (journal.waiting(Shelf.CHANGES, limit=3) for _ in range(2))
        assert one is not None
        assert other is not None
        journal.settle(Shelf.CHANGES, one, refused=1)
        journal.settle(Shelf.CHANGES, other, refused=1)
        assert journal.backlog() == Backlog(waiting=2, lost=1)

    def test_who_settles_less_than_is_settled_already_changes_nothing(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([small(number) for number in range(5)])
        slow = journal.waiting(Shelf.CHANGES, limit=2)
        settle(journal, limit=4)
        assert slow is not None
        journal.settle(Shelf.CHANGES, slow)
        assert journal.backlog() == Backlog(waiting=1, lost=0)

    def test_what_is_pushed_out_while_it_waits_is_counted_as_lost(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=100, size_bytes=64 << 20))
        journal.append([small(number) for number in range(1000)])
        kept = client.xlen("skep:journal:changes")
        assert journal.backlog() == Backlog(waiting=kept, lost=1000 - kept)

    def test_what_is_pushed_out_after_it_was_settled_is_not_lost(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=100, size_bytes=64 << 20))
        for first in range(0, 1000, 50):
            journal.append([small(number) for number in range(first, first + 50)])
            settle(journal, limit=50)
        assert journal.backlog() == Backlog(waiting=0, lost=0)

    def test_forwarding_goes_on_behind_what_was_pushed_out(self, client: redis.Redis) -> None:
        journal = RedisJournal(client, changes=Capacity(entries=100, size_bytes=64 << 20))
        journal.append([small(number) for number in range(50)])
        settle(journal, limit=10)
        journal.append([small(number) for number in range(50, 1000)])
        before = journal.backlog()
        some = journal.waiting(Shelf.CHANGES, limit=10_000)
        assert some is not None
        assert numbers(some.filed) == list(range(1000 - before.waiting, 1000))
        journal.settle(Shelf.CHANGES, some)
        assert journal.backlog() == Backlog(waiting=0, lost=before.lost)

    def test_nothing_is_settled_that_redis_has_forgotten(self, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([small(number) for number in range(5)])
        some = journal.waiting(Shelf.CHANGES, limit=5)
        client.flushall()
        assert some is not None
        journal.settle(Shelf.CHANGES, some)
        journal.append([small(7)])
        assert journal.backlog() == Backlog(waiting=1, lost=0)

    def test_the_backlog_survives_a_restart(self, redis_server: RedisServer, client: redis.Redis) -> None:
        journal = RedisJournal(client)
        journal.append([small(number) for number in range(5)])
        settle(journal, limit=2)
        redis_server.restart()
        assert journal.backlog() == Backlog(waiting=3, lost=0)


def settle(journal: RedisJournal, *, limit: int) -> None:
    """Settle what waits, as if the archive had taken it."""
    some = journal.waiting(Shelf.CHANGES, limit=limit)
    assert some is not None
    journal.settle(Shelf.CHANGES, some)


def test_an_entry_that_cannot_be_read_is_passed_over_and_logged_once(
    client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    journal = RedisJournal(client)
    journal.append([small(1)])
    client.xadd("skep:journal:changes", {"number": 2, "entry": '{"kind":"of another version"}'})
    client.hset("skep:journal:changes:books", "number", 2)
    assert numbers(journal.newest()[Shelf.CHANGES]) == [1]
    assert numbers(journal.newest()[Shelf.CHANGES]) == [1]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    settle(journal, limit=10)
    assert journal.backlog() == Backlog(waiting=0, lost=1)


def test_two_installations_in_one_redis_do_not_meet(client: redis.Redis) -> None:
    RedisJournal(client, prefix="blue:").append([small()])
    assert RedisJournal(client, prefix="green:").newest()[Shelf.CHANGES] == ()


def test_a_frozen_redis_is_out_of_reach_after_the_patience_and_not_later(redis_server: RedisServer) -> None:
    with client_of(redis_server, patience=timedelta(milliseconds=200)) as client:
        journal = RedisJournal(client)
        journal.append([small(1)])
        redis_server.pause()
        with pytest.raises(Temporary, match="out of reach"):
            journal.append([small(2)])
        with pytest.raises(Temporary, match="out of reach"):
            journal.newest()
        redis_server.resume()
        journal.append([small(3)])
        assert numbers(journal.newest()[Shelf.CHANGES])[0] == 3

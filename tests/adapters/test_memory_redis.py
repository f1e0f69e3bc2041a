"""What only the memory in Redis does."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skep.adapters.redis_memory import RedisMemory
from skep.core.decision import Hold, Recommendation, ScaleEvent
from skep.core.outside import Sighting
from skep.errors import Permanent, Temporary
from skep.ports import Memory
from tests.adapters.examples import decision, recommended
from tests.adapters.redis_clients import client_of, counting_client_of
from tests.builders import NOW, ago
from tests.eventually import eventually
from tests.servers import RedisServer

pytestmark = pytest.mark.redis

WINDOW = timedelta(minutes=5)


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with client_of(redis_server) as client:
        yield client


@pytest.fixture
def memory(client: redis.Redis) -> RedisMemory:
    return RedisMemory(client)


def evaluate(memory: Memory, services: list[str]) -> None:
    """What one evaluation does, however many services there are."""
    ids = [f"{service}-id" for service in services]
    memory.next_evaluation()
    memory.recall(ids)
    memory.remember(
        recommendations={service_id: recommended(30, 15, 0) for service_id in ids},
        decisions=[decision(service) for service in services],
        sightings={
            service_id: Sighting(name="web", version_index=7, replicas=3, fingerprint="a") for service_id in ids
        },
        forget=[f"{service}-of-yesterday" for service in services],
    )


def _now_ms(client: redis.Redis) -> int:
    seconds, microseconds = client.time()
    return seconds * 1000 + microseconds // 1000


@pytest.mark.parametrize("count", [1, 1000], ids=["one service", "a thousand services"])
def test_an_evaluation_is_three_round_trips(redis_server: RedisServer, count: int) -> None:
    services = [f"web{number}" for number in range(count)]
    with counting_client_of(redis_server) as (client, round_trips):
        memory = RedisMemory(client)
        evaluate(memory, services)
        round_trips.count = 0
        evaluate(memory, services)
    assert round_trips.count == 3


def test_everything_is_recalled_in_one_round_trip_also_when_orders_are_known(redis_server: RedisServer) -> None:
    with counting_client_of(redis_server) as (client, round_trips):
        memory = RedisMemory(client)
        memory.note_orders_known()
        memory.recall(["web-id"])
        round_trips.count = 0
        memory.recall(["web-id", "db-id"])
    assert round_trips.count == 1


@pytest.mark.parametrize("count", [0, 1, 2_500], ids=["no service", "one service", "thousands of services"])
def test_all_services_are_recalled_in_one_round_trip_as_if_they_were_named(
    redis_server: RedisServer, count: int
) -> None:
    services = [f"web{number}" for number in range(count)]
    ids = [f"{service}-id" for service in services]
    with counting_client_of(redis_server) as (client, round_trips):
        memory = RedisMemory(client)
        evaluate(memory, services)
        for service_id in ids[::7]:
            memory.add_event(service_id, ScaleEvent(at=NOW, change=int(service_id[3:-3]) + 1), keep=WINDOW)
        memory.add_event("forgotten-id", ScaleEvent(at=NOW, change=1), keep=WINDOW)
        round_trips.count = 0
        known = memory.recall()
        assert round_trips.count == 1
        assert known == memory.recall(ids)
    assert {service_id for service_id, history in known.histories.items() if history.events} == set(ids[::7])


@pytest.mark.parametrize("count", [1, 1000], ids=["one service", "a thousand services"])
def test_a_share_is_recalled_in_one_round_trip_after_two_for_all_shares(redis_server: RedisServer, count: int) -> None:
    services = [f"web{number}" for number in range(count)]
    with counting_client_of(redis_server) as (client, round_trips):
        memory = RedisMemory(client)
        evaluate(memory, services)
        round_trips.count = 0
        acts = memory.recall_acts()
        assert round_trips.count == 2
        memory.recall_share(acts.service_ids, acts)
    assert round_trips.count == 3


@pytest.mark.parametrize("count", [1, 1000], ids=["one service", "a thousand services"])
def test_an_evaluation_is_a_constant_number_of_commands(redis_server: RedisServer, count: int) -> None:
    services = [f"web{number}" for number in range(count)]
    with client_of(redis_server) as client:
        memory = RedisMemory(client)
        evaluate(memory, services)
        redis_server.client.config_resetstat()
        evaluate(memory, services)
    calls = {name: stats["calls"] for name, stats in redis_server.client.info("commandstats").items()}
    assert {name: calls[f"cmdstat_{name}"] for name in ("hmget", "mget", "hgetall", "hset", "hdel")} == {
        "hmget": 1,
        "mget": 1,
        "hgetall": 7,
        "hset": 3,
        "hdel": 4,
    }


@pytest.mark.parametrize("count", [1, 1000], ids=["one service", "a thousand services"])
def test_each_kind_of_memory_may_be_read_alone_in_one_round_trip(redis_server: RedisServer, count: int) -> None:
    ids = [f"web{number}-id" for number in range(count)]
    with counting_client_of(redis_server) as (client, round_trips):
        memory = RedisMemory(client)
        memory.orders_unknown_since()
        for read in (
            lambda: memory.histories(ids),
            lambda: memory.holds(ids),
            lambda: memory.decisions(ids),
            memory.decisions,
            memory.pauses,
            memory.pending,
            memory.orders_unknown_since,
        ):
            round_trips.count = 0
            read()
            assert round_trips.count == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(
        st.tuples(
            st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
            st.integers(0, 2**31 - 1),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_instant_and_count_comes_back_as_it_was(memory: RedisMemory, pairs: list[tuple[datetime, int]]) -> None:
    kept = tuple(Recommendation(at=at, replicas=replicas) for at, replicas in pairs)
    memory.remember(recommendations={"web-id": kept}, decisions=[])
    assert memory.histories(["web-id"])["web-id"].recommendations == kept


def test_evaluation_ids_rise_when_the_clock_of_redis_is_behind(memory: RedisMemory, client: redis.Redis) -> None:
    ahead = 99_000_000_000_000
    client.set("skep:evaluation", ahead)
    assert [memory.next_evaluation()[0] for _ in range(3)] == [ahead + 1, ahead + 2, ahead + 3]


def test_evaluation_ids_rise_across_a_flush(memory: RedisMemory, client: redis.Redis) -> None:
    before, _ = memory.next_evaluation()
    eventually(lambda: _now_ms(client) > before)
    client.flushall()
    after, _ = memory.next_evaluation()
    assert after > before


def test_a_damaged_evaluation_counter_begins_anew(memory: RedisMemory, client: redis.Redis) -> None:
    client.set("skep:evaluation", "x")
    evaluation, at = memory.next_evaluation()
    assert evaluation == int(at.timestamp() * 1000)


def test_events_of_writers_at_once_are_all_kept(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        memory = RedisMemory(client)
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
        events = [ScaleEvent(at=ago(age_s), change=1) for age_s in range(40)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda event: memory.add_event("web-id", event, keep=WINDOW), events))
        assert memory.histories(["web-id"])["web-id"].events == tuple(reversed(events))


def test_events_go_by_themselves_when_they_are_old(memory: RedisMemory, client: redis.Redis) -> None:
    memory.add_event("web-id", ScaleEvent(at=NOW, change=1), keep=WINDOW)
    assert 0 < client.pttl("skep:events:web-id") <= WINDOW / timedelta(milliseconds=1)


def test_two_installations_in_one_redis_do_not_meet(client: redis.Redis) -> None:
    blue, green = RedisMemory(client, prefix="blue:"), RedisMemory(client, prefix="green:")
    blue.remember(recommendations={"web-id": recommended(0)}, decisions=[decision()])
    blue.put_hold("web-id", Hold(replicas=5, until=None, actor="alice"))
    assert (green.histories(["web-id"]), green.holds(["web-id"]), green.decisions()) == ({}, {}, {})
    assert client.keys("[^b]*") == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"replicas":"five"}', id="of another version"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[[1e300,3]]", id="an instant no calendar has"),
        pytest.param(b"[[1e12,3]]", id="an instant beyond the year 9999"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"replicas":1,"until":null,"actor":"x","more":' + b"[" * 100_000, id="lists without end"),
    ],
)
def test_a_value_that_cannot_be_read_is_absent_and_logged_once(
    memory: RedisMemory, client: redis.Redis, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    def read() -> list[object]:
        known = memory.recall(["web-id", "db-id"])
        return [
            sorted(memory.histories(["web-id", "db-id"])),
            memory.holds(["web-id"]),
            memory.decisions(["web-id"]),
            memory.decisions(),
            memory.pending(),
            memory.pauses(),
            (sorted(known.histories), known.holds, known.decisions, known.pending, known.pauses, known.sightings),
        ]

    memory.remember(recommendations={"db-id": recommended(0)}, decisions=[])
    for key in ("recommendations", "holds", "decisions", "pending", "pauses", "sightings"):
        client.hset(f"skep:{key}", "web-id", damage)
    for _ in range(2):
        assert read() == [["db-id"], {}, {}, {}, {}, {}, (["db-id"], {}, {}, {}, {}, {})]
    assert sorted(record.getMessage().partition(" cannot")[0] for record in caplog.records) == [
        "skep:decisions of web-id",
        "skep:holds of web-id",
        "skep:pauses of web-id",
        "skep:pending of web-id",
        "skep:recommendations of web-id",
        "skep:sightings of web-id",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_an_order_that_ends_at_nobody_knows_whose_time_is_absent(memory: RedisMemory, client: redis.Redis) -> None:
    """Were it told, no evaluation could compare its end with now, and none of any service would end."""
    client.hset("skep:holds", "web-id", b'{"replicas":5,"until":"2026-03-01T12:00:00","actor":"ada"}')
    client.hset("skep:pauses", "web-id", b'{"until":"2026-03-01T12:00:00","actor":"ada"}')
    known = memory.recall(["web-id"])
    assert (known.holds, known.pauses) == ({}, {})
    memory.sweep_orders(ended_before=NOW)


@pytest.mark.parametrize("damage", ["nan", "inf", "-1", "much"])
def test_a_load_of_a_pool_that_is_none_is_left_out(memory: RedisMemory, client: redis.Redis, damage: str) -> None:
    client.rpush("skep:pool-loads:workers", f"{ago(15).timestamp()} {damage}", f"{NOW.timestamp()} 2.5")
    assert list(memory.pool_loads("workers", last=9)) == [(NOW, 2.5)]


def test_events_that_cannot_be_read_are_begun_anew(memory: RedisMemory, client: redis.Redis) -> None:
    client.set("skep:events:web-id", "{")
    memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
    assert memory.histories(["web-id"])["web-id"].events == ()
    memory.add_event("web-id", ScaleEvent(at=NOW, change=1), keep=WINDOW)
    assert memory.histories(["web-id"])["web-id"].events == (ScaleEvent(at=NOW, change=1),)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda admin: admin.config_set("maxmemory", 1), "maxmemory", id="no memory left"),
        pytest.param(lambda admin: admin.set("skep:holds", "x"), "WRONGTYPE", id="a foreign key"),
    ],
)
def test_what_needs_a_person_is_said_in_redis_words(
    redis_server: RedisServer, memory: RedisMemory, spoil: Callable[[redis.Redis], object], words: str
) -> None:
    spoil(redis_server.client)
    with pytest.raises(Permanent, match=rf"^Redis at 127.0.0.1:\d+ refuses a command of skep: .*{words}"):
        memory.put_hold("web-id", Hold(replicas=5, until=None, actor="alice"))


def test_a_frozen_redis_is_out_of_reach_after_the_patience_and_not_later(redis_server: RedisServer) -> None:
    with client_of(redis_server, patience=timedelta(milliseconds=200)) as client:
        memory = RedisMemory(client)
        memory.next_evaluation()
        redis_server.pause()
        for _ in range(3):
            with pytest.raises(Temporary, match="out of reach"):
                memory.next_evaluation()
        redis_server.resume()
        memory.next_evaluation()


def test_a_redis_that_was_killed_and_came_back_empty_is_written_to_again(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        memory = RedisMemory(client)
        before, _ = memory.next_evaluation()
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision()])
        redis_server.lose_data()
        after, _ = memory.next_evaluation()
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision()])
    assert after > before

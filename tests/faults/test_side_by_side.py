"""Workers of two versions share one Redis during an upgrade: what the other wrote is read, or counts as absent.

The bytes are recorded, and never made anew by the code that reads them: a change of format that cannot read them is
seen here.
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import redis

from skep.adapters.redis_memory import RedisMemory
from skep.core.action import ScaleOrder
from skep.core.decision import Verdict
from skep.core.record import EntryKind, entry_from_json
from tests.adapters.redis_clients import client_of
from tests.servers import RedisServer

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

DECISION = (
    b'{"evaluation":1772366400000,"at":"2026-03-01T12:00:00Z","service_id":"shop-id","service_name":"shop",'
    b'"verdict":"grow","reason":"requests 240/s on 2 replicas, target 50/s each","replicas":2,"running":2,"goal":5,'
    b'"recommendation":5,"bounds":{"min_replicas":1,"max_replicas":10},"proposals":[{"metric":"requests",'
    b'"unit":"per_second","target_value":50.0,"value":120.0,"total":240.0,"at":"2026-03-01T12:00:00Z","replicas":5,'
    b'"needed":4.8,"is_active":true,"formula":"240/s / 50/s = 4.80","gap":null,"gap_since":null,"stand_in":null,'
    b'"may_shrink":true}],"steps":[],"waiting_for_room":0,"inaction":null,"outside":null,"next_change_at":null}'
)
ENTRY = (
    b'{"kind":"changed","at":"2026-03-01T12:00:00Z","service_id":"shop-id","service_name":"shop","actor":"skep",'
    b'"replicas_before":2,"replicas_after":5,"sentence":"shop 2 \xe2\x86\x92 5: requests 240/s on 2 replicas, target '
    b'50/s each","evaluation":1772366400000,"task_id":"scale.shop.1772366400000","decision":' + DECISION + b","
    b'"order":null,"node_id":null,"node_name":null}'
)
HOLD = b'{"replicas":5,"until":null,"actor":"cli:ann","reason":"sale","task_id":"t1"}'
PAUSE = b'{"until":"2026-03-01T13:00:00Z","actor":"cli:ann","reason":"","task_id":null,"covers_all":false}'
SIGHTING = (
    b'{"name":"shop","version_index":7,"replicas":2,"fingerprint":"a6cb565a1f18806132741cc7a9d17e1d",'
    b'"labels":[["skep.enable","true"]],"deployed_replicas":2,"goal":5,"owed_replicas":null,"last_change_at":null}'
)
PENDING = (
    b'{"order":{"service_id":"shop-id","service_name":"shop","replicas":5,"seen_replicas":2,'
    b'"evaluation":1772366400000,"reason":"requests","actor":"skep","allow_beyond_bounds":false},'
    b'"replicas_before":2,"at":"2026-03-01T12:00:00Z","task_id":"t1","hold_for":null}'
)
RECOMMENDATIONS = b"[[1772366385.0,2],[1772366400.0,5]]"
RECORDED = {
    "decisions": DECISION,
    "holds": HOLD,
    "pauses": PAUSE,
    "sightings": SIGHTING,
    "pending": PENDING,
    "recommendations": RECOMMENDATIONS,
}


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """With all that the other version remembers of a shop."""
    with client_of(redis_server) as client:
        for kind, text in RECORDED.items():
            client.hset(f"skep:{kind}", "shop-id", text)
        yield client


def newer(text: bytes, **fields: Any) -> bytes:
    return msgspec.json.encode(json.loads(text) | fields)


@pytest.mark.redis
def test_what_was_recorded_means_what_it_meant(client: redis.Redis) -> None:
    known = RedisMemory(client).recall()
    assert known.decisions["shop-id"].verdict is Verdict.GROW
    assert (known.decisions["shop-id"].goal, known.decisions["shop-id"].at) == (5, AT)
    assert (known.holds["shop-id"].replicas, known.holds["shop-id"].until) == (5, None)
    assert known.pauses["shop-id"].until == AT + timedelta(hours=1)
    assert known.sightings["shop-id"].goal == 5
    assert known.pending["shop-id"].order == ScaleOrder(
        service_id="shop-id",
        service_name="shop",
        replicas=5,
        seen_replicas=2,
        evaluation=1_772_366_400_000,
        reason="requests",
        actor="skep",
    )
    assert [recommended.replicas for recommended in known.histories["shop-id"].recommendations] == [2, 5]


@pytest.mark.redis
@pytest.mark.parametrize("kind", sorted(RECORDED.keys() - {"recommendations"}))
def test_a_field_that_only_a_newer_version_knows_is_passed_over(client: redis.Redis, kind: str) -> None:
    memory = RedisMemory(client)
    before = getattr(memory.recall(), kind)
    client.hset(f"skep:{kind}", "shop-id", newer(RECORDED[kind], brand_new={"of": ["a newer", 1]}))
    assert getattr(memory.recall(), kind) == before


@pytest.mark.redis
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("decisions", newer(DECISION, verdict="sideways"), id="a verdict not known yet"),
        pytest.param("decisions", newer(DECISION, goal="5 or 6"), id="a goal of another shape"),
        pytest.param("holds", newer(HOLD, replicas={"least": 5}), id="a hold of another shape"),
        pytest.param("sightings", b"\x82\xa4name\xa4shop", id="another encoding"),
        pytest.param("recommendations", b'[{"at":1,"replicas":2}]', id="recommendations of another shape"),
    ],
)
def test_what_cannot_be_read_counts_as_absent_and_is_said_while_the_rest_is_read(
    client: redis.Redis, caplog: pytest.LogCaptureFixture, kind: str, text: bytes
) -> None:
    client.hset(f"skep:{kind}", "shop-id", text)
    client.hset(f"skep:{kind}", "web-id", RECORDED[kind])
    with caplog.at_level(logging.WARNING):
        known = RedisMemory(client).recall()
    found = known.histories if kind == "recommendations" else getattr(known, kind)
    assert set(found) == {"web-id"}
    assert "shop-id cannot be read and counts as absent" in caplog.text


def test_a_recorded_entry_of_the_journal_means_what_it_meant() -> None:
    entry = entry_from_json(ENTRY)
    assert (entry.kind, entry.replicas_before, entry.replicas_after) == (EntryKind.CHANGED, 2, 5)
    assert entry.sentence == "shop 2 → 5: requests 240/s on 2 replicas, target 50/s each"
    assert entry.decision is not None
    assert entry_from_json(newer(ENTRY, brand_new=1)) == entry


def test_an_entry_of_a_kind_not_known_yet_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError, match="Invalid enum value"):
        entry_from_json(newer(ENTRY, kind="foreseen"))

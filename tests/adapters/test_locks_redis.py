"""What only locks in Redis do."""

import logging
from datetime import timedelta

import pytest

from skep.adapters.redis_connection import connect
from skep.adapters.redis_locks import RedisLocks
from skep.errors import Permanent, Temporary
from tests.adapters.redis_clients import client_of, counting_client_of
from tests.eventually import eventually
from tests.servers import RedisServer

pytestmark = pytest.mark.redis

LONG = timedelta(minutes=5)


def test_a_lock_stands_under_its_prefix_and_carries_its_end(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client, RedisLocks(client, prefix="blue:").hold("node:n1", ttl=LONG):
        assert redis_server.client.keys() == [b"blue:lock:node:n1"]
        assert 0 < redis_server.client.pttl("blue:lock:node:n1") <= 300_000


def test_taking_and_releasing_are_one_round_trip_each(redis_server: RedisServer) -> None:
    with counting_client_of(redis_server) as (client, round_trips):
        locks = RedisLocks(client)
        with locks.hold("warm-up", ttl=LONG):
            pass
        round_trips.count = 0
        with locks.hold("service:web", ttl=LONG):
            assert round_trips.count == 1
        assert round_trips.count == 2


def test_a_frozen_redis_is_out_of_reach_after_the_patience_and_not_later(redis_server: RedisServer) -> None:
    with client_of(redis_server, patience=timedelta(milliseconds=200)) as client:
        locks = RedisLocks(client)
        redis_server.pause()
        for _ in range(3):
            with pytest.raises(Temporary, match="out of reach"), locks.hold("service:web", ttl=LONG):
                pass
        redis_server.resume()
        with locks.hold("service:other", ttl=LONG) as is_held:
            assert is_held


def test_a_lock_survives_a_restart_of_redis(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client, RedisLocks(client).hold("service:web", ttl=LONG):
        redis_server.restart()
        with RedisLocks(client).hold("service:web", ttl=LONG) as is_held:
            assert not is_held


def test_a_lock_that_ended_before_its_work_is_told_in_the_log(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(redis_server) as client, RedisLocks(client).hold("web", ttl=timedelta(milliseconds=5)):
        eventually(lambda: not redis_server.client.exists("skep:lock:web"))
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.WARNING, "skep:lock:web ended before its work did")
    ]


def test_a_wrong_password_needs_a_person_and_is_not_shown(redis_server: RedisServer) -> None:
    redis_server.client.acl_setuser("worker", enabled=True, passwords=["+right"], keys=["*"], commands=["+@all"])
    url = redis_server.url.replace("redis://", "redis://worker:hunter2@")
    try:
        with connect(url) as client, pytest.raises(Permanent) as caught, RedisLocks(client).hold("x", ttl=LONG):
            pass
    finally:
        redis_server.client.acl_deluser("worker")
    assert "refuses skep's credentials" in str(caught.value)
    assert "hunter2" not in str(caught.value)

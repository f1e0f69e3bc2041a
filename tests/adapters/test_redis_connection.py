"""A client of Redis gives up quickly, sends nothing twice, and says what its errors mean."""

from datetime import timedelta

import pytest
import redis
from redis.exceptions import AuthenticationError, BusyLoadingError, ReadOnlyError

from skep.adapters.redis_connection import connect, redis_errors
from skep.errors import Permanent, SkepError, Temporary
from tests.adapters.redis_clients import client_of
from tests.eventually import eventually
from tests.servers import RedisServer, free_port


def test_no_wait_is_longer_than_five_seconds() -> None:
    with connect("redis://redis:6379/0") as client:
        settings = client.get_connection_kwargs()
    assert settings["socket_timeout"] <= 5
    assert settings["socket_connect_timeout"] <= 5


def test_another_scheme_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="redis://"):
        connect("http://redis:6379")


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        pytest.param(redis.ConnectionError("refused"), Temporary, id="nobody listens"),
        pytest.param(redis.TimeoutError("timed out"), Temporary, id="no answer"),
        pytest.param(BusyLoadingError("loading"), Temporary, id="loading its data"),
        pytest.param(ReadOnlyError("replica"), Temporary, id="a replica, in the middle of a failover"),
        pytest.param(AuthenticationError("wrong password"), Permanent, id="wrong password"),
        pytest.param(redis.ResponseError("WRONGTYPE"), Permanent, id="a key that holds something foreign"),
    ],
)
def test_an_error_is_temporary_or_needs_a_person(error: redis.RedisError, meaning: type[SkepError]) -> None:
    with (
        connect("redis://:secret@redis:6379/0") as client,
        pytest.raises(meaning, match=r"^Redis at redis:6379 ") as caught,
        redis_errors(client),
    ):
        raise error
    assert "secret" not in str(caught.value)


def test_a_socket_in_the_file_system_is_named_too() -> None:
    with (
        connect("unix:///run/redis.sock") as client,
        pytest.raises(Temporary, match=r"^Redis at /run/redis\.sock is out of reach"),
        redis_errors(client),
    ):
        client.ping()


def test_errors_that_are_not_of_redis_are_left_alone() -> None:
    with connect("redis://redis") as client, pytest.raises(KeyError), redis_errors(client):
        raise KeyError


def test_nobody_listening_is_told_at_once() -> None:
    with (
        connect(f"redis://127.0.0.1:{free_port()}") as client,
        pytest.raises(Temporary, match="refused"),
        redis_errors(client),
    ):
        client.ping()


@pytest.mark.redis
def test_a_write_whose_answer_was_lost_is_not_sent_again(redis_server: RedisServer) -> None:
    with client_of(redis_server, patience=timedelta(milliseconds=100)) as client:
        client.set("written", 0)
        redis_server.pause()
        with pytest.raises(Temporary), redis_errors(client):
            client.incr("written")
        redis_server.resume()
        eventually(lambda: redis_server.client.get("written") != b"0")
        assert client.get("written") == b"1"


@pytest.mark.redis
def test_a_connection_that_broke_while_it_was_idle_is_replaced_unnoticed(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        client.ping()
        redis_server.restart()
        assert client.ping()

"""Clients of a real Redis, made as skep makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import redis

from skep.adapters.redis_connection import connect
from tests.servers import RedisServer

__all__ = ["RoundTrips", "client_of", "counting_client_of"]


@contextmanager
def client_of(server: RedisServer, *, patience: timedelta = timedelta(seconds=3)) -> Iterator[redis.Redis]:
    """A client that is closed after the block."""
    with connect(server.url, patience=patience) as client:
        yield client


class RoundTrips:
    """Counts how often a client sends something and waits for the answer."""

    def __init__(self) -> None:
        self.count = 0

    def counted_connection(self) -> type[redis.Connection]:
        """A connection that counts."""

        class Counted(redis.Connection):
            def send_packed_command(connection, *args: Any, **kwargs: Any) -> None:  # noqa: N805
                self.count += 1
                super().send_packed_command(*args, **kwargs)  # type: ignore[no-untyped-call] # the library's own

        return Counted


@contextmanager
def counting_client_of(server: RedisServer) -> Iterator[tuple[redis.Redis, RoundTrips]]:
    """A client that is connected already, and the count of its round trips from here on."""
    round_trips = RoundTrips()
    with client_of(server) as client:
        client.connection_pool.connection_class = round_trips.counted_connection()
        client.ping()
        round_trips.count = 0
        yield client, round_trips

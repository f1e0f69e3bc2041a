"""A worker outlives its broker's end, also in the middle of a task."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from kombu import Connection, Consumer, Exchange, Queue

from tests.servers import RedisServer
from workers.consumer import let_go

pytestmark = pytest.mark.redis


@pytest.fixture
def half_closed(redis_server: RedisServer) -> Iterator[Connection]:
    """What a worker holds after it has collected a lost connection: one task begun, the channel for it still open."""
    connection = Connection(redis_server.url)
    work = Queue("act", channel=connection.default_channel)
    work.declare()
    remote_control = connection.channel()
    # As Celery's worker has one: the queue is to be deleted with its channel, for which the broker has to be there.
    orders = Queue("pidbox", Exchange("celery.pidbox", "fanout"), channel=remote_control, auto_delete=True)
    orders.declare()
    assert remote_control.client  # type: ignore[attr-defined]  # connected, as after a first order
    Consumer(remote_control, [orders]).consume()
    begun: list[object] = []
    Consumer(connection.default_channel, [work], callbacks=[lambda _body, message: begun.append(message)]).consume()
    connection.Producer().publish({}, routing_key="act", serializer="json")
    while not begun:
        connection.drain_events(timeout=30)
    with suppress(socket.timeout):  # the next message is waited for when the broker dies
        connection.drain_events(timeout=0.01)
    redis_server.stop()
    connection.collect(socket_timeout=1)
    yield connection
    let_go(connection)


def test_a_lost_connection_with_a_task_begun_is_let_go_without_an_error(half_closed: Connection) -> None:
    let_go(half_closed)


def test_kombu_itself_would_raise_what_no_worker_survives(half_closed: Connection) -> None:
    """When this fails, kombu has mended it, and ``let_go`` can go."""
    with pytest.raises(AttributeError, match="hostname"):
        half_closed.close()

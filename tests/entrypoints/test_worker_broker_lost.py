"""A worker outlives its broker's end, also in the middle of a task."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from kombu import Connection, Consumer, Exchange, Message, Queue

from tests.servers import RedisServer
from workers.channel import LastingChannel

pytestmark = pytest.mark.redis

_LOG = logging.getLogger(__name__)


@contextmanager
def half_closed(server: RedisServer, channel: type | None) -> Iterator[tuple[Connection, Message]]:
    """What a worker holds after it has collected a lost connection: a task begun, and its channel still open."""
    connection = Connection(server.url)
    if channel is not None:
        connection.transport.Channel = channel  # type: ignore[attr-defined]  # the stubs lack it
    work = Queue("act", channel=connection.default_channel)
    work.declare()
    remote_control = connection.channel()
    # As Celery's worker has one: the queue is to be deleted with its channel, for which the broker has to be there.
    orders = Queue("pidbox", Exchange("celery.pidbox", "fanout"), channel=remote_control, auto_delete=True)
    orders.declare()
    channels = (connection.default_channel, remote_control)
    assert remote_control.client  # type: ignore[attr-defined]  # connected, as after a first order
    Consumer(remote_control, [orders]).consume()
    begun: list[Message] = []
    Consumer(connection.default_channel, [work], callbacks=[lambda _body, message: begun.append(message)]).consume()
    connection.Producer().publish({}, routing_key="act", serializer="json")
    while not begun:
        connection.drain_events(timeout=30)
    with suppress(socket.timeout):  # the next message is waited for when the broker dies
        connection.drain_events(timeout=0.01)
    server.stop()
    connection.collect(socket_timeout=1)
    yield connection, begun[0]
    with suppress(AttributeError):
        connection.close()
    for left in channels:
        left._disconnect_pools()  # type: ignore[attr-defined]  # kombu's own channels leave sockets open
        left._close_clients()  # type: ignore[attr-defined]  # the stubs lack it


def test_a_lost_connection_with_a_task_begun_is_closed_without_an_error(redis_server: RedisServer) -> None:
    with half_closed(redis_server, LastingChannel) as (connection, _):
        connection.close()


@pytest.mark.parametrize("is_closed", [False, True], ids=["before the connection is closed", "afterwards"])
def test_a_task_may_end_after_its_broker(redis_server: RedisServer, is_closed: bool) -> None:
    with half_closed(redis_server, LastingChannel) as (connection, message):
        if is_closed:
            connection.close()
        message.ack_log_error(_LOG, connection.connection_errors)
        assert not message.acknowledged


def test_kombu_itself_would_raise_what_no_worker_survives(redis_server: RedisServer) -> None:
    """When this fails, kombu has mended it, and ``LastingChannel`` can go."""
    with half_closed(redis_server, None) as (connection, _), pytest.raises(AttributeError, match="hostname"):
        connection.close()

"""No order is lost with a worker that dies, freezes, or has its hands full while the order is handed to it."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from kombu import Connection, Consumer, Message, Queue
from kombu.transport import redis as kombu_redis

from tests.servers import RedisServer
from workers.taking import TakingChannel

pytestmark = pytest.mark.redis

_PREFIX = "here:"
_SENT = "sent by a person"


class Taker:
    """One worker's side of the queue, with one hand: it takes a message at a time.

    Attributes:
        begun: the messages it has, oldest first.
    """

    def __init__(self, url: str, channel: type, queues: tuple[str, ...] = ("act",)) -> None:
        options = {"global_keyprefix": _PREFIX, "priority_steps": [0], "visibility_timeout": 120, "socket_timeout": 1}
        self.connection = Connection(url, transport_options=options)
        self.connection.transport.Channel = channel  # type: ignore[attr-defined]  # the stubs lack it
        self.begun: list[Message] = []
        inlet = self.connection.default_channel
        declared = [Queue(name, channel=inlet) for name in queues]
        self.consumer = consumer = Consumer(
            inlet, declared, callbacks=[lambda _body, message: self.begun.append(message)]
        )
        consumer.qos(prefetch_count=1)
        consumer.consume()

    def send(self, *bodies: str, queue: str = "act") -> None:
        with self.connection.Producer() as producer:
            for body in bodies:
                producer.publish(body, routing_key=queue, serializer="json")

    def look(self, timeout_s: float = 0.05) -> None:
        """What its event loop does in one turn."""
        with suppress(socket.timeout):
            self.connection.drain_events(timeout=timeout_s)

    def wait(self) -> None:
        """Await for the next message, without reading what comes."""
        poller = self.connection.transport.cycle  # type: ignore[attr-defined]  # the stubs lack it
        poller.on_poll_start()

    def die(self) -> None:
        """End as by kill -9: its sockets close, and nothing else happens."""
        channel = self.connection.default_channel
        channel._in_poll.disconnect()  # type: ignore[attr-defined]  # the stubs lack it


@pytest.fixture
def taker(redis_server: RedisServer) -> Iterator[Callable[..., Taker]]:
    """Makes workers' sides, closed afterwards."""
    with ExitStack() as made:

        def make(channel: type = TakingChannel, queues: tuple[str, ...] = ("act",)) -> Taker:
            return made.enter_context(_closing(Taker(redis_server.url, channel, queues)))

        yield make


@contextmanager
def _closing(taker: Taker) -> Iterator[Taker]:
    yield taker
    channel = taker.connection.default_channel
    taker.connection.close()
    channel._disconnect_pools()  # type: ignore[attr-defined]  # kombu's own channels leave sockets open
    channel._close_clients()  # type: ignore[attr-defined]  # the stubs lack it


def _until(is_so: Callable[[], object], *takers: Taker) -> None:
    for _ in range(200):
        if is_so():
            return
        for each in takers:
            each.look()
    raise AssertionError("nobody took it")


def _read_by(other: Taker) -> list[str]:
    return [str(message.decode()) for message in other.begun]


def test_a_message_is_taken_and_acknowledged(taker: Callable[..., Taker], redis_server: RedisServer) -> None:
    one = taker()
    one.send(_SENT)
    _until(lambda: one.begun, one)
    taken = redis_server.client.hlen(f"{_PREFIX}unacked")
    one.begun[0].ack()
    left = redis_server.client.hlen(f"{_PREFIX}unacked"), redis_server.client.llen(f"{_PREFIX}act")
    assert (_read_by(one), taken, left) == ([_SENT], 1, (0, 0))


def test_what_is_taken_is_handed_out_again_when_its_worker_is_gone(
    taker: Callable[..., Taker], redis_server: RedisServer
) -> None:
    dead, other = taker(), taker()
    dead.send(_SENT)
    _until(lambda: dead.begun, dead)
    redis_server.client.zadd(f"{_PREFIX}unacked_index", {str(dead.begun[0].delivery_tag): 0})  # long ago
    _until(lambda: other.begun, other)
    assert _read_by(other) == [_SENT]


def test_what_a_dead_worker_was_shown_goes_to_another(taker: Callable[..., Taker]) -> None:
    dead, other = taker(), taker()
    dead.wait()
    other.send(_SENT)
    dead.die()
    _until(lambda: other.begun, other)
    assert _read_by(other) == [_SENT]


def test_kombu_itself_would_lose_it(taker: Callable[..., Taker], redis_server: RedisServer) -> None:
    """When this fails, kombu has mended it, and ``TakingChannel`` can go."""
    dead, other = taker(kombu_redis.Channel), taker(kombu_redis.Channel)
    dead.wait()
    other.send(_SENT)
    dead.die()
    kept = redis_server.client.hlen(f"{_PREFIX}unacked"), redis_server.client.llen(f"{_PREFIX}act")
    assert kept == (0, 0)


def test_who_has_its_hands_full_keeps_nothing_from_others(taker: Callable[..., Taker]) -> None:
    busy, free = taker(), taker()
    busy.wait()
    busy.send("first", "second")
    _until(lambda: busy.begun, busy)
    busy.look()
    _until(lambda: free.begun, free, busy)
    assert (_read_by(busy), _read_by(free)) == (["first"], ["second"])


def test_what_redis_was_asked_for_and_did_not_answer_in_time_is_handed_out_at_once(
    taker: Callable[..., Taker], redis_server: RedisServer
) -> None:
    one = taker()
    one.wait()
    one.send(_SENT)
    redis_server.pause()
    with pytest.raises(one.connection.connection_errors):
        _until(lambda: one.begun, one)
    redis_server.resume()
    one.connection.collect(socket_timeout=1)
    other = taker()
    _until(lambda: other.begun, other)
    assert (one.begun, _read_by(other), TakingChannel.in_doubt) == ([], [_SENT], [])


def test_a_claim_can_be_repeated_and_takes_nothing_from_others(
    taker: Callable[..., Taker], redis_server: RedisServer
) -> None:
    one = taker()
    one.send(_SENT)
    (shown,) = redis_server.client.lrange(f"{_PREFIX}act", 0, -1)
    mine, others = (one.connection.default_channel._claim("act", shown) for _ in range(2))  # type: ignore[attr-defined]
    client = redis_server.client
    assert [mine.take(client), mine.take(client), others.take(client)] == [True, True, False]
    assert [others.put_back(client), mine.put_back(client), mine.put_back(client)] == [False, True, False]
    assert client.lrange(f"{_PREFIX}act", 0, -1) == [shown]
    assert (client.hlen(f"{_PREFIX}unacked"), client.zcard(f"{_PREFIX}unacked_index")) == (0, 0)


def test_a_worker_that_was_told_to_take_no_more_takes_no_more(taker: Callable[..., Taker]) -> None:
    unfit, fit = taker(), taker()
    unfit.wait()
    unfit.consumer.cancel()
    fit.send(_SENT)
    unfit.look()
    _until(lambda: fit.begun, fit)
    assert (_read_by(unfit), _read_by(fit)) == ([], [_SENT])


def test_each_message_is_taken_once_by_however_many(taker: Callable[..., Taker]) -> None:
    takers = [taker() for _ in range(3)]
    bodies = [f"message {number}" for number in range(60)]
    takers[0].send(*bodies)
    done: list[str] = []

    def all_done() -> bool:
        for each in takers:
            for message in each.begun:
                done.append(str(message.decode()))
                message.ack()
            each.begun.clear()
        return len(done) >= len(bodies)

    _until(all_done, *takers)
    for each in takers:
        each.look()
    assert (sorted(done), [each.begun for each in takers]) == (sorted(bodies), [[], [], []])


def test_messages_come_in_the_order_in_which_they_were_sent(taker: Callable[..., Taker]) -> None:
    one = taker()
    one.send("first", "second", "third")
    read = []
    for _ in range(3):
        _until(lambda: one.begun, one)
        read += _read_by(one)
        one.begun.pop().ack()
    assert read == ["first", "second", "third"]


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"\xff\x00", id="no text"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[]", id="JSON of another shape"),
        pytest.param(b'{"properties": {}}', id="a message without a tag"),
        pytest.param(b'{"properties": {"delivery_tag": ["t"], "delivery_info": {}}}', id="a tag that is no text"),
        pytest.param(b'{"properties": {"delivery_tag": "t"}}', id="a message from nowhere"),
        pytest.param(
            b'{"properties": {"delivery_tag": "t", "body_encoding": "base64", "delivery_info": '
            b'{"exchange": "", "routing_key": "act"}}, "body": "x"}',
            id="a body that is not what it is called",
        ),
    ],
)
def test_a_message_that_nobody_can_read_is_named_and_thrown_away(
    taker: Callable[..., Taker], redis_server: RedisServer, caplog: pytest.LogCaptureFixture, junk: bytes
) -> None:
    one = taker()
    redis_server.client.lpush(f"{_PREFIX}act", junk)
    one.send(_SENT)
    with caplog.at_level(logging.ERROR):
        _until(lambda: one.begun, one)
    assert _read_by(one) == [_SENT]
    assert [record.getMessage() for record in caplog.records if "nobody can read it" in record.getMessage()]


def test_a_worker_of_several_queues_takes_from_all(taker: Callable[..., Taker]) -> None:
    both = taker(queues=("observe", "tick"))
    both.send("a question", queue="observe")
    both.send("a tick", queue="tick")
    read = []
    for _ in range(2):
        _until(lambda: both.begun, both)
        read += _read_by(both)
        both.begun.pop().ack()
    assert sorted(read) == ["a question", "a tick"]

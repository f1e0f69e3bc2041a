"""The shares of one evaluation, handed out and in by way of Redis."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
import redis
from redis.typing import EncodableT

from skep.adapters.redis_connection import redis_errors
from skep.adapters.unreadable import Unreadable
from skep.core.cluster import Cluster
from skep.core.plan import Knowledge
from skep.ports import Gathered, Share, Wants

__all__ = ["RedisShards"]

_Value = TypeVar("_Value")

#: What a cluster of ten thousand services weighs shrinks to a tenth or less, in less time than the network would take.
_QUICKLY = 1

_NOW_MS = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
"""

#: Keys: the evaluation. Arguments: its id, how many shares, their time to live, the whole, the shares from the second.
_BEGIN = (
    _NOW_MS
    + """
for number = 0, tonumber(redis.call('HGET', KEYS[1], 'of') or 0) - 1 do
    if tonumber(redis.call('HGET', KEYS[1], 'until:' .. number) or 0) > now_ms then
        return 0
    end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'evaluation', ARGV[1], 'of', ARGV[2], 'whole', ARGV[4])
redis.call('HSET', KEYS[1], 'until:0', string.format('%.0f', now_ms + ARGV[3]))
for place = 5, #ARGV do
    redis.call('HSET', KEYS[1], 'share:' .. (place - 4), ARGV[place])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
)

#: Keys: the evaluation. Arguments: its id, the number of the share, its time to live.
_TAKE = (
    _NOW_MS
    + """
if redis.call('HGET', KEYS[1], 'evaluation') ~= ARGV[1] then
    return false
end
local share = redis.call('HGET', KEYS[1], 'share:' .. ARGV[2])
if share then
    redis.call('HDEL', KEYS[1], 'share:' .. ARGV[2])
    redis.call('HSET', KEYS[1], 'until:' .. ARGV[2], string.format('%.0f', now_ms + ARGV[3]))
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return share
"""
)

#: Keys: the evaluation. Arguments: its id, the number of the share, what it wants.
_HAND_IN = """
if redis.call('HGET', KEYS[1], 'evaluation') ~= ARGV[1] or redis.call('HDEL', KEYS[1], 'until:' .. ARGV[2]) == 0 then
    return 0
end
redis.call('HSET', KEYS[1], 'wants:' .. ARGV[2], ARGV[3])
local is_last = redis.call('HINCRBY', KEYS[1], 'done', 1) == tonumber(redis.call('HGET', KEYS[1], 'of'))
return is_last and 1 or 0
"""

#: Keys: the evaluation. Arguments: its id, the number of the share.
_GIVE_UP = """
if redis.call('HGET', KEYS[1], 'evaluation') == ARGV[1] then
    redis.call('HDEL', KEYS[1], 'until:' .. ARGV[2])
end
return 0
"""

#: Keys: the evaluation. Arguments: its id. The whole goes with the first answer, so that there is one.
_GATHER = """
local of = tonumber(redis.call('HGET', KEYS[1], 'of') or -1)
if redis.call('HGET', KEYS[1], 'evaluation') ~= ARGV[1] or tonumber(redis.call('HGET', KEYS[1], 'done') or 0) ~= of then
    return false
end
local whole = redis.call('HGET', KEYS[1], 'whole')
redis.call('HDEL', KEYS[1], 'whole')
if not whole or whole == '' then
    return false
end
local gathered = {whole}
for number = 0, of - 1 do
    gathered[number + 2] = redis.call('HGET', KEYS[1], 'wants:' .. number)
end
return gathered
"""


class _Whole(msgspec.Struct, frozen=True, gc=False):
    """What the plan needs besides what the shares want."""

    now: datetime
    knowledge: Knowledge
    cluster: Cluster


_SHARE = msgspec.msgpack.Decoder(Share)
_WHOLE = msgspec.msgpack.Decoder(_Whole)
_WANTS = msgspec.msgpack.Decoder(Wants)


class RedisShards:
    """Implements :class:`skep.ports.Shards` in one hash, which goes by itself some time after its evaluation.

    A share counts as being decided from when it is taken until it is handed in or given up, or its time is over, by
    Redis' own clock. What cannot be read, such as a share of another version, is absent and is logged once: the next
    evaluation makes up for it.
    """

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep it under ``<prefix>shards``."""
        self._client = client
        self._key = f"{prefix}shards"
        self._begin = client.register_script(_BEGIN)
        self._take = client.register_script(_TAKE)
        self._hand_in = client.register_script(_HAND_IN)
        self._give_up = client.register_script(_GIVE_UP)
        self._gather = client.register_script(_GATHER)
        self._unreadable = Unreadable()

    def begin(self, shares: Sequence[Share], *, cluster: Cluster | None, ttl: timedelta) -> bool:
        """Hand out the shares of a new evaluation; the first stays with whoever begins, and is not written.

        Raises:
            Temporary: Redis is out of reach (as for all methods here).
            Permanent: Redis refuses us (as for all methods here).
        """
        first = shares[0]
        whole = b"" if cluster is None else _packed(_Whole(first.now, first.knowledge, cluster))
        others = [_packed(share) for share in shares[1:]]
        arguments: list[EncodableT] = [first.evaluation, first.of, _milliseconds(ttl), whole, *others]
        with redis_errors(self._client):
            return bool(self._begin(keys=[self._key], args=arguments))

    def take(self, evaluation: int, number: int, *, ttl: timedelta) -> Share | None:
        """Take a share, which is possible once."""
        with redis_errors(self._client):
            raw = self._take(keys=[self._key], args=[evaluation, number, _milliseconds(ttl)])
        share = self._read(f"share {number}", raw, _SHARE)
        if share is None and raw is not None:
            self.give_up(evaluation, number)
        return share

    def hand_in(self, evaluation: int, number: int, wants: Wants) -> bool:
        """A share is decided: whether it was the last one."""
        with redis_errors(self._client):
            return bool(self._hand_in(keys=[self._key], args=[evaluation, number, _packed(wants)]))

    def give_up(self, evaluation: int, number: int) -> None:
        """Nobody need wait for this share."""
        with redis_errors(self._client):
            self._give_up(keys=[self._key], args=[evaluation, number])

    def gather(self, evaluation: int) -> Gathered | None:
        """What was handed in, once all of it was, and once only."""
        with redis_errors(self._client):
            answer = self._gather(keys=[self._key], args=[evaluation])
        if answer is None:
            return None
        whole = self._read("the whole", answer[0], _WHOLE)
        wants = [self._read(f"the wants of share {number}", raw, _WANTS) for number, raw in enumerate(answer[1:])]
        readable = tuple(each for each in wants if each is not None)
        if whole is None or len(readable) < len(wants):
            return None
        return Gathered(
            evaluation=evaluation, now=whole.now, cluster=whole.cluster, knowledge=whole.knowledge, wants=readable
        )

    def _read(self, what: str, raw: bytes | None, decoder: msgspec.msgpack.Decoder[_Value]) -> _Value | None:
        return self._unreadable.decoded(f"{self._key}, {what}", raw, lambda packed: decoder.decode(_unpacked(packed)))


def _packed(value: Share | Wants | _Whole) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(value), _QUICKLY)


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)

"""One worker's claim on one message: made and taken back all or nothing, and safe to be repeated.

Redis may stand still after it was asked and before it has answered. Who asks again, or asks for the message to be put
back, must not take away what another has taken meanwhile; so what is written down names the claim.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Claim"]

_TAKE = """
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then
  return redis.call('HGET', KEYS[3], ARGV[2]) == ARGV[3] and 1 or 0
end
redis.call('ZADD', KEYS[2], redis.call('TIME')[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
return 1
"""
_PUT_BACK = """
if redis.call('HGET', KEYS[3], ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('RPUSH', KEYS[1], ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What it takes to take a message, and to put it back.

    Attributes:
        queue, index, hash: what Redis calls the queue, and the two places of what is taken and not acknowledged.
        shown: the message as it stands in the queue.
        tag: by which it is acknowledged.
        kept: what is written down of it, as kombu does, and who has it.
        message: the same, read.
    """

    queue: str
    index: str
    hash: str
    shown: bytes
    tag: str
    kept: str
    message: dict[str, Any] = field(repr=False)

    def take(self, client: Any) -> bool:  # noqa: ANN401  # kombu's client of Redis
        """Take it off the queue; whether it is ours.

        Raises:
            redis.exceptions.ConnectionError, redis.exceptions.TimeoutError: nobody knows.
        """
        return bool(self._ask(client, _TAKE))

    def put_back(self, client: Any) -> bool:  # noqa: ANN401  # kombu's client of Redis
        """Put it back where it was, as the next to be taken, if it was ours.

        Raises:
            redis.exceptions.ConnectionError, redis.exceptions.TimeoutError: nobody knows; ask again.
        """
        return bool(self._ask(client, _PUT_BACK))

    def _ask(self, client: Any, script: str) -> object:  # noqa: ANN401
        keys = (self.queue, self.index, self.hash)
        answer: object = client.execute_command("EVAL", script, len(keys), *keys, self.shown, self.tag, self.kept)
        return answer

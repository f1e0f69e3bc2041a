"""Which evaluation this is, and what time it is in Redis."""

from datetime import UTC, datetime, timedelta

import redis

from skep.adapters.redis_connection import redis_errors
from skep.adapters.redis_memory.kept import Kept

__all__ = ["Evaluations"]

_NEXT_EVALUATION = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
local id = math.max(last + 1, now_ms)
redis.call('SET', KEYS[1], string.format('%.0f', id))
return {id, tonumber(time[1]), tonumber(time[2])}
"""


class Evaluations(Kept):
    """The last evaluation id, in one key."""

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep it under a key that begins with ``prefix``."""
        super().__init__(client, prefix=prefix)
        self._next_evaluation = client.register_script(_NEXT_EVALUATION)

    def next_evaluation(self) -> tuple[int, datetime]:
        """A new evaluation id, greater than every one before, and Redis' own time.

        Raises:
            Temporary: Redis is out of reach (as for all methods here).
            Permanent: Redis refuses us (as for all methods here).
        """
        with redis_errors(self._client):
            evaluation, seconds, microseconds = self._next_evaluation(keys=[self._evaluation])
        return evaluation, datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)

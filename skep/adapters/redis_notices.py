"""What was told and what failed of late, kept in Redis: a restart repeats nothing."""

import msgspec
import redis

from skep.adapters.redis_connection import redis_errors
from skep.adapters.unreadable import Unreadable
from skep.core.notices import Failure, NoticeState

__all__ = ["RedisNotices"]

#: So many failures are kept; more say nothing new within the seconds from one look to the next.
_MOST_FAILURES = 200
_STATE = msgspec.json.Decoder(NoticeState)
_FAILURE = msgspec.json.Decoder(Failure)


class RedisNotices:
    """One value, and one list with the newest failures first."""

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep them under ``<prefix>notices`` and ``<prefix>failures``."""
        self._client = client
        self._state = f"{prefix}notices"
        self._failures = f"{prefix}failures"
        self._unreadable = Unreadable()

    def recall(self) -> NoticeState:
        """What is remembered; a beginning, if that was lost or is of another version."""
        with redis_errors(self._client):
            raw = self._client.get(self._state)
        return self._unreadable.decoded(self._state, raw, _STATE.decode) or NoticeState()

    def remember(self, state: NoticeState) -> None:
        """Replace what was remembered."""
        with redis_errors(self._client):
            self._client.set(self._state, msgspec.json.encode(state))

    def note_failure(self, failure: Failure) -> None:
        """Put a failure before the others; the oldest go."""
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            pipeline.lpush(self._failures, msgspec.json.encode(failure))
            pipeline.ltrim(self._failures, 0, _MOST_FAILURES - 1)
            pipeline.execute()

    def failures(self) -> tuple[Failure, ...]:
        """The failures of late, the newest first."""
        with redis_errors(self._client):
            stored = self._client.lrange(self._failures, 0, _MOST_FAILURES - 1)
        read = (self._unreadable.decoded(self._failures, raw, _FAILURE.decode) for raw in stored)
        return tuple(failure for failure in read if failure is not None)

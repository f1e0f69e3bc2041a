"""Orders that workers have begun to carry out, and those that were."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from skep.adapters.redis_connection import Stored, redis_errors
from skep.adapters.redis_memory.kept import Kept
from skep.ports import PendingOrder

__all__ = ["Begun"]

#: No message is handed out again later than that.
_DONE_IS_KEPT = timedelta(days=1)

_PENDING = msgspec.json.Decoder(PendingOrder)


class Begun(Kept):
    """Orders begun and not finished, in one hash; those that were carried out, a key for each, which ends by itself."""

    def begin(self, service_id: str, pending: PendingOrder) -> None:
        """Note that an order is about to be posted, so that a killed worker's change is never unrecorded."""
        with redis_errors(self._client):
            self._client.hset(self._pending, service_id, msgspec.json.encode(pending))

    def finish(self, service_id: str, *, done: str | None = None) -> None:
        """The order of this service is posted and recorded, or was given up; all of it or nothing is remembered."""
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            pipeline.hdel(self._pending, service_id)
            if done is not None:
                pipeline.set(f"{self._done}{done}", 1, ex=_DONE_IS_KEPT)
            pipeline.execute()

    def is_done(self, task_id: str) -> bool:
        """Whether the order of that task was carried out within the last day."""
        with redis_errors(self._client):
            return bool(self._client.exists(f"{self._done}{task_id}"))

    def pending(self) -> Mapping[str, PendingOrder]:
        """Orders begun and not finished, by service id."""
        return self._all_values(self._pending, _PENDING.decode)

    def _pending_in(self, stored: Mapping[Stored, Stored]) -> dict[str, PendingOrder]:
        return self._all_of(self._pending, stored, _PENDING.decode)

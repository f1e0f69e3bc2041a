"""Orders that workers have begun to carry out."""

from collections.abc import Mapping

import msgspec

from skep.adapters.redis_connection import Stored, redis_errors
from skep.adapters.redis_memory.kept import Kept
from skep.ports import PendingOrder

__all__ = ["Begun"]

_PENDING = msgspec.json.Decoder(PendingOrder)


class Begun(Kept):
    """Orders begun and not finished, in one hash."""

    def begin(self, service_id: str, pending: PendingOrder) -> None:
        """Note that an order is about to be posted, so that a killed worker's change is never unrecorded."""
        with redis_errors(self._client):
            self._client.hset(self._pending, service_id, msgspec.json.encode(pending))

    def finish(self, service_id: str) -> None:
        """The order of this service is posted and recorded, or was given up."""
        with redis_errors(self._client):
            self._client.hdel(self._pending, service_id)

    def pending(self) -> Mapping[str, PendingOrder]:
        """Orders begun and not finished, by service id."""
        return self._all_values(self._pending, _PENDING.decode)

    def _pending_in(self, stored: Mapping[Stored, Stored]) -> dict[str, PendingOrder]:
        return self._all_of(self._pending, stored, _PENDING.decode)

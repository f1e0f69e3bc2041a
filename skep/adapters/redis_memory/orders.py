"""What people ordered: holds, pauses, and whether all of these are known."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skep.adapters.redis_connection import Stored, redis_errors
from skep.adapters.redis_memory.kept import Kept
from skep.adapters.redis_memory.stored import hold_in, instant_in, pause_in
from skep.core.decision import Hold, Pause

__all__ = ["Orders"]

#: Since when the orders of people are unknown: now, unless that was noted before, or they are known.
_ORDERS_UNKNOWN_SINCE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    return false
end
local time = redis.call('TIME')
redis.call('SET', KEYS[2], time[1], 'NX')
return redis.call('GET', KEYS[2])
"""


class Orders(Kept):
    """Holds and pauses in one hash each; whether they are known lives and dies with the rest of the data."""

    def holds(self, service_ids: Sequence[str]) -> Mapping[str, Hold]:
        """Holds of people, also expired ones not yet swept."""
        return self._values(self._holds, service_ids, hold_in)

    def put_hold(self, service_id: str, hold: Hold) -> None:
        """Set or replace a hold."""
        with redis_errors(self._client):
            self._client.hset(self._holds, service_id, msgspec.json.encode(hold))

    def release_hold(self, service_id: str) -> None:
        """Remove a hold, if there is one."""
        with redis_errors(self._client):
            self._client.hdel(self._holds, service_id)

    def pauses(self) -> Mapping[str, Pause]:
        """All pauses, by service id or ``ALL_SERVICES``; also expired ones."""
        return self._all_values(self._pauses, pause_in)

    def put_pause(self, service_id: str, pause: Pause) -> None:
        """Set or replace a pause, of one service or of all."""
        with redis_errors(self._client):
            self._client.hset(self._pauses, service_id, msgspec.json.encode(pause))

    def release_pause(self, service_id: str) -> None:
        """Remove a pause, if there is one."""
        with redis_errors(self._client):
            self._client.hdel(self._pauses, service_id)

    def sweep_orders(self, *, ended_before: datetime) -> None:
        """Remove the holds and pauses that ended before then; one that is given meanwhile stays."""

        def swept(pipeline: Any) -> None:  # noqa: ANN401 - redis-py has no type for a pipeline that watches
            holds = self._holds_in(pipeline.hgetall(self._holds))
            pauses = self._pauses_in(pipeline.hgetall(self._pauses))
            pipeline.multi()
            for key, orders in ((self._holds, holds), (self._pauses, pauses)):
                ended = [service_id for service_id, order in orders.items() if not order.is_in_force(ended_before)]
                if ended:
                    pipeline.hdel(key, *ended)

        with redis_errors(self._client):
            self._client.transaction(swept, self._holds, self._pauses)

    def orders_unknown_since(self) -> datetime | None:
        """Since when the orders of people may have been forgotten; ``None`` if they are known."""
        with redis_errors(self._client):
            return instant_in(self._client.eval(_ORDERS_UNKNOWN_SINCE, 2, self._orders_known, self._orders_unknown))

    def note_orders_known(self) -> None:
        """The orders of people have been rebuilt; this lives and dies with the rest of the data."""
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            pipeline.set(self._orders_known, 1)
            pipeline.delete(self._orders_unknown)
            pipeline.execute()

    def _ask_orders_unknown_since(self, pipeline: Any) -> None:  # noqa: ANN401 - of no public type
        # Not as a registered script: a pipeline would ask first whether Redis knows it, which is a round trip.
        pipeline.eval(_ORDERS_UNKNOWN_SINCE, 2, self._orders_known, self._orders_unknown)

    def _holds_in(self, stored: Mapping[Stored, Stored]) -> dict[str, Hold]:
        return self._all_of(self._holds, stored, hold_in)

    def _pauses_in(self, stored: Mapping[Stored, Stored]) -> dict[str, Pause]:
        return self._all_of(self._pauses, stored, pause_in)

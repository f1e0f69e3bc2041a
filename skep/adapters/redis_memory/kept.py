"""The keys under which memory is kept, and how values are read from there."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import redis

from skep.adapters.redis_connection import Stored, redis_errors, text
from skep.adapters.unreadable import Unreadable

__all__ = ["Kept"]

Value = TypeVar("Value")


class Kept:
    """What all parts of the memory stand on; each part is a class that adds one kind of memory."""

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep everything under keys that begin with ``prefix``."""
        self._client = client
        self._evaluation = f"{prefix}evaluation"
        self._recommendations = f"{prefix}recommendations"
        self._decisions = f"{prefix}decisions"
        self._names = f"{prefix}names"
        self._holds = f"{prefix}holds"
        self._pending = f"{prefix}pending"
        self._done = f"{prefix}done:"
        self._arrivals = f"{prefix}arrivals"
        self._arrived = f"{prefix}arrived:"
        self._carried_out = f"{prefix}carried-out:"
        self._events = f"{prefix}events:"
        self._pauses = f"{prefix}pauses"
        self._sightings = f"{prefix}sightings"
        self._choices = f"{prefix}choices"
        self._followed = f"{prefix}followed"
        self._ages = f"{prefix}ages:"
        self._nodes = f"{prefix}nodes"
        self._pool_events = f"{prefix}pool-events"
        self._pool_loads = f"{prefix}pool-loads:"
        self._orders_known = f"{prefix}orders:known"
        self._orders_unknown = f"{prefix}orders:unknown-since"
        self._unreadable = Unreadable()

    def _values(self, key: str, service_ids: Sequence[str], decode: Callable[[Stored], Value]) -> dict[str, Value]:
        if not service_ids:
            return {}
        with redis_errors(self._client):
            stored = self._client.hmget(key, list(service_ids))
        return self._read(key, dict(zip(service_ids, stored, strict=True)), decode)

    def _all_values(self, key: str, decode: Callable[[Stored], Value]) -> dict[str, Value]:
        with redis_errors(self._client):
            stored = self._client.hgetall(key)
        return self._all_of(key, stored, decode)

    def _all_of(self, key: str, stored: Mapping[Stored, Stored], decode: Callable[[Stored], Value]) -> dict[str, Value]:
        return self._read(key, {text(service_id): raw for service_id, raw in stored.items()}, decode)

    def _read(
        self, key: str, stored: Mapping[str, Stored | None], decode: Callable[[Stored], Value]
    ) -> dict[str, Value]:
        values = {
            service_id: self._unreadable.decoded(f"{key} of {service_id}", raw, decode)
            for service_id, raw in stored.items()
        }
        return {service_id: value for service_id, value in values.items() if value is not None}

"""What happened to pools, how loaded they were, and by which rules they are followed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from redis.typing import EncodableT, FieldT

from skep.adapters.redis_connection import redis_errors
from skep.adapters.redis_memory.kept import Kept
from skep.adapters.redis_memory.stored import choice_in, followed_in, load_in
from skep.core.capacity.backoff import PoolEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.pools import pool_key
from skep.ports import PoolRecollection

__all__ = ["Pools"]

_POOL_EVENTS: msgspec.json.Decoder[tuple[PoolEvent, ...]] = msgspec.json.Decoder(tuple[PoolEvent, ...])


class Pools(Kept):
    """Events of all pools in one hash, loads in one list per pool; rules stand beside those of services."""

    def pool_events(self) -> Mapping[str, tuple[PoolEvent, ...]]:
        """What happened to each pool of late, oldest first."""
        return self._all_values(self._pool_events, _POOL_EVENTS.decode)

    def add_pool_event(self, pool: str, event: PoolEvent, *, keep: timedelta) -> None:
        """Add one event and drop those older than ``keep`` before it; two writers at once lose nothing."""

        def added(pipeline: Any) -> None:  # noqa: ANN401 - redis-py has no type for a pipeline that watches
            raw = pipeline.hget(self._pool_events, pool)
            known = self._unreadable.decoded(f"{self._pool_events} of {pool}", raw, _POOL_EVENTS.decode) or ()
            kept = {e for e in known if event.at - e.at <= keep} | {event}
            pipeline.multi()
            pipeline.hset(self._pool_events, pool, msgspec.json.encode(sorted(kept, key=lambda e: e.at)))

        with redis_errors(self._client):
            self._client.transaction(added, self._pool_events)

    def recall_pools(self, pools: Sequence[str]) -> Mapping[str, PoolRecollection]:
        """Of each pool, the rule last chosen and what the evaluation before has kept of it."""
        if not pools:
            return {}
        keys = list(map(pool_key, pools))
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            pipeline.hmget(self._choices, keys)
            pipeline.hmget(self._followed, keys)
            choices, followed = pipeline.execute()
        return {
            pool: PoolRecollection(
                choice=self._unreadable.decoded(f"{self._choices} of {key}", raw_choice, choice_in),
                followed=self._unreadable.decoded(f"{self._followed} of {key}", raw_followed, followed_in),
            )
            for pool, key, raw_choice, raw_followed in zip(pools, keys, choices, followed, strict=True)
        }

    def remember_pools(
        self, loads: Mapping[str, float], followed: Mapping[str, Followed], *, at: datetime, most: int
    ) -> None:
        """Add the load of each pool to those before, and replace what is kept of their rules, all or nothing."""
        kept: dict[FieldT, EncodableT] = {pool_key(pool): msgspec.json.encode(each) for pool, each in followed.items()}
        if not loads and not kept:
            return
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            for pool, load in loads.items():
                pipeline.rpush(self._pool_loads + pool, f"{at.timestamp():.3f} {load:.6g}")
                pipeline.ltrim(self._pool_loads + pool, -most, -1)
            if kept:
                pipeline.hset(self._followed, mapping=kept)
            pipeline.execute()

    def forget_pools(self, pools: Sequence[str]) -> None:
        """Drop their loads, and what is kept of their rules."""
        if not pools:
            return
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            pipeline.delete(*(self._pool_loads + pool for pool in pools))
            pipeline.hdel(self._followed, *map(pool_key, pools))
            pipeline.execute()

    def pool_loads(self, pool: str, *, last: int) -> Sequence[tuple[datetime, float]]:
        """The last loads of a pool, oldest first."""
        key = self._pool_loads + pool
        with redis_errors(self._client):
            stored = self._client.lrange(key, -last, -1)
        read = (self._unreadable.decoded(key, raw, load_in) for raw in stored)
        return [load for load in read if load is not None]

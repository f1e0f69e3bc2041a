"""What skep remembers between evaluations, kept in Redis under its append-only file."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import starmap
from typing import Any, TypeVar, get_type_hints

import msgspec
import redis
from redis.typing import EncodableT, FieldT

from skep.adapters.redis_connection import redis_errors
from skep.adapters.unreadable import Unreadable
from skep.core.capacity.backoff import PoolEvent
from skep.core.capacity.node_memory import NodeMemory
from skep.core.decision import Decision, History, Hold, Pause, Recommendation, ScaleEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.metric_delay import MOST_AGES
from skep.core.foresight.pools import pool_key
from skep.core.foresight.replay import Tuned
from skep.core.outside import Sighting
from skep.core.policy import Signal
from skep.core.record import decision_from_json, decision_to_json
from skep.ports import Acts, PendingOrder, PoolRecollection, Recollection

__all__ = ["RedisMemory"]

Value = TypeVar("Value")

#: Redis answers with bytes; its library types say that it might have been asked for text.
Stored = bytes | str

_NEXT_EVALUATION = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
local id = math.max(last + 1, now_ms)
redis.call('SET', KEYS[1], string.format('%.0f', id))
return {id, tonumber(time[1]), tonumber(time[2])}
"""

#: Recommendations and events are stored as ``[[seconds since 1970, count], ...]``: ten thousand services with a
#: window each are read and written at every tick.
_PAIRS = msgspec.json.Decoder(list[tuple[float, int]])
_HOLD = msgspec.json.Decoder(Hold)
_PAUSE = msgspec.json.Decoder(Pause)
_SIGHTING = msgspec.json.Decoder(Sighting)
_CHOICE = msgspec.json.Decoder(Tuned)
_FOLLOWED = msgspec.json.Decoder(Followed)
_PENDING = msgspec.json.Decoder(PendingOrder)
_POOL_EVENTS: msgspec.json.Decoder[tuple[PoolEvent, ...]] = msgspec.json.Decoder(tuple[PoolEvent, ...])
#: One for each part of what is remembered of nodes: a part that cannot be read does not take the others with it.
_OF_NODES: Mapping[str, msgspec.json.Decoder[Any]] = {
    part: msgspec.json.Decoder(kind) for part, kind in get_type_hints(NodeMemory).items()
}


class _Named(msgspec.Struct):
    """As much of a decision as tells whose it is."""

    service_name: str


class _Names(msgspec.Struct):
    """Names by id, in order, and of how many decisions they are."""

    decisions: int
    names: dict[str, str]


_NAMED = msgspec.json.Decoder(_Named)
_NAMES = msgspec.json.Decoder(_Names)
#: Should as many services come as go at once while somebody looks, the new ones are seen after so long.
_NAMES_LAST = timedelta(minutes=2)

#: Since when the orders of people are unknown: now, unless that was noted before, or they are known.
_ORDERS_UNKNOWN_SINCE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    return false
end
local time = redis.call('TIME')
redis.call('SET', KEYS[2], time[1], 'NX')
return redis.call('GET', KEYS[2])
"""

#: The scale events of all services that are remembered, where there are any: ``[id, events, id, events, ...]``. There
#: are mostly few, and to ask who is remembered would be a round trip. Lua takes a few thousand arguments at most.
_EVENTS_OF_ALL = """
local found = {}
local ids = redis.call('HKEYS', KEYS[1])
for first = 1, #ids, 1000 do
    local keys = {}
    for place = first, math.min(first + 999, #ids) do
        keys[#keys + 1] = ARGV[1] .. ids[place]
    end
    for place, events in ipairs(redis.call('MGET', unpack(keys))) do
        if events then
            found[#found + 1] = ids[first + place - 1]
            found[#found + 1] = events
        end
    end
end
return found
"""


class RedisMemory:
    """Recommendations, decisions, holds and begun orders in one hash each, scale events in one key per service.

    However many services there are, reading or writing one kind of memory is one round trip. A value that cannot
    be read, such as one of another version, counts as absent and is logged once. After Redis lost its data all
    memory is absent; evaluation ids go on rising, because they are never below Redis' own clock.
    """

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep everything under keys that begin with ``prefix``."""
        self._client = client
        self._evaluation = f"{prefix}evaluation"
        self._recommendations = f"{prefix}recommendations"
        self._decisions = f"{prefix}decisions"
        self._names = f"{prefix}names"
        self._holds = f"{prefix}holds"
        self._pending = f"{prefix}pending"
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
        self._next_evaluation = client.register_script(_NEXT_EVALUATION)
        self._unreadable = Unreadable()

    def next_evaluation(self) -> tuple[int, datetime]:
        """A new evaluation id, greater than every one before, and Redis' own time.

        Raises:
            Temporary: Redis is out of reach (as for all methods here).
            Permanent: Redis refuses us (as for all methods here).
        """
        with redis_errors(self._client):
            evaluation, seconds, microseconds = self._next_evaluation(keys=[self._evaluation])
        return evaluation, datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)

    def recall(self, service_ids: Sequence[str] | None = None) -> Recollection:
        """All that an evaluation needs, in one round trip."""
        hashes = (
            self._holds,
            self._pauses,
            self._decisions,
            self._sightings,
            self._pending,
            self._choices,
            self._followed,
        )
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            if service_ids is None:
                pipeline.hgetall(self._recommendations)
                pipeline.eval(_EVENTS_OF_ALL, 1, self._recommendations, self._events)
            else:
                self._ask_histories(pipeline, service_ids)
            for key in hashes:
                pipeline.hgetall(key)
            # Not as a registered script: a pipeline would ask first whether Redis knows it, which is a round trip.
            pipeline.eval(_ORDERS_UNKNOWN_SINCE, 2, self._orders_known, self._orders_unknown)
            answers = pipeline.execute()
        *histories, holds, pauses, decisions, sightings, pending, choices, followed, unknown_since = answers
        return Recollection(
            histories=(
                self._histories_of_all(*histories)
                if service_ids is None
                else self._histories_of(service_ids, histories)
            ),
            holds=self._all_of(self._holds, holds, _hold),
            pauses=self._all_of(self._pauses, pauses, _pause),
            decisions=self._all_of(self._decisions, decisions, decision_from_json),
            sightings=self._all_of(self._sightings, sightings, _SIGHTING.decode),
            pending=self._all_of(self._pending, pending, _PENDING.decode),
            orders_unknown_since=_since(unknown_since),
            choices=self._all_of(self._choices, choices, _choice),
            followed=self._all_of(self._followed, followed, _followed),
        )

    def recall_acts(self) -> Acts:
        """All that others than evaluations write; first whom it may concern is asked for."""
        with redis_errors(self._client):
            ids = [_text(service_id) for service_id in self._client.hkeys(self._decisions)]
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            for key in (self._holds, self._pauses, self._pending):
                pipeline.hgetall(key)
            pipeline.eval(_ORDERS_UNKNOWN_SINCE, 2, self._orders_known, self._orders_unknown)
            if ids:
                pipeline.mget([self._events + service_id for service_id in ids])
            holds, pauses, pending, unknown_since, *events = pipeline.execute()
        raw_events = zip(ids, events[0], strict=True) if events else ()
        return Acts(
            service_ids=tuple(ids),
            events={
                service_id: known
                for service_id, raw in raw_events
                if raw is not None and (known := self._events_of(service_id, raw))
            },
            holds=self._all_of(self._holds, holds, _hold),
            pauses=self._all_of(self._pauses, pauses, _pause),
            pending=self._all_of(self._pending, pending, _PENDING.decode),
            orders_unknown_since=_since(unknown_since),
        )

    def recall_share(self, service_ids: Sequence[str], acts: Acts) -> Recollection:
        """All that an evaluation needs of these services, in one round trip; none where there are none."""
        ids = list(service_ids)
        kinds = (self._recommendations, self._decisions, self._sightings, self._choices, self._followed)
        stored: list[list[Stored | None]] = [[] for _ in kinds]
        if ids:
            with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
                for key in kinds:
                    pipeline.hmget(key, ids)
                stored = pipeline.execute()
        recommendations, decisions, sightings, choices, followed = (dict(zip(ids, raw, strict=True)) for raw in stored)
        return Recollection(
            histories={
                service_id: History(recommendations=known, events=acts.events.get(service_id, ()))
                for service_id, raw in recommendations.items()
                if (known := self._recommendations_of(service_id, raw))
            },
            holds=acts.holds,
            pauses=acts.pauses,
            decisions=self._read(self._decisions, decisions, decision_from_json),
            sightings=self._read(self._sightings, sightings, _SIGHTING.decode),
            pending=acts.pending,
            orders_unknown_since=acts.orders_unknown_since,
            choices=self._read(self._choices, choices, _choice),
            followed=self._read(self._followed, followed, _followed),
        )

    def histories(self, service_ids: Sequence[str]) -> Mapping[str, History]:
        """What is remembered of each service.

        A service without recommendations is absent, even if events of it are known: an empty window would let it
        shrink at once, whereas a new beginning does not.
        """
        if not service_ids:
            return {}
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            self._ask_histories(pipeline, service_ids)
            return self._histories_of(service_ids, pipeline.execute())

    def _ask_histories(self, pipeline: Any, service_ids: Sequence[str]) -> None:  # noqa: ANN401 - of no public type
        if service_ids:
            pipeline.hmget(self._recommendations, list(service_ids))
            pipeline.mget([self._events + service_id for service_id in service_ids])

    def _histories_of(self, service_ids: Sequence[str], answers: Sequence[Any]) -> dict[str, History]:
        if not service_ids:
            return {}
        recommendations, events = answers
        return self._histories(zip(service_ids, recommendations, events, strict=True))

    def _histories_of_all(
        self, recommendations: Mapping[Stored, Stored], events: Sequence[Stored]
    ) -> dict[str, History]:
        raw_events = dict(zip(events[::2], events[1::2], strict=True))
        return self._histories((_text(stored), raw, raw_events.get(stored)) for stored, raw in recommendations.items())

    def _histories(self, stored: Iterable[tuple[str, Stored | None, Stored | None]]) -> dict[str, History]:
        """From service ids with their recommendations and scale events as they stand there."""
        return {
            service_id: History(recommendations=known, events=self._events_of(service_id, raw_events) or ())
            for service_id, raw, raw_events in stored
            if (known := self._recommendations_of(service_id, raw))
        }

    def holds(self, service_ids: Sequence[str]) -> Mapping[str, Hold]:
        """Holds of people, also expired ones not yet swept."""
        return self._values(self._holds, service_ids, _hold)

    def decisions(self, service_ids: Sequence[str] | None = None) -> Mapping[str, Decision]:
        """The latest decision per service id; of all services where ``service_ids`` is ``None``."""
        if service_ids is not None:
            return self._values(self._decisions, service_ids, decision_from_json)
        return self._all_values(self._decisions, decision_from_json)

    def names(self) -> Mapping[str, str]:
        """The name of each service of which a decision is remembered, by its id, in the order of names.

        They are read out of all decisions and kept in one value, until there are more or fewer decisions, services are
        forgotten, or some minutes have gone by.
        """
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            pipeline.get(self._names)
            pipeline.hlen(self._decisions)
            raw, count = pipeline.execute()
        kept = self._decoded(self._names, raw, _NAMES.decode)
        return kept.names if kept is not None and kept.decisions == count else self._names_anew()

    def _names_anew(self) -> Mapping[str, str]:
        with redis_errors(self._client):
            stored = self._client.hgetall(self._decisions)
        named = self._all_of(self._decisions, stored, _NAMED.decode)
        found = sorted((each.service_name, service_id) for service_id, each in named.items())
        names = {service_id: name for name, service_id in found}
        with redis_errors(self._client):
            kept = msgspec.json.encode(_Names(decisions=len(stored), names=names))
            self._client.set(self._names, kept, px=_NAMES_LAST)
        return names

    def remember(
        self,
        *,
        recommendations: Mapping[str, Sequence[Recommendation]],
        decisions: Sequence[Decision],
        sightings: Mapping[str, Sighting] | None = None,
        followed: Mapping[str, Followed] | None = None,
        ages: Mapping[Signal, timedelta] | None = None,
        forget: Iterable[str] = (),
    ) -> None:
        """Replace recommendations, latest decisions and sightings, all or nothing, in one round trip.

        Args:
            recommendations: per service id; none at all is as good as absent.
            decisions: the latest of each service.
            sightings: each service as it was seen.
            followed: the rule of each service whose policy tunes itself.
            ages: how old the newest points of a signal were; the last ``MOST_AGES`` are kept.
            forget: ids of services that are gone or no longer enabled. Their scale events go by themselves when
                they are old; a hold is a person's order and stays until it ends or is released.
        """
        recommended: dict[FieldT, EncodableT] = {
            service_id: _pairs([(r.at, r.replicas) for r in kept]) for service_id, kept in recommendations.items()
        }
        decided: dict[FieldT, EncodableT] = {decision.service_id: decision_to_json(decision) for decision in decisions}
        seen: dict[FieldT, EncodableT] = {
            service_id: msgspec.json.encode(sighting) for service_id, sighting in (sightings or {}).items()
        }
        tuned: dict[FieldT, EncodableT] = {
            service_id: msgspec.json.encode(kept) for service_id, kept in (followed or {}).items()
        }
        forgotten = list(forget)
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            if forgotten:
                pipeline.hdel(self._recommendations, *forgotten)
                pipeline.hdel(self._decisions, *forgotten)
                pipeline.hdel(self._sightings, *forgotten)
                pipeline.hdel(self._followed, *forgotten)
                pipeline.delete(self._names)
            if seen:
                pipeline.hset(self._sightings, mapping=seen)
            if tuned:
                pipeline.hset(self._followed, mapping=tuned)
            if recommended:
                pipeline.hset(self._recommendations, mapping=recommended)
            if decided:
                pipeline.hset(self._decisions, mapping=decided)
            for signal, age in (ages or {}).items():
                pipeline.lpush(self._ages + signal, f"{age.total_seconds():.2f}")
                pipeline.ltrim(self._ages + signal, 0, MOST_AGES - 1)
            pipeline.execute()

    def ages(self, signal: Signal) -> Sequence[timedelta]:
        """How old the newest points of a signal were in the last evaluations, newest first."""
        key = self._ages + signal
        with redis_errors(self._client):
            stored = self._client.lrange(key, 0, MOST_AGES - 1)
        read = (self._decoded(key, raw, _span) for raw in stored)
        return [age for age in read if age is not None]

    def add_event(self, service_id: str, event: ScaleEvent, *, keep: timedelta) -> None:
        """Add one event and drop those older than ``keep`` before it.

        The same event twice is one event, since a task may be delivered again. Two writers at once lose nothing:
        the one that comes second reads again.
        """
        key = self._events + service_id

        def added(pipeline: Any) -> None:  # noqa: ANN401 - redis-py has no type for a pipeline that watches
            known = self._events_of(service_id, pipeline.get(key)) or ()
            kept = {e for e in known if event.at - e.at <= keep} | {event}
            pipeline.multi()
            pipeline.set(key, _pairs((e.at, e.change) for e in sorted(kept, key=lambda e: e.at)), px=keep)

        with redis_errors(self._client):
            self._client.transaction(added, key)

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
        return self._all_values(self._pauses, _pause)

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
            holds = self._all_of(self._holds, pipeline.hgetall(self._holds), _hold)
            pauses = self._all_of(self._pauses, pipeline.hgetall(self._pauses), _pause)
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
            return _since(self._client.eval(_ORDERS_UNKNOWN_SINCE, 2, self._orders_known, self._orders_unknown))

    def recall_nodes(self) -> NodeMemory:
        """What the evaluation of nodes remembers, in one hash with a field for each part."""
        with redis_errors(self._client):
            stored = {_text(part): raw for part, raw in self._client.hgetall(self._nodes).items()}
        parts = {
            part: self._decoded(f"{self._nodes}, {part}", raw, _OF_NODES[part].decode)
            for part, raw in stored.items()
            if part in _OF_NODES
        }
        return NodeMemory(**{part: value for part, value in parts.items() if value is not None})

    def remember_nodes(self, memory: NodeMemory) -> None:
        """Replace it, all or nothing."""
        parts: dict[FieldT, EncodableT] = {part: msgspec.json.encode(getattr(memory, part)) for part in _OF_NODES}
        with redis_errors(self._client):
            self._client.hset(self._nodes, mapping=parts)

    def pool_events(self) -> Mapping[str, tuple[PoolEvent, ...]]:
        """What happened to each pool of late, oldest first."""
        return self._all_values(self._pool_events, _POOL_EVENTS.decode)

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
                choice=self._decoded(f"{self._choices} of {key}", raw_choice, _choice),
                followed=self._decoded(f"{self._followed} of {key}", raw_followed, _followed),
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
        read = (self._decoded(key, raw, _load) for raw in stored)
        return [load for load in read if load is not None]

    def add_pool_event(self, pool: str, event: PoolEvent, *, keep: timedelta) -> None:
        """Add one event and drop those older than ``keep`` before it; two writers at once lose nothing."""

        def added(pipeline: Any) -> None:  # noqa: ANN401 - redis-py has no type for a pipeline that watches
            raw = pipeline.hget(self._pool_events, pool)
            known = self._decoded(f"{self._pool_events} of {pool}", raw, _POOL_EVENTS.decode) or ()
            kept = {e for e in known if event.at - e.at <= keep} | {event}
            pipeline.multi()
            pipeline.hset(self._pool_events, pool, msgspec.json.encode(sorted(kept, key=lambda e: e.at)))

        with redis_errors(self._client):
            self._client.transaction(added, self._pool_events)

    def note_orders_known(self) -> None:
        """The orders of people have been rebuilt; this lives and dies with the rest of the data."""
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            pipeline.set(self._orders_known, 1)
            pipeline.delete(self._orders_unknown)
            pipeline.execute()

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
        return self._read(key, {_text(service_id): raw for service_id, raw in stored.items()}, decode)

    def _read(
        self, key: str, stored: Mapping[str, Stored | None], decode: Callable[[Stored], Value]
    ) -> dict[str, Value]:
        values = {
            service_id: self._decoded(f"{key} of {service_id}", raw, decode) for service_id, raw in stored.items()
        }
        return {service_id: value for service_id, value in values.items() if value is not None}

    def _recommendations_of(self, service_id: str, raw: Stored | None) -> tuple[Recommendation, ...] | None:
        return self._decoded(f"{self._recommendations} of {service_id}", raw, _recommendations)

    def _events_of(self, service_id: str, raw: Stored | None) -> tuple[ScaleEvent, ...] | None:
        return self._decoded(f"{self._events}{service_id}", raw, _events)

    def _decoded(self, what: str, raw: Stored | None, decode: Callable[[Stored], Value]) -> Value | None:
        if raw is None:
            return None
        try:
            return decode(raw)
        # Beyond wrong JSON there may be instants that no calendar has, and lists in lists without end.
        except (msgspec.DecodeError, ValueError, OverflowError, OSError, RecursionError) as error:
            self._unreadable.note(what, error)
            return None


def _pairs(moments: Iterable[tuple[datetime, int]]) -> bytes:
    return msgspec.json.encode([(_epoch_s(at), count) for at, count in moments])


#: All services have instants of the same evaluations.
_epoch_s = lru_cache(maxsize=8192)(datetime.timestamp)


def _hold(raw: Stored) -> Hold:
    hold = _HOLD.decode(raw)
    _require_zone(hold.until)
    return hold


def _pause(raw: Stored) -> Pause:
    pause = _PAUSE.decode(raw)
    _require_zone(pause.until)
    return pause


def _require_zone(*instants: datetime | None) -> None:
    """What cannot be compared with now would end the evaluation of all services."""
    if any(instant is not None and instant.tzinfo is None for instant in instants):
        raise ValueError("an instant without its offset from UTC")


def _choice(raw: Stored) -> Tuned:
    choice = _CHOICE.decode(raw)
    if flaw := choice.flaw:
        raise ValueError(flaw)
    return choice


def _followed(raw: Stored) -> Followed:
    followed = _FOLLOWED.decode(raw)
    _require_zone(followed.at)
    if flaw := followed.tuned.flaw:
        raise ValueError(flaw)
    return followed


def _recommendations(raw: Stored) -> tuple[Recommendation, ...]:
    return tuple(starmap(_recommendation, _PAIRS.decode(raw)))


@lru_cache(maxsize=8192)
def _recommendation(at_epoch_s: float, replicas: int) -> Recommendation:
    """Made once: all services have those of the same evaluations, and mostly of the same few counts."""
    return Recommendation(at=_instant(at_epoch_s), replicas=replicas)


def _events(raw: Stored) -> tuple[ScaleEvent, ...]:
    return tuple(ScaleEvent(at=_instant(at), change=count) for at, count in _PAIRS.decode(raw))


def _instant(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _load(raw: Stored) -> tuple[datetime, float]:
    at, load_text = _text(raw).split()
    load = float(load_text)
    if not math.isfinite(load) or load < 0:
        raise ValueError(f"a load of {load}")
    return _instant(float(at)), load


def _span(raw: Stored) -> timedelta:
    return timedelta(seconds=float(raw))


def _since(answer: Stored | None) -> datetime | None:
    return None if answer is None else _instant(float(answer))


def _text(key: Stored) -> str:
    return key if isinstance(key, str) else key.decode(errors="replace")

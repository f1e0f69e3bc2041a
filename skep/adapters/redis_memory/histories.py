"""What was recommended for each service, and how it was scaled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from skep.adapters.redis_connection import Stored, redis_errors, text
from skep.adapters.redis_memory.kept import Kept
from skep.adapters.redis_memory.stored import events_in, pairs, recommendations_in
from skep.core.decision import History, Recommendation, ScaleEvent

__all__ = ["Histories"]

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


class Histories(Kept):
    """Recommendations in one hash, scale events in one key per service, which goes by itself when they are old."""

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
            pipeline.set(key, pairs((e.at, e.change) for e in sorted(kept, key=lambda e: e.at)), px=keep)

        with redis_errors(self._client):
            self._client.transaction(added, key)

    def _ask_histories(self, pipeline: Any, service_ids: Sequence[str]) -> None:  # noqa: ANN401 - of no public type
        if service_ids:
            pipeline.hmget(self._recommendations, list(service_ids))
            pipeline.mget([self._events + service_id for service_id in service_ids])

    def _ask_all_histories(self, pipeline: Any) -> None:  # noqa: ANN401 - of no public type
        pipeline.hgetall(self._recommendations)
        pipeline.eval(_EVENTS_OF_ALL, 1, self._recommendations, self._events)

    def _histories_of(self, service_ids: Sequence[str], answers: Sequence[Any]) -> dict[str, History]:
        if not service_ids:
            return {}
        recommendations, events = answers
        return self._histories(zip(service_ids, recommendations, events, strict=True))

    def _histories_of_all(
        self, recommendations: Mapping[Stored, Stored], events: Sequence[Stored]
    ) -> dict[str, History]:
        raw_events = dict(zip(events[::2], events[1::2], strict=True))
        return self._histories((text(stored), raw, raw_events.get(stored)) for stored, raw in recommendations.items())

    def _histories(self, stored: Iterable[tuple[str, Stored | None, Stored | None]]) -> dict[str, History]:
        """From service ids with their recommendations and scale events as they stand there."""
        return {
            service_id: History(recommendations=known, events=self._events_of(service_id, raw_events) or ())
            for service_id, raw, raw_events in stored
            if (known := self._recommendations_of(service_id, raw))
        }

    def _recommendations_of(self, service_id: str, raw: Stored | None) -> tuple[Recommendation, ...] | None:
        return self._unreadable.decoded(f"{self._recommendations} of {service_id}", raw, recommendations_in)

    def _events_of(self, service_id: str, raw: Stored | None) -> tuple[ScaleEvent, ...] | None:
        return self._unreadable.decoded(f"{self._events}{service_id}", raw, events_in)

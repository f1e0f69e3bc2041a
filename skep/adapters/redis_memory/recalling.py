"""What an evaluation reads when it begins: everything in one round trip."""

from collections.abc import Sequence

import msgspec

from skep.adapters.redis_connection import Stored, redis_errors, text
from skep.adapters.redis_memory.begun import Begun
from skep.adapters.redis_memory.histories import Histories
from skep.adapters.redis_memory.orders import Orders
from skep.adapters.redis_memory.stored import choice_in, followed_in, instant_in
from skep.core.decision import History
from skep.core.outside import Sighting
from skep.core.record import decision_from_json
from skep.ports import Acts, Recollection

__all__ = ["Recalling"]

_SIGHTING = msgspec.json.Decoder(Sighting)


class Recalling(Histories, Orders, Begun):
    """All kinds of memory of services read at once: of all, of those that are named, or of a share of them."""

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
                self._ask_all_histories(pipeline)
            else:
                self._ask_histories(pipeline, service_ids)
            for key in hashes:
                pipeline.hgetall(key)
            self._ask_orders_unknown_since(pipeline)
            answers = pipeline.execute()
        *histories, holds, pauses, decisions, sightings, pending, choices, followed, unknown_since = answers
        return Recollection(
            histories=(
                self._histories_of_all(*histories)
                if service_ids is None
                else self._histories_of(service_ids, histories)
            ),
            holds=self._holds_in(holds),
            pauses=self._pauses_in(pauses),
            decisions=self._all_of(self._decisions, decisions, decision_from_json),
            sightings=self._all_of(self._sightings, sightings, _SIGHTING.decode),
            pending=self._pending_in(pending),
            orders_unknown_since=instant_in(unknown_since),
            choices=self._all_of(self._choices, choices, choice_in),
            followed=self._all_of(self._followed, followed, followed_in),
        )

    def recall_acts(self) -> Acts:
        """All that others than evaluations write; first whom it may concern is asked for."""
        with redis_errors(self._client):
            ids = [text(service_id) for service_id in self._client.hkeys(self._decisions)]
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            for key in (self._holds, self._pauses, self._pending):
                pipeline.hgetall(key)
            self._ask_orders_unknown_since(pipeline)
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
            holds=self._holds_in(holds),
            pauses=self._pauses_in(pauses),
            pending=self._pending_in(pending),
            orders_unknown_since=instant_in(unknown_since),
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
            choices=self._read(self._choices, choices, choice_in),
            followed=self._read(self._followed, followed, followed_in),
        )

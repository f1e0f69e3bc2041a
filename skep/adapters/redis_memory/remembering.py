"""What an evaluation writes when it ends: everything in one round trip."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec
from redis.typing import EncodableT, FieldT

from skep.adapters.redis_connection import redis_errors
from skep.adapters.redis_memory.kept import Kept
from skep.adapters.redis_memory.stored import pairs, span_in
from skep.core.decision import Decision, Recommendation
from skep.core.foresight.following import Followed
from skep.core.foresight.metric_delay import MOST_AGES
from skep.core.outside import Sighting
from skep.core.policy import Signal
from skep.core.record import decision_to_json

__all__ = ["Remembering"]


class Remembering(Kept):
    """What is kept of each service in one hash for each kind, and the ages of points in one list per signal."""

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
            service_id: pairs([(r.at, r.replicas) for r in kept]) for service_id, kept in recommendations.items()
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
        read = (self._unreadable.decoded(key, raw, span_in) for raw in stored)
        return [age for age in read if age is not None]

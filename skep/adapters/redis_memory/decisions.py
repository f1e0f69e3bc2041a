"""The latest decisions, and whose they are."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from skep.adapters.redis_connection import redis_errors
from skep.adapters.redis_memory.kept import Kept
from skep.core.decision import Decision
from skep.core.record import decision_from_json

__all__ = ["Decisions"]


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


class Decisions(Kept):
    """The latest decision of each service in one hash; the names in it once more by themselves, for pages."""

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
        kept = self._unreadable.decoded(self._names, raw, _NAMES.decode)
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

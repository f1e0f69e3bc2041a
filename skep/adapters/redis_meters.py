"""skep's own numbers in Redis: one hash of counters that all processes add to, and the gauges as one value."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import redis

from skep.adapters.redis_connection import redis_errors
from skep.adapters.unreadable import Unreadable
from skep.core.meters import Reading, Readings
from skep.errors import SkepError

__all__ = ["RedisMeters"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gauges:
    at: datetime
    readings: tuple[Reading, ...]


_NAME = msgspec.json.Decoder(tuple[str, ...])
_GAUGES = msgspec.json.Decoder(_Gauges)


class RedisMeters:
    """A counter is a field named ``["meter","label",...]``; what cannot be read is left out."""

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep them under ``<prefix>counters`` and ``<prefix>gauges``."""
        self._client = client
        self._counters = f"{prefix}counters"
        self._gauges = f"{prefix}gauges"
        self._unreadable = Unreadable()

    def count(self, counts: Sequence[Reading]) -> None:
        """Add to counters, in one round trip; where Redis is away the count is lost."""
        if not counts:
            return
        try:
            with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
                for one in counts:
                    pipeline.hincrbyfloat(self._counters, _field(one), one.value)
                pipeline.execute()
        except SkepError as error:
            _LOG.debug("nothing was counted: %s", error)

    def put(self, gauges: Sequence[Reading], *, at: datetime) -> None:
        """Replace all gauges."""
        with redis_errors(self._client):
            self._client.set(self._gauges, msgspec.json.encode(_Gauges(at=at, readings=tuple(gauges))))

    def drop(self, gone: Sequence[Reading]) -> None:
        """Forget series of counters."""
        if gone:
            with redis_errors(self._client):
                self._client.hdel(self._counters, *(_field(one) for one in gone))

    def read(self) -> Readings:
        """All that can be read now, in one round trip."""
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(self._counters)
            pipeline.get(self._gauges)
            counters, raw = pipeline.execute()
        read = [self._unreadable.decoded(self._counters, one, _counter) for one in sorted(counters.items())]
        gauges = self._unreadable.decoded(self._gauges, raw, _GAUGES.decode)
        return Readings(
            counters=tuple(one for one in read if one is not None),
            gauges=() if gauges is None else gauges.readings,
            measured_at=None if gauges is None else gauges.at,
        )


def _counter(stored: tuple[bytes, bytes]) -> Reading:
    """From a field and its value."""
    field, value = stored
    meter, *labels = _NAME.decode(field)
    return Reading(meter=meter, labels=tuple(labels), value=float(value))


def _field(reading: Reading) -> bytes:
    return msgspec.json.encode((reading.meter, *reading.labels))

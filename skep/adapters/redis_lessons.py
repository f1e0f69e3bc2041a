"""What was learned of services whose policies tune themselves, kept in Redis: a restart learns nothing anew."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import redis
from redis.typing import EncodableT, FieldT

from skep.adapters.redis_connection import Stored, redis_errors, text
from skep.adapters.unreadable import Unreadable
from skep.core.foresight.replay import Tuned
from skep.core.foresight.study import Study

__all__ = ["RedisLessons"]

_STUDY = msgspec.json.Decoder(Study)


class RedisLessons:
    """One hash for what was learned, some 30 kB a service; one for choices; one for when each was looked at."""

    def __init__(self, client: redis.Redis, *, prefix: str = "skep:") -> None:
        """Keep them under ``<prefix>lessons``, ``<prefix>choices`` and ``<prefix>looked-at``."""
        self._client = client
        self._studies = f"{prefix}lessons"
        self._choices = f"{prefix}choices"
        self._looked_at = f"{prefix}looked-at"
        self._unreadable = Unreadable()

    def looked_at(self) -> Mapping[str, datetime]:
        """When the rules of each service were looked at last; never, where that cannot be read.

        Raises:
            Temporary: Redis is out of reach (as for all methods here).
            Permanent: Redis refuses us (as for all methods here).
        """
        with redis_errors(self._client):
            stored = self._client.hgetall(self._looked_at)
        read = {
            (key := text(service_id)): self._unreadable.decoded(f"{self._looked_at} of {key}", raw, _instant)
            for service_id, raw in stored.items()
        }
        return {key: at for key, at in read.items() if at is not None}

    def recall(self, service_ids: Sequence[str]) -> Mapping[str, Study]:
        """What was learned of each; what cannot be read or gone on from counts as absent and is logged once."""
        if not service_ids:
            return {}
        with redis_errors(self._client):
            stored = self._client.hmget(self._studies, list(service_ids))
        read = {service_id: self._read(service_id, raw) for service_id, raw in zip(service_ids, stored, strict=True)}
        return {service_id: study for service_id, study in read.items() if study is not None}

    def remember(
        self, studies: Mapping[str, Study], choices: Mapping[str, Tuned], *, looked_at: Mapping[str, datetime]
    ) -> None:
        """Replace what was known of these services, all or nothing, in one round trip."""
        learned: dict[FieldT, EncodableT] = {key: msgspec.json.encode(study) for key, study in studies.items()}
        chosen: dict[FieldT, EncodableT] = {key: msgspec.json.encode(choice) for key, choice in choices.items()}
        looked: dict[FieldT, EncodableT] = {key: at.timestamp() for key, at in looked_at.items()}
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            for key, mapping in ((self._studies, learned), (self._choices, chosen), (self._looked_at, looked)):
                if mapping:
                    pipeline.hset(key, mapping=mapping)
            pipeline.execute()

    def forget(self, service_ids: Iterable[str]) -> None:
        """Drop all that is known of these."""
        gone = list(service_ids)
        if not gone:
            return
        with redis_errors(self._client), self._client.pipeline() as pipeline:
            for key in (self._studies, self._choices, self._looked_at):
                pipeline.hdel(key, *gone)
            pipeline.execute()

    def _read(self, service_id: str, raw: Stored | None) -> Study | None:
        return self._unreadable.decoded(f"{self._studies} of {service_id}, which is learned anew,", raw, _study)


def _instant(raw: Stored) -> datetime:
    return datetime.fromtimestamp(float(raw), UTC)


def _study(raw: Stored) -> Study:
    study = _STUDY.decode(raw)
    if flaw := study.flaw:
        raise ValueError(flaw)
    return study

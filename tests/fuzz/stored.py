"""Values in Redis, of another version or damaged: each is read or counts as absent, wherever it stands."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Self, cast

import msgspec
import redis

from skep.adapters.redis_lessons import RedisLessons
from skep.adapters.redis_memory import RedisMemory
from skep.adapters.redis_meters import RedisMeters
from skep.adapters.redis_notices import RedisNotices
from skep.core.capacity.backoff import PoolEvent, PoolEventKind
from skep.core.capacity.node_memory import NodeMemory
from skep.core.decision import Hold
from skep.core.demand import ServiceDemand
from skep.core.foresight.following import Followed, continued
from skep.core.foresight.predictors import predictors
from skep.core.foresight.replay import Tuned
from skep.core.outside import Sighting
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from skep.core.record import decision_to_json
from tests.adapters.examples import decision
from tests.adapters.test_lessons import LESSON, STUDY
from tests.builders import NOW

__all__ = ["SEEDS", "look"]

_HOLD = Hold(replicas=7, until=NOW, actor="ada", reason="the advert runs", task_id="order-1")
_SIGHTING = Sighting(name="web", version_index=7, replicas=3, fingerprint="a")
_PEAKY = replace(LESSON.tuned, peaks=(1.0, 2.0), peaks_from=NOW)
_RECURRING = replace(
    _PEAKY, rule=replace(_PEAKY.rule, predictor=predictors(_PEAKY.terms.interval)[-1].name), state=(38.5, 38.5)
)

SEEDS = {
    "recommendations": b"[[1772366400.25,3],[1772366415.25,4]]",
    "a load": b"1772366400.250 2.5",
    "a span": b"12.50",
    "a counter": b'["skep_orders_total","grow"]',
    "a decision": decision_to_json(decision()),
    "a hold": msgspec.json.encode(_HOLD),
    "a sighting": msgspec.json.encode(_SIGHTING),
    "a chosen rule": msgspec.json.encode(_PEAKY),
    "what is kept of a rule": msgspec.json.encode(Followed(tuned=_PEAKY, at=NOW, needs=(2, 3))),
    "what happened to a pool": msgspec.json.encode([PoolEvent(kind=PoolEventKind.GREW, at=NOW, machines=2)]),
    "a name": b'{"decisions":1,"names":{"web-id":"web"}}',
    "a rule that looks at peaks": msgspec.json.encode(_RECURRING),
    "a study cut short": msgspec.json.encode(STUDY)[:2_000],
    "what no version has": b'{"replicas":1,"until":null,"actor":"x","of-tomorrow":[[{"a":[1e999]}]]}',
}
_METRIC = MetricPolicy(name="x", signal=Signal.QUERY, kind=MetricKind.TOTAL, unit=Unit.PLAIN, target_value=1.0)


class _SameEverywhere:
    """As much of a client of Redis as reading takes: the same value stands in every place."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._answers: list[object] | None = None

    def register_script(self, script: str) -> None:
        """None is run."""

    def pipeline(self, *, transaction: bool = True) -> Self:
        assert transaction in {True, False}
        queued = type(self)(self._raw)
        queued._answers = []
        return queued

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def execute(self) -> list[object]:
        assert self._answers is not None
        return self._answers

    def get(self, _: str) -> object:
        return self._answer(self._raw)

    def hget(self, *_: str) -> object:
        return self._answer(self._raw)

    def hlen(self, _: str) -> object:
        return self._answer(1)

    def hkeys(self, _: str) -> object:
        return self._answer([b"web-id"])

    def hgetall(self, key: str) -> object:
        fields: dict[bytes, bytes] = {b"web-id": self._raw}
        if key.endswith(":nodes"):
            fields = dict.fromkeys((part.encode() for part in NodeMemory.__dataclass_fields__), self._raw)
        if key.endswith(":counters"):
            fields = {self._raw: b"1", b'["skep_orders_total"]': self._raw}
        return self._answer(fields)

    def hmget(self, _: str, fields: list[str]) -> object:
        return self._answer([self._raw for _ in fields])

    def mget(self, keys: list[str]) -> object:
        return self._answer([self._raw for _ in keys])

    def lrange(self, *_: object) -> object:
        return self._answer([self._raw])

    def set(self, *_: object, **__: object) -> object:
        return self._answer(None)

    def eval(self, script: str, *_: object) -> object:
        return self._answer([b"web-id", self._raw] if "HKEYS" in script else None)

    def _answer(self, value: object) -> object:
        if self._answers is None:
            return value
        self._answers.append(value)
        return self


def look(data: bytes) -> None:
    """Read it as everything that is kept there."""
    client = cast("redis.Redis", _SameEverywhere(data))
    memory, lessons = RedisMemory(client), RedisLessons(client)
    acts = memory.recall_acts()
    shared = memory.recall_share(["web-id"], acts)
    whole = memory.recall(["web-id"])
    assert shared == whole
    for choice in whole.choices.values():
        _go_by(choice)
    for followed in whole.followed.values():
        _go_by(followed.tuned)
    for known in (memory.recall(), memory.decisions(), memory.names(), memory.recall_nodes(), memory.pool_events()):
        assert known is not None
    pool = memory.recall_pools(["workers"])["workers"]
    assert pool.choice == whole.choices.get("web-id")
    assert all(math.isfinite(load) for _, load in memory.pool_loads("workers", last=1))
    assert all(isinstance(age, timedelta) for age in memory.ages(Signal.CPU))
    lessons.looked_at()
    lessons.recall(["web-id"])
    notices = RedisNotices(client)
    notices.recall()
    notices.failures()
    RedisMeters(client).read()


def _go_by(choice: Tuned) -> None:
    """As evaluations do, at the time of the choice and now."""
    for now in (choice.chosen_at, NOW):
        tuned = continued(choice, None, of=choice.metric, now=now)
        if tuned is not None:
            proposal = tuned.propose(ServiceDemand(metric=_METRIC, value=1.0, at=now), now=now)
            assert proposal.replicas is not None
            assert proposal.replicas >= 0
            assert tuned.advanced(1.0, now=now).flaw is None

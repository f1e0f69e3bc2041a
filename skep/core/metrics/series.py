"""Measured points, and the reasons why there may be none that can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.policy import Signal, Source

__all__ = ["Answer", "Answers", "Gap", "GapReason", "Histogram", "Idle", "Question", "Reading", "Series"]


class GapReason(StrEnum):
    """Why a metric has no value. No data is not zero: a gap never asks for fewer replicas."""

    NO_DATA = "no data"
    OF_OTHERS = "of other replicas"
    STALE = "stale"
    FROM_THE_FUTURE = "from the future"
    NOT_A_NUMBER = "not a number"
    NEGATIVE = "negative"
    UNREACHABLE = "store unreachable"
    REFUSED = "query refused"
    NO_BASIS = "no limit or reservation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A missing value and why it is missing, in words for the operator."""

    reason: GapReason
    detail: str

    @property
    def sentence(self) -> str:
        """The reason with its detail: ``stale: newest point is 95 s old, at most 45 s allowed``."""
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing to measure and nothing missing: without requests there is no latency."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value that can be trusted, and the instant of the newest point in it."""

    value: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Raw points of one source, oldest first.

    The points are two columns of plain floats: a tick of ten thousand services reads a few hundred thousand of
    them, which is too many for an object each.

    Attributes:
        source: what produced them: a swarm task id, or a proxy instance with its backend.
        at_epoch_s: instants in seconds since 1970 UTC, by the store's record; ascending.
        values: one for each instant; may hold NaN, infinities and negatives, which are judged later.
    """

    source: str
    at_epoch_s: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Raw points of one source's histogram of durations, oldest first: counters that grow until they start over.

    Attributes:
        source: what produced them: a proxy instance with its backend.
        at_epoch_s: as for :class:`Series`.
        sums_s: all durations together, in seconds; one for each instant.
        counts: how many there were.
        bounds_s: upper bounds of the buckets, ascending, without the infinite one; none where nobody asked for them.
        buckets: per bound, how many durations were at most so long, one for each instant.
    """

    source: str
    at_epoch_s: tuple[float, ...]
    sums_s: tuple[float, ...]
    counts: tuple[float, ...]
    bounds_s: tuple[float, ...] = ()
    buckets: tuple[tuple[float, ...], ...] = ()

    @property
    def sums(self) -> Series:
        """All durations together, as a counter."""
        return Series(source=self.source, at_epoch_s=self.at_epoch_s, values=self.sums_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask the metrics store.

    A built-in signal is asked once for all services at once. An operator's own query is asked per service and
    metric, in a request of its own, so that a wrong one blinds nobody else.

    Attributes:
        window: how far back points are wanted.
        service: name of the service, for ``Signal.QUERY``, and where a statement is only wanted to be seen.
        metric: name of the metric, for ``Signal.QUERY`` only.
        query: the operator's statement with ``$service`` still in it, for ``Signal.QUERY`` only.
        source: the store to ask, for ``Signal.QUERY`` only.
    """

    signal: Signal
    window: timedelta
    service: str | None = None
    metric: str | None = None
    query: str | None = None
    source: Source = Source.INFLUXDB


#: What came back for one service and one question: its series (never empty) or why there is nothing.
Answer = tuple[Series, ...] | Gap

_NOTHING = Gap(reason=GapReason.NO_DATA, detail="the store holds no points for this service in the window")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All that the metrics store said in one evaluation.

    Attributes:
        as_of: the store's own clock at the time of the answer; ages are judged against it.
        built_in: per signal, either series by the name of the service or node, or the one gap that holds for all.
        own: answers to operators' own queries by ``(service name, metric name)``.
        durations: how long requests took, by service name, where the proxy tells histograms of it, or the one gap that
            holds for all services; ``None`` where the proxy tells signals of its own for what would be derived of them.
    """

    as_of: datetime
    built_in: Mapping[Signal, Mapping[str, tuple[Series, ...]] | Gap]
    own: Mapping[tuple[str, str], Answer]
    durations: Mapping[str, tuple[Histogram, ...]] | Gap | None = None

    def of(self, *, signal: Signal, service: str, metric: str) -> Answer:
        """The answer for one metric of one service; a gap ``NO_DATA`` where nothing came back for it."""
        if signal is Signal.QUERY:
            return self.own.get((service, metric), _NOTHING)
        by_service = self.built_in.get(signal, _NOTHING)
        if isinstance(by_service, Gap):
            return by_service
        return by_service.get(service, _NOTHING)

    def durations_of(self, service: str) -> tuple[Histogram, ...] | Gap | None:
        """The histograms of one service, never empty; ``None`` where the proxy tells none of any."""
        if self.durations is None or isinstance(self.durations, Gap):
            return self.durations
        return self.durations.get(service, _NOTHING)

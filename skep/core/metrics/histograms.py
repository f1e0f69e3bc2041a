"""What histograms of durations tell of a window: mean and percentiles, over all proxies, methods and codes together.

Histograms are counters: only what they grew by within the window counts, and an interval in which one started over is
left out whole.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from skep.core.metrics.latency import Latency
from skep.core.metrics.series import Gap, GapReason, Histogram, Idle, Series
from skep.core.metrics.windows import freshness_gap, newest_instant, sane_gap

__all__ = ["mean_duration", "percentile_duration"]

_IDLE_REASON = "no requests, and so no latency"


def mean_duration(
    histograms: Sequence[Histogram], *, as_of: datetime, window: timedelta, max_age: timedelta
) -> Latency | Idle | Gap:
    """The mean duration of the requests that ended within the window.

    Args:
        histograms: at least one.
        as_of: the store's clock.
        window: the span before the newest point of each.
        max_age: how old the newest points may be.

    Returns:
        ``Idle`` where all tell that no request ended; a gap where none can tell anything.
    """
    grown = _all_grown(histograms, as_of, window, max_age)
    if not isinstance(grown, _AllGrown):
        return grown
    total = math.fsum(each.count for each in grown.parts)
    spent_s = math.fsum(each.sum_s for each in grown.parts)
    return Latency(value=spent_s / total, at=grown.at, is_partial=grown.is_partial)


def percentile_duration(
    histograms: Sequence[Histogram], share: float, *, as_of: datetime, window: timedelta, max_age: timedelta
) -> Latency | Idle | Gap:
    """The duration that this share of the requests did not exceed.

    Within a bucket durations are taken to be spread evenly, and the first bucket begins at 0: the rule of Prometheus'
    ``histogram_quantile``. Where it lies beyond the last bound, that bound is the least it can be, and the value is
    marked as one of a part.

    Args:
        histograms: at least one.
        share: above 0 and at most 1; 0.95 for the 95th percentile.
        as_of: the store's clock.
        window: the span before the newest point of each.
        max_age: how old the newest points may be.

    Returns:
        ``Idle`` where all tell that no request ended; a gap where none can tell anything, or where proxies have
        different buckets.
    """
    grown = _all_grown(histograms, as_of, window, max_age)
    if not isinstance(grown, _AllGrown):
        return grown
    bounds_s = {each.bounds_s for each in grown.parts}
    if len(bounds_s) > 1 or () in bounds_s:
        detail = "the proxies have different buckets" if len(bounds_s) > 1 else "the proxy tells no buckets"
        return Gap(reason=GapReason.REFUSED, detail=detail)
    (bounds,) = bounds_s
    buckets = [math.fsum(column) for column in zip(*(each.buckets for each in grown.parts), strict=True)]
    value, is_beyond = _quantile(bounds, buckets, math.fsum(each.count for each in grown.parts), share)
    return Latency(value=value, at=grown.at, is_partial=grown.is_partial or is_beyond)


def _quantile(bounds_s: Sequence[float], buckets: Sequence[float], total: float, share: float) -> tuple[float, bool]:
    """The value, and whether it lies beyond the last bound."""
    rank = share * total
    below_s, below = 0.0, 0.0
    # Counted one after the other while requests end, so a wider bucket may be behind a narrower one by a few.
    for bound_s, count in zip(bounds_s, accumulate(buckets, max), strict=True):
        if count >= rank and count > below:
            return below_s + (bound_s - below_s) * (rank - below) / (count - below), False
        below_s, below = bound_s, count
    return bounds_s[-1], True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grown:
    """By how much one histogram grew."""

    at: datetime
    count: float
    sum_s: float
    bounds_s: tuple[float, ...]
    buckets: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AllGrown:
    """Those that grew by anything; at least one."""

    parts: tuple[_Grown, ...]
    at: datetime
    is_partial: bool


def _all_grown(
    histograms: Sequence[Histogram], as_of: datetime, window: timedelta, max_age: timedelta
) -> _AllGrown | Idle | Gap:
    outcomes = [_grown(histogram, as_of, window, max_age) for histogram in histograms]
    known = [outcome for outcome in outcomes if isinstance(outcome, _Grown)]
    gaps = [outcome for outcome in outcomes if isinstance(outcome, Gap)]
    parts = tuple(each for each in known if each.count > 0)
    if parts:
        return _AllGrown(parts=parts, at=max(each.at for each in parts), is_partial=bool(gaps))
    return gaps[0] if gaps else Idle(at=max(each.at for each in known), reason=_IDLE_REASON)


def _grown(histogram: Histogram, as_of: datetime, window: timedelta, max_age: timedelta) -> _Grown | Gap:
    counts = Series(source=histogram.source, at_epoch_s=histogram.at_epoch_s, values=histogram.counts)
    columns = (histogram.counts, histogram.sums_s, *histogram.buckets)
    gap = freshness_gap(counts, as_of=as_of, max_age=max_age) or _first_gap(columns)
    if gap is not None:
        return gap
    start_epoch_s = histogram.at_epoch_s[-1] - window.total_seconds()
    steps = [
        (earlier, later)
        for earlier, later in pairwise(range(len(histogram.counts)))
        if histogram.at_epoch_s[later] > start_epoch_s and not _starts_over(columns, earlier, later)
    ]
    if not steps:
        return Gap(reason=GapReason.NO_DATA, detail="no two points in a row to take durations from")
    count, sum_s, *buckets = (
        math.fsum(column[later] - column[earlier] for earlier, later in steps) for column in columns
    )
    return _Grown(
        at=newest_instant(counts, as_of),
        count=count,
        sum_s=sum_s,
        bounds_s=histogram.bounds_s,
        buckets=tuple(buckets),
    )


def _starts_over(columns: Sequence[tuple[float, ...]], earlier: int, later: int) -> bool:
    return any(column[later] < column[earlier] for column in columns)


def _first_gap(columns: Sequence[tuple[float, ...]]) -> Gap | None:
    return next((gap for column in columns if (gap := sane_gap(column)) is not None), None)

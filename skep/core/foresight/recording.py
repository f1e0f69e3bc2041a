"""The load of a service as the metrics store has recorded it, in buckets of one interval."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from skep.core.foresight.lesson import Recorded
from skep.core.metrics.series import Series

__all__ = ["recorded_counters", "recorded_gauges"]

#: Between two points that lie further apart nothing is known.
_LONGEST_GAP = timedelta(minutes=5)
#: So much of a bucket has to be known for its mean to be believed.
_KNOWN_SHARE = 0.5

_Doubles = NDArray[np.float64]


def recorded_counters(
    sources: Sequence[Series], *, since: datetime, until: datetime, interval: timedelta
) -> Recorded | None:
    """The rates of counters, all sources added up.

    An interval across a reset is left out, as in an evaluation: neither its increase nor its time counts.

    Args:
        sources: raw points of each source, oldest first.
        since: when the first bucket may begin; rounded up to a whole interval since 1970.
        until: when the last bucket may end, unless the newest point is older; rounded down.
        interval: how long each bucket lasts.

    Returns:
        The load, or ``None`` where no bucket is over.
    """
    return _recorded(sources, since=since, until=until, interval=interval, are_counters=True)


def recorded_gauges(
    sources: Sequence[Series], *, since: datetime, until: datetime, interval: timedelta
) -> Recorded | None:
    """The means of gauges, each holding until its next point, all sources added up. As :func:`recorded_counters`."""
    return _recorded(sources, since=since, until=until, interval=interval, are_counters=False)


def _recorded(
    sources: Sequence[Series], *, since: datetime, until: datetime, interval: timedelta, are_counters: bool
) -> Recorded | None:
    every_s = interval.total_seconds()
    newest_s = max((series.at_epoch_s[-1] for series in sources if series.at_epoch_s), default=0.0)
    first = -(-since.timestamp() // every_s)
    last = min(until.timestamp(), newest_s) // every_s
    if last <= first:
        return None
    edges = np.arange(first, last + 1, dtype=np.float64) * every_s
    means = [_means(series, edges, are_counters=are_counters) for series in sources if len(series.at_epoch_s) > 1]
    if not means:
        return None
    # Where nothing is known of any source, nothing is: else sources that are silent count as nothing.
    stacked = np.stack(means)
    summed = np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))
    loads: tuple[float | None, ...] = tuple(summed.tolist())
    return Recorded(ends_at=datetime.fromtimestamp(edges[-1], tz=UTC), loads=loads)


def _means(series: Series, edges: _Doubles, *, are_counters: bool) -> _Doubles:
    """The mean of each bucket; NaN where too little of it is known."""
    at = np.array(series.at_epoch_s)
    values = np.array(series.values)
    spans = np.diff(at)
    amounts = np.diff(values) if are_counters else values[:-1] * spans
    is_sane = np.isfinite(values[:-1]) & np.isfinite(values[1:]) & (values[:-1] >= 0) & (values[1:] >= 0)
    is_sane &= (spans > 0) & (spans <= _LONGEST_GAP.total_seconds()) & (np.nan_to_num(amounts, nan=-1.0) >= 0)
    known_s = np.diff(np.interp(edges, at, _running(np.where(is_sane, spans, 0.0))))
    amount = np.diff(np.interp(edges, at, _running(np.where(is_sane, amounts, 0.0))))
    enough = known_s >= _KNOWN_SHARE * np.diff(edges)
    return np.where(enough, amount / np.where(enough, known_s, 1.0), np.nan)


def _running(values: _Doubles) -> _Doubles:
    """The sums up to each point, the first of which is nothing."""
    return np.concatenate(([0.0], np.cumsum(values)))

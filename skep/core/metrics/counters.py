"""Rates of counters that may start over at any moment.

A reload of docker-flow-proxy sets every counter of every backend to zero, and each scaling action causes one. A
naive difference would read that as a fall in load and shrink right after growing. Here an interval across a reset
is left out: neither its increase nor its time counts.
"""

import math
from datetime import datetime, timedelta
from itertools import pairwise

from skep.core.metrics.series import Gap, GapReason, Reading, Series
from skep.core.metrics.windows import freshness_gap, newest_instant, sane_gap

__all__ = ["counter_rate"]


def counter_rate(series: Series, *, as_of: datetime, window: timedelta, max_age: timedelta) -> Reading | Gap:
    """The mean increase per second of a counter over the window that ends at its newest point.

    Args:
        series: raw values of the counter, oldest first.
        as_of: the store's clock.
        window: the span over which the mean is taken; an interval counts if it ends inside it.
        max_age: how old the newest point may be.

    Returns:
        A reading in units per second, or a gap where points are stale, insane, or fewer than two of them
        follow one another without a reset.
    """
    gap = freshness_gap(series, as_of=as_of, max_age=max_age) or sane_gap(series.values)
    if gap is not None:
        return gap
    start_epoch_s = series.at_epoch_s[-1] - window.total_seconds()
    increases: list[float] = []
    spans_s: list[float] = []
    for (at_a, value_a), (at_b, value_b) in pairwise(zip(series.at_epoch_s, series.values, strict=True)):
        if at_b > start_epoch_s and value_b >= value_a:
            increases.append(value_b - value_a)
            spans_s.append(at_b - at_a)
    span_s = math.fsum(spans_s)
    if span_s <= 0:
        return Gap(reason=GapReason.NO_DATA, detail="no two points in a row to take a rate from")
    return Reading(value=math.fsum(increases) / span_s, at=newest_instant(series, as_of))

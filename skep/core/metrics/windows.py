"""From raw points to one trusted value: judge age and sanity first, then take the mean over the window."""

import math
from datetime import datetime, timedelta

from skep.core.metrics.series import Gap, GapReason, Reading, Series

__all__ = ["freshness_gap", "mean_gauge", "newest_instant", "sane_gap", "values_since"]


def mean_gauge(series: Series, *, as_of: datetime, window: timedelta, max_age: timedelta) -> Reading | Gap:
    """The mean of the points of a gauge that lie in the window before its newest point.

    The window ends at the newest point and not at ``as_of``, so that the delay of collection does not empty it.

    Returns:
        A reading, or a gap where the newest point is too old, ahead of the store's clock by more than
        ``max_age``, or where any point in the window is not a finite number or is negative.
    """
    gap = freshness_gap(series, as_of=as_of, max_age=max_age)
    if gap is not None:
        return gap
    values = values_since(series, series.at_epoch_s[-1] - window.total_seconds())
    gap = sane_gap(values)
    if gap is not None:
        return gap
    return Reading(value=math.fsum(values) / len(values), at=newest_instant(series, as_of))


def freshness_gap(series: Series, *, as_of: datetime, max_age: timedelta) -> Gap | None:
    """Why the newest point cannot speak for the present, or ``None`` if it can."""
    if not series.at_epoch_s:
        return Gap(reason=GapReason.NO_DATA, detail="no points in the window")
    age_s = as_of.timestamp() - series.at_epoch_s[-1]
    allowed_s = max_age.total_seconds()
    if age_s > allowed_s:
        detail = f"newest point is {age_s:.0f} s old, at most {allowed_s:.0f} s allowed"
        return Gap(reason=GapReason.STALE, detail=detail)
    if age_s < -allowed_s:
        detail = f"newest point is {-age_s:.0f} s ahead of the store's clock ({series.source})"
        return Gap(reason=GapReason.FROM_THE_FUTURE, detail=detail)
    return None


def sane_gap(values: tuple[float, ...]) -> Gap | None:
    """Why these values cannot be a load, or ``None`` if they can."""
    for value in values:
        if not math.isfinite(value):
            return Gap(reason=GapReason.NOT_A_NUMBER, detail=f"the store answered {value}")
        if value < 0:
            return Gap(reason=GapReason.NEGATIVE, detail=f"the store answered {value:g}")
    return None


def values_since(series: Series, start_epoch_s: float) -> tuple[float, ...]:
    """The values whose instants are not before ``start_epoch_s``."""
    instants = series.at_epoch_s
    first = len(instants)
    while first > 0 and instants[first - 1] >= start_epoch_s:
        first -= 1
    return series.values[first:]


def newest_instant(series: Series, as_of: datetime) -> datetime:
    """The instant of the newest point, in the time zone of ``as_of``."""
    return datetime.fromtimestamp(series.at_epoch_s[-1], tz=as_of.tzinfo)

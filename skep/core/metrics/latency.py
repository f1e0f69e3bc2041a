"""How long requests take, as HAProxy tells it: the mean of the last 1,024 requests of each backend.

The figure never decays: without new requests it speaks of old ones. It is believed only where the counter of requests
says that there were some.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from skep.core.metrics.counters import counter_rate
from skep.core.metrics.series import Gap, Idle, Reading, Series
from skep.core.metrics.windows import mean_gauge

__all__ = ["Latency", "mean_latency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """A mean over proxies.

    Attributes:
        value: in seconds.
        is_partial: a proxy was silent, so its requests are not in it.
    """

    value: float
    at: datetime
    is_partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    rate_rps: float
    latency: Reading


def mean_latency(
    latencies: Sequence[Series],
    counters: Sequence[Series],
    *,
    as_of: datetime,
    window: timedelta,
    max_age: timedelta,
) -> Latency | Idle | Gap:
    """The mean over all proxies, each weighed by the requests it passed on within the window.

    Args:
        latencies: seconds, one series per proxy.
        counters: requests, with the same sources.
        as_of: the store's clock.
        window: the span over which both are taken.
        max_age: how old the newest points may be.

    Returns:
        ``Idle`` where every proxy tells that there was no request; a gap where none can tell anything.
    """
    known = {series.source: series for series in counters}
    outcomes = [_share(each, known.get(each.source), as_of, window, max_age) for each in latencies]
    shares = [outcome for outcome in outcomes if isinstance(outcome, _Share)]
    gaps = [outcome for outcome in outcomes if isinstance(outcome, Gap)]
    total_rps = math.fsum(share.rate_rps for share in shares)
    if total_rps > 0:
        weighed = math.fsum(share.rate_rps * share.latency.value for share in shares)
        return Latency(value=weighed / total_rps, at=max(_instants(shares)), is_partial=bool(gaps))
    return gaps[0] if gaps else Idle(at=max(_instants(shares)), reason="no requests, and so no latency")


def _share(
    latency: Series, counter: Series | None, as_of: datetime, window: timedelta, max_age: timedelta
) -> _Share | Gap:
    counter = counter or Series(source=latency.source, at_epoch_s=(), values=())
    rate = counter_rate(counter, as_of=as_of, window=window, max_age=max_age)
    if isinstance(rate, Gap):
        return rate
    mean = mean_gauge(latency, as_of=as_of, window=window, max_age=max_age)
    return mean if isinstance(mean, Gap) else _Share(rate_rps=rate.value, latency=mean)


def _instants(shares: Sequence[_Share]) -> Iterator[datetime]:
    return (share.latency.at for share in shares)

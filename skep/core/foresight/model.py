"""What is assumed of a service when a trace is replayed: what a replica carries, how late it comes, what is seen."""

from dataclasses import dataclass
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit

__all__ = ["METRIC_DELAY", "POINT", "ServiceModel", "fitted_capacity_rps"]

#: Load is drawn in points of this span; every span of a model is a whole number of them.
POINT = timedelta(seconds=5)
#: How old what is measured is assumed to be when it is seen.
METRIC_DELAY = timedelta(seconds=15)

_BOUNDS = Bounds(min_replicas=1, max_replicas=60)
_BUSIEST_SHARE = 0.999
_REPLICAS_WHEN_BUSIEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModel:
    """A service of equal replicas with exact, constant capacity.

    What is beyond the capacity is dropped, there is no queue. New replicas are paid for at once and serve after the
    start delay; those that are taken away are gone at once, the newest first.

    Attributes:
        capacity_rps: what one replica can serve.
        target_ratio: the share of its capacity that a replica should carry.
        start_delay: from the order of a replica to its first request.
        metric_window: the span whose mean is measured.
        metric_delay: how old that mean is when it is seen.
        interval: the time from one evaluation to the next.
    """

    capacity_rps: float
    target_ratio: float = 0.7
    start_delay: timedelta = timedelta(seconds=30)
    metric_window: timedelta = timedelta(seconds=30)
    metric_delay: timedelta = METRIC_DELAY
    interval: timedelta = timedelta(seconds=15)
    bounds: Bounds = _BOUNDS

    def __post_init__(self) -> None:
        """Refuse what cannot be replayed.

        Raises:
            ValueError: a capacity or target that is not above zero, or a span that is no whole number of points.
        """
        if self.capacity_rps <= 0 or not 0 < self.target_ratio <= 1:
            raise ValueError(f"no replica carries {self.target_ratio} of {self.capacity_rps} requests per second")
        spans = {"metric window": self.metric_window, "metric delay": self.metric_delay, "interval": self.interval}
        for name, span in spans.items():
            if span % POINT or (span <= timedelta(0) and name != "metric delay"):
                raise ValueError(f"the {name} is a multiple of {POINT.total_seconds():.0f} s, got {span}")
        if self.start_delay < timedelta(0):
            raise ValueError(f"replicas cannot serve before they are ordered, got {self.start_delay}")

    @property
    def target_rps(self) -> float:
        """What one replica should carry."""
        return self.capacity_rps * self.target_ratio

    @property
    def start_ticks(self) -> int:
        """After how many evaluations an ordered replica serves, rounded up."""
        return -(-self.start_delay // self.interval)

    @property
    def metric(self) -> MetricPolicy:
        """Requests per second, as a total, with the target of this model."""
        return MetricPolicy(
            name="requests",
            signal=Signal.QUERY,
            kind=MetricKind.TOTAL,
            unit=Unit.PER_SECOND,
            target_value=self.target_rps,
            window=self.metric_window,
        )


def fitted_capacity_rps(rates_rps: tuple[float, ...], *, target_ratio: float) -> float:
    """The capacity with which all but the busiest thousandth of the time needs no more than 20 replicas.

    So that traces of any scale are comparable.

    Args:
        rates_rps: rates over equal spans of time.
        target_ratio: the share of its capacity that a replica should carry.
    """
    ordered = sorted(rates_rps)
    place = _BUSIEST_SHARE * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    busiest = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return busiest / (_REPLICAS_WHEN_BUSIEST * target_ratio)

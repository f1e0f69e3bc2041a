"""On what terms a service is scaled: all that the replay of a rule depends on besides the load."""

from dataclasses import dataclass
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.foresight.model import ServiceModel
from skep.core.strategies.proposal import LARGEST_COUNT

__all__ = ["Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was learned on other terms says nothing about these.

    Attributes:
        target: the load that one replica should carry, in the unit of the metric.
        activation: a load up to this asks for nothing, where there may be no replicas.
        interval: the time from one evaluation to the next.
        start_ticks: after how many evaluations an ordered replica serves.
        sight_ticks: after how many evaluations a load is wholly in what is measured.
        lead_ticks: how many evaluations ahead of what is measured an order takes effect.
    """

    target: float
    bounds: Bounds
    interval: timedelta
    start_ticks: int
    sight_ticks: int
    lead_ticks: float
    activation: float = 0.0

    @property
    def largest_load(self) -> float:
        """More than this is no load that any count could carry, and would only spoil what was learned."""
        return self.target * LARGEST_COUNT

    def believed(self, load: float) -> float:
        """A load within 0 and the largest."""
        return min(max(load, 0.0), self.largest_load)

    @classmethod
    def from_spans(
        cls,
        *,
        target: float,
        bounds: Bounds,
        interval: timedelta,
        start_delay: timedelta,
        metric_window: timedelta,
        metric_delay: timedelta,
        activation: float = 0.0,
    ) -> "Terms":
        """The terms of a service, its spans counted in evaluations.

        Args:
            target: the load that one replica should carry.
            bounds: those that hold while no schedule says otherwise.
            interval: the time from one evaluation to the next.
            start_delay: from the order of a replica to its first request, as measured on this service.
            metric_window: the span whose mean is measured.
            metric_delay: how old that mean is when it is seen.
            activation: a load up to this asks for nothing, where there may be no replicas.
        """
        start_ticks = -(-start_delay // interval)
        # From the middle of what is measured to the middle of the time from when this order serves to when that of the
        # next evaluation does.
        lead_ticks = (metric_delay + metric_window / 2) / interval + start_ticks + 0.5
        return cls(
            target=target,
            bounds=bounds,
            interval=interval,
            start_ticks=start_ticks,
            sight_ticks=-(-(metric_delay + metric_window) // interval),
            lead_ticks=lead_ticks,
            activation=activation,
        )

    @classmethod
    def of(cls, model: ServiceModel) -> "Terms":
        """The terms of a service that a model describes."""
        return cls.from_spans(
            target=model.target_rps,
            bounds=model.bounds,
            interval=model.interval,
            start_delay=model.start_delay,
            metric_window=model.metric_window,
            metric_delay=model.metric_delay,
        )

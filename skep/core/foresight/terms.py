"""On what terms a service is scaled: all that the replay of a rule depends on besides the load."""

from dataclasses import dataclass
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.foresight.model import ServiceModel

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

    @classmethod
    def of(cls, model: ServiceModel) -> "Terms":
        """The terms of a service that a model describes."""
        return cls(
            target=model.target_rps,
            bounds=model.bounds,
            interval=model.interval,
            start_ticks=model.start_ticks,
            sight_ticks=model.sight_ticks,
            lead_ticks=model.lead_ticks,
        )

"""What the history of a service suggests for its labels, with the evidence: values without arithmetic."""

from dataclasses import dataclass
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.foresight.metric_delay import MetricDelay
from skep.core.policy import Unit

__all__ = ["Advice", "CapacityEstimate", "PriceOption"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOption:
    """What following the cheapest rule at one price would have come to, on average at any moment.

    Attributes:
        price: of a missing replica in idle ones.
        rule: in words.
        replicas: paid for.
        missing: fewer than the load needed.
    """

    price: float
    rule: str
    replicas: float
    missing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityEstimate:
    """The load at which a replica's processor would be fully used, drawn on from what it used at other loads.

    Attributes:
        load: in the unit of the metric, per replica.
        error: the standard error of that.
        points: how many moments it rests on.
    """

    load: float
    error: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Proposals and their evidence. Nothing of it is ever applied by itself.

    Attributes:
        metric: whose history this is.
        known: how much of it there is.
        target_value: the one in force.
        bounds: those in force.
        start_delay: from the order of a replica until it serves.
        is_start_delay_measured: whether it was measured, or is assumed.
        lowest, highest: the load that is seldom gone below, and the highest that was measured.
        proposed_bounds: those with which the load of the history would have been carried.
        prices: what each price would have come to; none where the history is too short to choose by.
        proposed_price: one of those.
        capacity: of a replica; ``None`` where it cannot be told.
        proposed_target: a share of the capacity.
        metric_delay: how old the load is when it is seen, as measured; ``None`` where it is assumed.
    """

    service: str
    metric: str
    unit: Unit
    known: timedelta
    target_value: float
    bounds: Bounds
    start_delay: timedelta
    is_start_delay_measured: bool
    lowest: float
    highest: float
    proposed_bounds: Bounds
    prices: tuple[PriceOption, ...] = ()
    proposed_price: float | None = None
    capacity: CapacityEstimate | None = None
    proposed_target: float | None = None
    metric_delay: MetricDelay | None = None

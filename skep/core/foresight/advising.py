"""From the recorded load of a service to advice about its labels."""

import math
from collections.abc import Sequence
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.foresight.advice import Advice, PriceOption
from skep.core.foresight.carrying import Burden, estimated_capacity
from skep.core.foresight.choice import choose
from skep.core.foresight.learning import Learned
from skep.core.foresight.lesson import Recorded, look_again
from skep.core.foresight.metric_delay import MetricDelay
from skep.core.foresight.terms import Terms
from skep.core.policy import MetricPolicy
from skep.core.strategies.proposal import whole_replicas

__all__ = ["advise"]

_PRICES = (2.0, 4.0, 10.0, 25.0)
#: The least price is proposed that would have lacked no more than this share of the replicas paid for.
_SELDOM_MISSING = 0.01
#: Beyond what the history has seen, so much room is left for what it has not.
_ROOM_ABOVE = 1.25
#: A load that the history went below for this share of the time only.
_LOWEST_SHARE = 0.05
#: The share of its capacity that a replica should carry.
_TARGET_SHARE = 0.7


def advise(
    recorded: Recorded,
    *,
    service: str,
    terms: Terms,
    metric: MetricPolicy,
    start_delay: timedelta,
    is_start_delay_measured: bool,
    metric_delay: MetricDelay | None = None,
    burdens: Sequence[Burden] = (),
) -> Advice | None:
    """What the history suggests.

    Args:
        recorded: the load, in buckets of one interval.
        service: its name.
        terms: on which it is scaled.
        metric: whose load it is.
        start_delay: of its replicas.
        is_start_delay_measured: whether that was measured, or is assumed.
        metric_delay: how old the load is when it is seen, as measured.
        burdens: moments at which load and use of the processor were measured together.

    Returns:
        The advice, or ``None`` where nothing is known of the load.
    """
    lesson = look_again(None, recorded, terms=terms, metric=metric.name, window=metric.window, price=_PRICES[0])
    loads = sorted(load for load in recorded.loads if load is not None and math.isfinite(load))
    if lesson is None or not loads:
        return None
    lowest, highest = loads[int(_LOWEST_SHARE * (len(loads) - 1))], loads[-1]
    prices = _prices(lesson.learned)
    capacity = estimated_capacity(burdens)
    return Advice(
        service=service,
        metric=metric.name,
        unit=metric.unit,
        known=len(loads) * terms.interval,
        target_value=metric.target_value,
        bounds=terms.bounds,
        start_delay=start_delay,
        is_start_delay_measured=is_start_delay_measured,
        metric_delay=metric_delay,
        lowest=lowest,
        highest=highest,
        proposed_bounds=Bounds(
            min_replicas=max(whole_replicas(lowest / metric.target_value), 1),
            max_replicas=max(whole_replicas(_ROOM_ABOVE * highest / metric.target_value), 1),
        ),
        prices=prices,
        proposed_price=_proposed(prices),
        capacity=capacity,
        proposed_target=None if capacity is None else _TARGET_SHARE * capacity.load,
    )


def _prices(learned: Learned) -> tuple[PriceOption, ...]:
    options: list[PriceOption] = []
    for price in _PRICES:
        choice = choose(learned, price=price)
        if choice.cost_parts is None:
            return ()
        parts = choice.cost_parts
        options.append(
            PriceOption(price=price, rule=choice.rule.sentence, replicas=parts.replicas, missing=parts.missing)
        )
    return tuple(options)


def _proposed(prices: tuple[PriceOption, ...]) -> float | None:
    """The least price that is seldom late; the highest where none is."""
    good = (option.price for option in prices if option.missing <= _SELDOM_MISSING * option.replicas)
    return next(good, prices[-1].price if prices else None)

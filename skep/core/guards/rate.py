"""How much may change within a period: the rate policies of the Kubernetes HorizontalPodAutoscaler."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from skep.core.decision import ScaleEvent, Situation, Step
from skep.core.policy import DirectionPolicy, RateLimit, RateUnit, Select

__all__ = ["growth_limit", "rate_limited", "shrink_limit"]


def rate_limited(situation: Situation, replicas: int) -> Step | None:
    """Cut a change to what its direction still allows within the running periods."""
    present, events, now = situation.replicas, situation.history.events, situation.now
    if replicas == present:
        return None
    if replicas > present:
        policy = situation.policy.scale_up
        limit = growth_limit(policy, replicas=present, events=events, now=now)
        goal = min(replicas, limit)
    else:
        policy = situation.policy.scale_down
        limit = shrink_limit(policy, replicas=present, events=events, now=now)
        goal = max(replicas, limit)
    if goal == replicas:
        return None
    return Step(
        by="rate",
        replicas_before=replicas,
        replicas_after=goal,
        reason=_reason(policy, "growth" if replicas > present else "shrinking"),
        until=_budget_returns_at(policy, events, now),
    )


def growth_limit(policy: DirectionPolicy, *, replicas: int, events: Iterable[ScaleEvent], now: datetime) -> int:
    """The most replicas allowed now; the present count where growth is off or its budget is spent."""
    if policy.select is Select.DISABLED:
        return replicas
    past = tuple(events)
    limits = [_grown(rate, _start(replicas, past, now, rate.period)) for rate in policy.rates]
    if not limits:
        return 2**31 - 1
    chosen = min(limits) if policy.select is Select.MIN else max(limits)
    return max(chosen, replicas)


def shrink_limit(policy: DirectionPolicy, *, replicas: int, events: Iterable[ScaleEvent], now: datetime) -> int:
    """The fewest replicas allowed now; the present count where shrinking is off or its budget is spent."""
    if policy.select is Select.DISABLED:
        return replicas
    past = tuple(events)
    limits = [_shrunk(rate, _start(replicas, past, now, rate.period)) for rate in policy.rates]
    if not limits:
        return 0
    chosen = max(limits) if policy.select is Select.MIN else min(limits)
    return min(chosen, replicas)


def _start(replicas: int, events: Iterable[ScaleEvent], now: datetime, period: timedelta) -> int:
    """The count at the start of the running period: the present one without what changed since."""
    return replicas - sum(event.change for event in events if now - event.at < period)


def _grown(rate: RateLimit, start: int) -> int:
    if rate.unit is RateUnit.REPLICAS:
        return start + rate.amount
    return math.ceil(start * (100 + rate.amount) / 100)


def _shrunk(rate: RateLimit, start: int) -> int:
    if rate.unit is RateUnit.REPLICAS:
        return start - rate.amount
    return math.trunc(start * (100 - rate.amount) / 100)


def _reason(policy: DirectionPolicy, direction: str) -> str:
    if policy.select is Select.DISABLED:
        return f"{direction} is switched off"
    limits = ", ".join(_rate_text(rate) for rate in policy.rates)
    return f"{direction} is limited to {limits}"


def _rate_text(rate: RateLimit) -> str:
    amount = f"{rate.amount}%" if rate.unit is RateUnit.PERCENT else str(rate.amount)
    return f"{amount} per {rate.period.total_seconds():.0f} s"


def _budget_returns_at(policy: DirectionPolicy, events: Iterable[ScaleEvent], now: datetime) -> datetime | None:
    """When the first event that still counts leaves its period."""
    ends = [event.at + rate.period for event in events for rate in policy.rates if now - event.at < rate.period]
    return min(ends, default=None)

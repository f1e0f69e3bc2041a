"""Which rule a service is scaled by from now on: the one that would have been cheapest of late."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from skep.core.foresight.learning import Cost, Learned, costs
from skep.core.foresight.rules import FALLBACK, MARGINS, PRICED_HALF_LIFE, WINDOWS, Rule

__all__ = ["CHANGE_PRICE", "ENOUGH_HISTORY", "Choice", "choose", "total"]

#: What a replica more or fewer costs, in idle replicas for one evaluation.
CHANGE_PRICE = 2.0
#: With less than a day nobody knows what a day is like.
ENOUGH_HISTORY = timedelta(hours=24)
#: A rule takes over when it is cheaper by more than this share; else noise would choose.
_CLEARLY_CHEAPER = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The rule to follow, and what speaks for it.

    Costs are in replicas: on average at any moment of the last half-life, newer times counting more.

    Attributes:
        price: of a missing replica, in idle ones.
        cost: what following the rule would have cost; ``None`` while there is too little history to choose by.
        cost_parts: what that consists of.
        runner_up: the cheapest other rule.
        runner_up_cost: what that would have cost.
        without_margin_cost: what the rule would have cost without its margin.
        without_window_cost: what it would have cost if shrinking never waited.
        sentence: the reason, for people.
    """

    rule: Rule
    price: float
    cost: float | None = None
    cost_parts: Cost | None = None
    runner_up: Rule | None = None
    runner_up_cost: float | None = None
    without_margin_cost: float | None = None
    without_window_cost: float | None = None
    sentence: str


def total(cost: Cost, price: float) -> float:
    """One number for what a rule costs, in replicas."""
    return cost.replicas + price * cost.missing + CHANGE_PRICE * cost.changes


def choose(
    learned: Learned,
    *,
    price: float,
    current: Rule | None = None,
    among: Callable[[Rule], bool] = lambda _rule: True,
    things: str = "replicas",
) -> Choice:
    """The rule to follow.

    Args:
        learned: what is known of the service.
        price: how many idle replicas a missing one is worth.
        current: the rule followed so far, which stays unless another is clearly cheaper.
        among: which rules may be chosen; at least two.
        things: what the count is of, for people.
    """
    known = learned.ticks * learned.terms.interval
    if known < ENOUGH_HISTORY:
        sentence = f"{FALLBACK.sentence}, until a day of its load is known ({_hours(known)} so far)"
        return Choice(rule=FALLBACK, price=price, sentence=sentence)
    parts = costs(learned)
    totals = {rule: total(cost, price) for rule, cost in parts.items()}
    ranked = sorted(filter(among, totals), key=lambda rule: totals[rule])
    best = ranked[0]
    if current in totals and totals[best] >= totals[current] * (1.0 - _CLEARLY_CHEAPER):
        best = current
    return _explained(best, next(rule for rule in ranked if rule != best), parts, totals, price, things)


def _explained(
    rule: Rule, runner_up: Rule, parts: dict[Rule, Cost], totals: dict[Rule, float], price: float, things: str
) -> Choice:
    no_margin = totals[Rule(predictor=rule.predictor, margin=MARGINS[0], window=rule.window)]
    no_window = totals[Rule(predictor=rule.predictor, margin=rule.margin, window=WINDOWS[0])]
    cost = totals[rule]
    reasons = [
        *_because("the margin", no_margin, cost, is_used=rule.margin > 0),
        *_because("waiting to shrink", no_window, cost, is_used=bool(rule.window)),
    ]
    why = f"; {' and '.join(reasons)}" if reasons else ""
    against = f"the next best ({runner_up.sentence}) {totals[runner_up]:.2f}"
    sentence = (
        f"{rule.sentence}: in the last {_hours(PRICED_HALF_LIFE)} that would have cost {cost:.2f} {things}, "
        f"{against}{why}"
    )
    return Choice(
        rule=rule,
        price=price,
        cost=cost,
        cost_parts=parts[rule],
        runner_up=runner_up,
        runner_up_cost=totals[runner_up],
        without_margin_cost=no_margin,
        without_window_cost=no_window,
        sentence=sentence,
    )


def _because(part: str, without: float, cost: float, *, is_used: bool) -> list[str]:
    """What a part of the rule has been good for, where it is used and has been good for anything."""
    if not is_used or without <= cost:
        return []
    return [f"{part} would have saved {(without - cost) / without:.0%}"]


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.0f} h"

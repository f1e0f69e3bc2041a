"""Which rule is chosen, and what is said for it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.foresight.choice import CHANGE_PRICE, choose, total
from skep.core.foresight.learning import Cost, Learned, begin, costs, learn
from skep.core.foresight.rules import FALLBACK, MARGINS, WINDOWS, Rule, rules
from tests.core.foresight.courses import SLOT, course, daily
from tests.core.foresight.test_learning import TERMS

EVERY = rules(SLOT)
DAY = 5760


def known(costs_of: Mapping[Rule, Cost] | None = None, *, ticks: int = DAY) -> Learned:
    """What would be known if rules had had these costs, and all others had been dear."""
    given_costs = costs_of or {}
    dear = Cost(replicas=1000.0, missing=1000.0, changes=1000.0)
    each = [given_costs.get(rule, dear) for rule in EVERY]
    load = course([7.0] * 10)
    return replace(
        begin(TERMS, at=load.at(0), load=7.0),
        ticks=ticks,
        weight=1.0,
        replicas=tuple(cost.replicas for cost in each),
        missing=tuple(cost.missing for cost in each),
        changes=tuple(cost.changes for cost in each),
    )


def cost(replicas: float, missing: float = 0.0, changes: float = 0.0) -> Cost:
    return Cost(replicas=replicas, missing=missing, changes=changes)


def test_the_cheapest_rule_is_chosen() -> None:
    learned = known({EVERY[3]: cost(5), EVERY[8]: cost(4, missing=0.05), EVERY[9]: cost(3, missing=0.3)})
    choice = choose(learned, price=10)
    assert (choice.rule, choice.runner_up) == (EVERY[8], EVERY[3])
    assert choice.cost == pytest.approx(4.5)
    assert choice.runner_up_cost == pytest.approx(5)


def test_a_higher_price_buys_fewer_missing_replicas() -> None:
    learned = known({EVERY[3]: cost(5), EVERY[8]: cost(4, missing=0.05)})
    assert [choose(learned, price=price).rule for price in (10, 30)] == [EVERY[8], EVERY[3]]


def test_changes_have_a_price() -> None:
    assert total(cost(4, missing=0.1, changes=0.2), 10) == pytest.approx(4 + 1 + 0.2 * CHANGE_PRICE)


@pytest.mark.parametrize(
    ("better", "is_taken"),
    [pytest.param(3.95, False, id="hardly cheaper"), pytest.param(3.9, True, id="clearly cheaper")],
)
def test_another_rule_takes_over_when_it_is_clearly_cheaper(better: float, is_taken: bool) -> None:
    choice = choose(known({EVERY[3]: cost(4), EVERY[8]: cost(better)}), price=10, current=EVERY[3])
    assert choice.rule == (EVERY[8] if is_taken else EVERY[3])


def test_a_rule_that_is_gone_is_not_kept() -> None:
    forgotten = Rule(predictor="the stars", margin=0.0, window=WINDOWS[0])
    assert choose(known({EVERY[3]: cost(4)}), price=10, current=forgotten).rule == EVERY[3]


@pytest.mark.parametrize(
    ("ticks", "is_chosen"), [pytest.param(DAY - 1, False, id="not a day"), pytest.param(DAY, True, id="a day")]
)
def test_with_less_than_a_day_of_history_the_fixed_rule_is_followed(ticks: int, is_chosen: bool) -> None:
    choice = choose(known({EVERY[3]: cost(4)}, ticks=ticks), price=10)
    assert (choice.rule == EVERY[3]) is is_chosen
    assert (choice.cost is not None) is is_chosen
    if not is_chosen:
        assert choice.rule == FALLBACK
        assert choice.sentence == (
            "the load of now + 0.5 errors, kept for 3 min, until a day of its load is known (24 h so far)"
        )


def test_the_reason_names_the_costs_the_next_best_and_what_each_part_is_good_for() -> None:
    rule = Rule(predictor="the trend of the last 15 s", margin=MARGINS[2], window=WINDOWS[1])
    choice = choose(
        known(
            {
                rule: cost(4),
                replace(rule, margin=0.0): cost(3, missing=0.5),
                replace(rule, window=WINDOWS[0]): cost(4, changes=0.5),
            }
        ),
        price=10,
    )
    assert choice.sentence == (
        "the trend of the last 15 s + 1 error, kept for 3 min: in the last 12 h that would have cost 4.00 replicas, "
        "the next best (the trend of the last 15 s + 1 error) 5.00; "
        "the margin would have saved 50% and waiting to shrink would have saved 20%"
    )
    assert choice.without_margin_cost == pytest.approx(8)
    assert choice.without_window_cost == pytest.approx(5)


def test_a_part_that_was_good_for_nothing_is_not_praised() -> None:
    rule = Rule(predictor="the load of now", margin=1.0, window=WINDOWS[1])
    learned = known(
        {rule: cost(4), replace(rule, margin=0.0): cost(3.99), replace(rule, window=WINDOWS[0]): cost(3.99)}
    )
    assert "saved" not in choose(learned, price=10, current=rule).sentence


@given(prices=st.lists(st.floats(0.5, 100.0), min_size=2, max_size=5, unique=True))
def test_what_is_paid_for_never_falls_with_the_price(prices: list[float]) -> None:
    found = costs(LEARNED)
    paid, missing = [], []
    for price in sorted(prices):
        chosen = found[choose(LEARNED, price=price).rule]
        paid.append(chosen.replicas + CHANGE_PRICE * chosen.changes)
        missing.append(chosen.missing)
    assert paid == sorted(paid)
    assert missing == sorted(missing, reverse=True)


def _learned() -> Learned:
    load = course(daily(2), every_s=300)
    return learn(begin(TERMS, at=load.at(0), load=load.measured_rps[0]), load.measured_rps[1:])


LEARNED = _learned()

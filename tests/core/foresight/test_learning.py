"""What every rule would have cost: the same as if each had been followed."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from skep.core.bounds import Bounds
from skep.core.demand import ServiceDemand
from skep.core.foresight.choice import Choice
from skep.core.foresight.course import START, Course
from skep.core.foresight.handover import tuned
from skep.core.foresight.learning import Cost, Learned, begin, costs, learn
from skep.core.foresight.rules import PRICED_HALF_LIFE, WINDOWS, Rule, rules
from skep.core.foresight.supply import supply_of
from skep.core.foresight.terms import Terms
from skep.core.policy import MetricPolicy
from tests.core.foresight.courses import MODEL, SLOT, course, daily

TERMS = Terms.of(MODEL)
#: Evaluations from one look at the rules to the next.
QUARTER = 60


def begun(load: Course, terms: Terms = TERMS) -> Learned:
    return begin(terms, at=load.at(0), load=load.measured_rps[0])


def learned(load: Course, *, ticks: int, terms: Terms = TERMS) -> Learned:
    """Learned quarter by quarter, as in the Swarm."""
    known = begun(load, terms)
    for end in range(QUARTER, ticks + 1, QUARTER):
        known = learn(known, load.measured_rps[known.ticks : end])
    return known


def wanted(load: Course, rule: Rule, *, ticks: int) -> list[int]:
    """What a rule asks for at each evaluation if it is followed evaluation by evaluation."""
    metric: MetricPolicy = MODEL.metric
    known = begun(load)
    follows = tuned(known, Choice(rule=rule, price=1.0, sentence=""), metric="requests")
    asked = [known.terms.bounds.clamp(load.demanded[0])]
    for tick in range(1, ticks):
        if tick % QUARTER == 0:
            known = learn(known, load.measured_rps[known.ticks : tick])
            follows = tuned(known, Choice(rule=rule, price=1.0, sentence=""), metric="requests")
        demand = ServiceDemand(metric=metric, value=load.measured_rps[tick], at=load.at(tick))
        proposal = follows.propose(demand, now=load.at(tick))
        asked.append(TERMS.bounds.clamp(proposal.replicas or 0))
        follows = follows.advanced(load.measured_rps[tick], now=load.at(tick))
    return asked


def cost_if_followed(load: Course, rule: Rule, *, ticks: int) -> Cost:
    """The cost of a rule by plain arithmetic: no replay, one evaluation after the other."""
    asked = wanted(load, rule, ticks=ticks)
    held_for = max(rule.window // SLOT, 1)
    paid = tuple(max(asked[max(tick - held_for + 1, 0) : tick + 1]) for tick in range(ticks))
    serving = supply_of(paid, start_ticks=TERMS.start_ticks).serving
    replicas = missing = changes = weight = 0.0
    kept = 0.5 ** (SLOT / PRICED_HALF_LIFE)
    for tick in range(1, ticks):
        slot = tick - TERMS.sight_ticks
        seen = max(load.measured_rps[tick - 1], load.measured_rps[tick])
        short = max(max(1, -int(-seen // TERMS.target)) - serving[max(slot, 0)], 0)
        before = paid[max(slot - 1, 0)]
        replicas = replicas * kept + paid[max(slot, 0)]
        missing = missing * kept + short**1.25
        changes = changes * kept + abs(paid[max(slot, 0)] - before)
        weight = weight * kept + 1
    return Cost(replicas=replicas / weight, missing=missing / weight, changes=changes / weight)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.sentence) for rule in rules(SLOT)[::7]])
def test_a_rule_costs_in_replay_what_it_costs_when_it_is_followed(rule: Rule) -> None:
    load = course(daily(1), every_s=300)
    ticks = 40 * QUARTER
    found = costs(learned(load, ticks=ticks))[rule]
    expected = cost_if_followed(load, rule, ticks=ticks)
    assert found.replicas == pytest.approx(expected.replicas, rel=1e-4)
    assert found.missing == pytest.approx(expected.missing, rel=1e-4, abs=1e-6)
    assert found.changes == pytest.approx(expected.changes, rel=1e-4, abs=1e-6)


def test_peaks_of_other_days_are_looked_up_alike_in_replay_and_evaluation() -> None:
    load = course(daily(3), every_s=300)
    rule = next(rule for rule in rules(SLOT) if "highest peak" in rule.predictor and rule.margin == 0)
    ticks = 2 * 5760 + 40 * QUARTER
    found = costs(learned(load, ticks=ticks))[rule]
    assert found.replicas == pytest.approx(cost_if_followed(load, rule, ticks=ticks).replicas, rel=1e-3)


def test_it_does_not_matter_in_how_many_parts_a_history_is_learned() -> None:
    load = course(daily(1), every_s=300)
    whole = learn(begun(load), load.measured_rps[1 : 1 + 10 * QUARTER])
    parts = begun(load)
    for start in range(1, 1 + 10 * QUARTER, QUARTER):
        parts = learn(parts, load.measured_rps[start : start + QUARTER])
    assert parts.replicas == pytest.approx(whole.replicas, rel=1e-5)
    assert parts.missing == pytest.approx(whole.missing, rel=1e-4, abs=1e-4)
    assert parts.square_errors == pytest.approx(whole.square_errors)
    assert (parts.peaks, parts.until, parts.ticks) == (whole.peaks, whole.until, whole.ticks)


def test_of_a_long_history_the_old_part_teaches_only_peaks() -> None:
    load = course(daily(9), every_s=300)
    whole = learned(load, ticks=8 * 5760)
    at_once = learn(begun(load), load.measured_rps[1 : 8 * 5760])
    assert at_once.peaks == whole.peaks
    assert at_once.ticks == whole.ticks
    assert at_once.until == whole.until
    rule = rules(SLOT)[0]
    assert costs(at_once)[rule].replicas == pytest.approx(costs(whole)[rule].replicas, rel=0.1)


def test_what_is_to_come_does_not_change_what_is_known() -> None:
    past = daily(1)
    calm, wild = course([*past, 5, 5], every_s=300), course([*past, 500, 500], every_s=300)
    ticks = len(calm.measured_rps) - 2 * QUARTER
    assert learned(calm, ticks=ticks) == learned(wild, ticks=ticks)


def test_nothing_is_said_about_rules_that_were_not_replayed() -> None:
    assert costs(begin(TERMS, at=START, load=3.0)) == {}


def test_it_is_written_and_read_as_it_is() -> None:
    known = learned(course(daily(1), every_s=300), ticks=5 * QUARTER)
    content = msgspec.json.encode(known)
    assert msgspec.json.decode(content, type=Learned) == known
    assert len(content) < 60_000


def test_negative_loads_count_as_none() -> None:
    known = begin(TERMS, at=START, load=-5.0)
    assert (known.load, learn(known, [-3.0] * 10).load) == (0.0, 0.0)


def test_an_absurd_load_spoils_nothing() -> None:
    load = course(daily(1), every_s=300).measured_rps
    known = learn(begin(TERMS, at=START, load=load[0]), [*load[:500], 1e308, 1e308, *load[500:4000]])
    assert msgspec.json.decode(msgspec.json.encode(known), type=Learned) == known
    assert all(cost.replicas <= TERMS.bounds.max_replicas for cost in costs(known).values())


def test_where_there_may_be_no_replicas_no_load_asks_for_none() -> None:
    sleepy = replace(TERMS, bounds=Bounds(min_replicas=0, max_replicas=5))
    known = learn(begin(sleepy, at=START, load=0.0), [0.0] * 5760)
    assert all(cost.replicas == 0 for cost in costs(known).values())


def test_every_rule_stays_within_the_bounds() -> None:
    narrow = replace(TERMS, bounds=Bounds(min_replicas=2, max_replicas=4))
    known = learned(course(daily(1), every_s=300), ticks=20 * QUARTER, terms=narrow)
    assert all(2 <= cost.replicas <= 4 for cost in costs(known).values())


@pytest.mark.parametrize("interval", [timedelta(seconds=5), timedelta(seconds=15), timedelta(minutes=1)], ids=str)
def test_windows_hold_at_any_interval(interval: timedelta) -> None:
    terms = Terms.of(replace(MODEL, interval=interval))
    load = [70.0 if tick % 37 == 0 else 7.0 for tick in range(3000)]
    by_window = {
        rule.window: cost.replicas
        for rule, cost in costs(learn(begin(terms, at=START, load=7.0), load)).items()
        if rule.predictor == "the load of now" and rule.margin == 0
    }
    assert [by_window[window] for window in WINDOWS] == sorted(by_window.values())

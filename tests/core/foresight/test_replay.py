"""The chosen rule in an evaluation: one more proposal, and nothing that a guard cannot stop."""

import math
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.decision import Decision
from skep.core.demand import ServiceDemand
from skep.core.foresight.contenders.self_tuning import replay, replay_policy
from skep.core.foresight.replay import Tuned, tuned_policy
from skep.core.foresight.rules import FALLBACK, Rule
from skep.core.foresight.scoring import score
from skep.core.foresight.supply import supply_of
from skep.core.metrics.series import Answers, Gap, GapReason
from skep.core.plan import Candidate, plan
from skep.core.policy import (
    Bounds,
    DirectionPolicy,
    OnMissing,
    OutagePolicy,
    RateLimit,
    RateUnit,
    ServicePolicy,
    Signal,
    Tolerance,
)
from tests.builders import EVERY_15_S, NOW, REQUESTS_50, answers, counter, history, service
from tests.core.foresight.courses import course, daily
from tests.core.foresight.test_learning import TERMS

AT_50 = replace(TERMS, target=50.0, bounds=Bounds(min_replicas=1, max_replicas=20))
NOW_RULE = Rule(predictor="the load of now", margin=1.0, window=timedelta(0))
TREND_RULE = Rule(predictor="the trend of the last 15 s", margin=0.0, window=timedelta(0))


def following(rule: Rule = NOW_RULE, **changes: object) -> Tuned:
    """A choice of just now, with a margin of 20 requests per second."""
    made = Tuned(
        metric="requests",
        terms=AT_50,
        rule=rule,
        margin=20.0,
        state=(0.0, 0.0) if rule is TREND_RULE else (0.0,),
        as_of=NOW - EVERY_15_S,
        chosen_at=NOW - EVERY_15_S,
        peaks_from=NOW,
        peaks_every=timedelta(minutes=2),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # of each attribute its own type


def demand(rps: float, *, is_lower_bound: bool = False) -> ServiceDemand:
    return ServiceDemand(metric=REQUESTS_50, value=rps, at=NOW, is_lower_bound=is_lower_bound)


def decide(
    rps: float | None,
    *,
    replicas: int = 3,
    under: ServicePolicy | None = None,
    foreseen: Tuned | None = None,
    past: dict[float, int] | None = None,
) -> Decision:
    """One evaluation of a service whose proxy counted so many requests per second, or nothing."""
    policy = under or ServicePolicy(bounds=AT_50.bounds, metrics=(REQUESTS_50,))
    told: Answers
    if rps is None:
        told = Answers(as_of=NOW, built_in={Signal.REQUESTS: Gap(reason=GapReason.UNREACHABLE, detail="")}, own={})
    else:
        told = answers(Signal.REQUESTS, counter("proxy", [5 * rps * n for n in range(12)]))
    candidate = Candidate(
        service=service(replicas), policy=policy, history=history(past or {15: replicas}), foreseen=foreseen
    )
    return plan(evaluation=1, now=NOW, interval=EVERY_15_S, candidates=[candidate], answers=told).decisions[0]


def test_the_margin_is_added_to_the_forecast() -> None:
    proposal = following().propose(demand(140.0), now=NOW)
    assert proposal.replicas == 4
    assert proposal.needed == pytest.approx(3.2)
    assert proposal.total == pytest.approx(160)
    assert proposal.formula == "the load of now 140/s + margin 20/s: 160/s / 50/s = 3.20"


def test_a_rising_load_is_met_before_it_is_there() -> None:
    rising = following(TREND_RULE, margin=0.0, state=(100.0, 85.0))
    proposal = rising.propose(demand(110.0), now=NOW)
    assert proposal.replicas is not None
    assert proposal.replicas > 3


def test_a_falling_load_is_never_expected_below_the_load_of_now() -> None:
    falling = following(TREND_RULE, margin=0.0, state=(400.0, 500.0))
    assert falling.propose(demand(300.0), now=NOW).replicas == 6


@pytest.mark.parametrize(
    ("minutes", "replicas"),
    [
        pytest.param(0, 9, id="within the time that an order takes effect in"),
        pytest.param(-2, 9, id="under way"),
        pytest.param(4, 4, id="too far ahead"),
        pytest.param(-4, 4, id="over"),
    ],
)
def test_a_peak_of_other_days_is_met_in_time(minutes: int, replicas: int) -> None:
    rule = replace(NOW_RULE, predictor="the load of now or the usual peak of this time of day")
    starts = NOW + timedelta(seconds=30, minutes=minutes)
    peaks = following(rule, peaks=(0.0, 450.0, 0.0), peaks_from=starts - timedelta(minutes=2))
    assert peaks.propose(demand(140.0), now=NOW).replicas == replicas


def test_beyond_what_was_handed_over_no_peak_is_expected() -> None:
    peaks = following(peaks=(450.0,), peaks_from=NOW - timedelta(hours=2))
    assert peaks.propose(demand(140.0), now=NOW).replicas == 4


def test_evaluations_carry_the_predictor_on() -> None:
    known = following(TREND_RULE).advanced(100.0, now=NOW)
    assert known.state == (50.0, 25.0)
    assert known.as_of == NOW


def test_a_new_choice_goes_on_with_what_evaluations_have_seen_since() -> None:
    older, newer = following(as_of=NOW - EVERY_15_S), following(state=(7.0,), as_of=NOW)
    assert older.continued(newer).state == (7.0,)
    assert newer.continued(older).state == (7.0,)
    assert older.continued(following(TREND_RULE, state=(7.0, 7.0), as_of=NOW)).state == (0.0,)
    assert older.continued(None) == older


def test_a_choice_that_nobody_has_looked_at_for_an_hour_is_not_followed() -> None:
    assert following(chosen_at=NOW - timedelta(minutes=59)).is_current(NOW)
    assert not following(chosen_at=NOW - timedelta(minutes=60)).is_current(NOW)


def test_it_asks_for_more_than_the_load_of_now_and_says_so() -> None:
    decision = decide(140.0, foreseen=following())
    assert (decision.goal, decision.verdict) == (4, "grow")
    assert decision.reason == "requests expected 160/s on 3 replicas, target 50/s each"
    assert [proposal.metric for proposal in decision.proposals] == ["requests", "requests expected"]


def test_a_metric_without_a_value_is_not_looked_ahead_from() -> None:
    decision = decide(None, foreseen=following())
    assert (decision.goal, [p.metric for p in decision.proposals]) == (3, ["requests"])


def test_outage_modes_stay_in_force() -> None:
    static = OutagePolicy(mode=OnMissing.STATIC, replicas=7, after=timedelta(0))
    policy = ServicePolicy(bounds=AT_50.bounds, metrics=(REQUESTS_50,), outage=static)
    assert decide(None, under=policy, foreseen=following()).goal == 7


def test_rates_and_bounds_stay_in_force() -> None:
    one = RateLimit(amount=1, unit=RateUnit.REPLICAS, period=timedelta(minutes=1))
    slow = replace(
        ServicePolicy(bounds=AT_50.bounds, metrics=(REQUESTS_50,)),
        scale_up=DirectionPolicy(window=timedelta(0), rates=(one,)),
    )
    assert decide(700.0, under=slow, foreseen=following()).goal == 4
    assert decide(5000.0, replicas=18, foreseen=following()).goal == 20


def test_where_a_service_may_sleep_no_load_expects_nothing() -> None:
    sleepy = following(terms=replace(AT_50, bounds=Bounds(min_replicas=0, max_replicas=5)))
    assert sleepy.propose(demand(0.0), now=NOW).replicas == 0
    assert following().propose(demand(0.0), now=NOW).replicas == 1


def test_part_of_a_load_asks_for_growth_only() -> None:
    assert not following().propose(demand(10.0, is_lower_bound=True), now=NOW).may_shrink


def test_the_rule_takes_the_place_of_tolerance_window_and_flap_budget_where_the_operator_set_none() -> None:
    policy = tuned_policy(ServicePolicy(bounds=AT_50.bounds, metrics=(REQUESTS_50,)), FALLBACK)
    assert policy.scale_down.window == timedelta(minutes=3)
    assert policy.tolerance == Tolerance(up_ratio=0.0, down_ratio=0.0)
    assert policy.flaps_per_hour == 30
    assert policy.scale_down.rates == ServicePolicy(bounds=AT_50.bounds, metrics=()).scale_down.rates


def test_what_an_operator_has_set_stays() -> None:
    chosen = ServicePolicy(
        bounds=AT_50.bounds,
        metrics=(REQUESTS_50,),
        tolerance=Tolerance(up_ratio=0.05, down_ratio=0.2),
        scale_down=DirectionPolicy(window=timedelta(minutes=7), rates=(), cooldown=timedelta(minutes=1)),
        flaps_per_hour=2,
    )
    assert tuned_policy(chosen, FALLBACK) == chosen


def test_it_is_written_and_read_as_it_is() -> None:
    known = following(peaks=(1.0, 2.0))
    assert msgspec.json.decode(msgspec.json.encode(known), type=Tuned) == known


def test_an_evaluation_needs_no_arrays() -> None:
    script = "import sys, skep.core.foresight.replay, skep.core.plan; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@given(load=st.floats(0, 1.7e308), margin=st.floats(0, 1e4), state=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)))
def test_it_never_goes_below_what_the_load_of_now_needs(load: float, margin: float, state: tuple[float, float]) -> None:
    proposal = following(TREND_RULE, margin=margin, state=state).propose(demand(load), now=NOW)
    assert proposal.needed is not None
    assert proposal.needed >= load / 50
    assert all(math.isfinite(number) for number in following(TREND_RULE, state=state).advanced(load, now=NOW).state)


@given(load=st.floats(0, 2e3), replicas=st.integers(1, 20), margin=st.floats(0, 1e3))
def test_bounds_hold_whatever_is_expected(load: float, replicas: int, margin: float) -> None:
    assert AT_50.bounds.contain(decide(load, replicas=replicas, foreseen=following(margin=margin)).goal)


def test_more_price_never_buys_fewer_replicas_and_never_misses_more() -> None:
    load = course(daily(3), every_s=300, history=timedelta(days=2))
    scores = [
        score(load, supply_of(replay(price).counts(load), start_ticks=load.model.start_ticks))
        for price in (2.0, 10.0, 50.0)
    ]
    hours = [found.replica_hours for found in scores]
    assert hours == sorted(hours)
    missing = [found.missing_ratio for found in scores]
    assert missing == sorted(missing, reverse=True)


def test_the_same_load_gives_the_same_counts() -> None:
    load = course(daily(2), every_s=300, history=timedelta(days=1, hours=18))
    assert replay().counts(load) == replay().counts(load)


def test_what_is_to_come_does_not_change_what_was_done() -> None:
    past = daily(2)
    calm, wild = (
        course([*past, rate, rate, rate], every_s=300, history=timedelta(days=1, hours=20)) for rate in (5.0, 500.0)
    )
    first_difference = next(
        slot
        for slot, rates in enumerate(zip(calm.measured_rps, wild.measured_rps, strict=True))
        if rates[0] != rates[1]
    )
    assert replay().counts(calm)[:first_difference] == replay().counts(wild)[:first_difference]
    assert replay_policy(calm).tune == "auto"


def test_an_evaluation_tells_what_to_keep_for_the_next() -> None:
    chosen = following()
    assert chosen.after(decide(140.0, foreseen=chosen)).state[0] == pytest.approx(140)
    assert chosen.after(decide(None, foreseen=chosen)) == chosen

"""Simulating a trace: what is assumed, and who is compared."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.foresight.contenders import BASELINES
from skep.core.policy import Bounds, ServicePolicy, Tune
from skep.errors import Permanent
from skep.operations.simulate import YOURS, Assumptions, course_under, on_course, simulate_trace
from tests.builders import CPU_70_PERCENT, REQUESTS_50
from tests.core.foresight.courses import daily, trace

TRACE = trace(daily(2), every_s=300)
POLICY = ServicePolicy(bounds=Bounds(min_replicas=1, max_replicas=30), metrics=(REQUESTS_50,))


def test_without_a_target_the_busiest_moments_need_twenty_replicas() -> None:
    course = course_under(TRACE, Assumptions())
    scored = sorted(course.demanded[course.scored_from :])
    assert scored[int(len(scored) * 0.999) - 1] == 20


def test_a_target_is_taken_as_it_is() -> None:
    course = course_under(TRACE, Assumptions(target_rps=5.0, target_ratio=0.5))
    assert (course.model.target_rps, course.model.capacity_rps) == (5.0, 10.0)


def test_of_a_short_trace_half_is_history() -> None:
    course = course_under(TRACE, Assumptions(history=timedelta(days=7)))
    assert course.scored_length == pytest.approx(TRACE.length / 2, abs=timedelta(minutes=1))


@pytest.mark.parametrize(
    ("rates", "assumptions"),
    [
        pytest.param([0.0] * 10, Assumptions(), id="no load to fit to"),
        pytest.param([1.0] * 10, Assumptions(interval=timedelta(seconds=7)), id="an interval that cannot be simulated"),
    ],
)
def test_what_cannot_be_simulated_is_told_in_a_sentence(rates: list[float], assumptions: Assumptions) -> None:
    with pytest.raises(Permanent, match="test cannot be simulated"):
        course_under(trace(rates), assumptions)


def test_the_operators_policy_stands_beside_the_others() -> None:
    course = course_under(TRACE, Assumptions(history=timedelta(days=1, hours=12), bounds=POLICY.bounds))
    told: list[str] = []
    found = simulate_trace(course, on_course(POLICY, course), price=10.0, tell=lambda each: told.append(each.name))
    names = [outcome.name for outcome in found.outcomes]
    assert names == [YOURS, "HPA", "steps 60 s", "static peak", "margin", "replay"] == told
    assert found.outcome(YOURS).score.missing_time_ratio > found.outcome("replay").score.missing_time_ratio


def test_a_policy_that_tunes_itself_is_simulated_as_one() -> None:
    course = course_under(TRACE, Assumptions(history=timedelta(days=1, hours=18)))
    own = simulate_trace(course, on_course(replace(POLICY, tune=Tune.AUTO), course), price=10.0)
    assert own.outcome(YOURS).score.missing_ratio == own.outcome("replay").score.missing_ratio


def test_every_baseline_can_be_asked_for() -> None:
    course = course_under(TRACE, Assumptions(history=timedelta(days=1, hours=20)))
    found = simulate_trace(course, on_course(POLICY, course), price=25.0, all_baselines=True)
    assert [outcome.name for outcome in found.outcomes] == [YOURS, *(each.name for each in BASELINES), "replay w25"]


def test_a_trace_tells_nothing_of_other_metrics() -> None:
    course = course_under(TRACE, Assumptions())
    with pytest.raises(Permanent, match=r"so cpu cannot be simulated: leave skep\.requests only"):
        on_course(replace(POLICY, metrics=(REQUESTS_50, CPU_70_PERCENT)), course)

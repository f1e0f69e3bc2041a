"""The simulation goes through the core as a tick in the Swarm does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.foresight.contenders.hpa import hpa_policy
from skep.core.foresight.course import Course
from skep.core.foresight.simulation import Guidance, Tick, simulate
from skep.core.foresight.supply import supply_of
from skep.core.policy import Bounds, DirectionPolicy, ServicePolicy
from tests.builders import REQUESTS_50
from tests.core.foresight.courses import MODEL, course, daily
from tests.scenarios.story import Story

PROMPT = replace(MODEL, capacity_rps=50.0, target_ratio=1.0, metric_delay=timedelta(0), start_delay=timedelta(0))


def counts(of: Course, policy: ServicePolicy) -> tuple[int, ...]:
    guidance = Guidance(policy=policy)
    return simulate(of, lambda _slot: guidance)


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(
            ServicePolicy(bounds=Bounds(min_replicas=1, max_replicas=20), metrics=(REQUESTS_50,)), id="defaults"
        ),
        pytest.param(
            ServicePolicy(
                bounds=Bounds(min_replicas=2, max_replicas=6),
                metrics=(REQUESTS_50,),
                scale_down=DirectionPolicy(window=timedelta(0), rates=(), cooldown=timedelta(minutes=2)),
                flaps_per_hour=3,
            ),
            id="tight bounds, a cooldown and few changes of direction",
        ),
    ],
)
def test_it_decides_as_the_core_does_on_counters_of_a_proxy(policy: ServicePolicy) -> None:
    load = course(daily(1, peak_rps=600), every_s=300, model=PROMPT)
    told = Story(
        policy=policy,
        load_rps=lambda second: load.points_rps[max(second // 5 - 1, 0)],
        replicas=policy.bounds.min_replicas,
        start_delay=timedelta(0),
    )
    simulated = counts(load, replace(policy, metrics=(replace(REQUESTS_50, name="r", signal=PROMPT.metric.signal),)))
    goals = [decision.goal for _, decision in told.run(timedelta(hours=23))]
    # At its beginning the story's store has a full window, and the course has not.
    assert list(simulated[4 : len(goals)]) == goals[4:]
    assert len(set(goals)) > 3


def test_replicas_serve_after_the_start_delay_and_the_newest_go_first() -> None:
    load = course([7, 7, 70, 70, 21, 21, 70, 70, 7, 7], every_s=120)
    seen: list[Tick] = []
    guidance = Guidance(policy=replace(hpa_policy(load), scale_down=DirectionPolicy(window=timedelta(0), rates=())))
    paid = simulate(load, lambda _slot: guidance, watch=seen.append)
    serving = supply_of(paid, start_ticks=MODEL.start_ticks).serving
    for tick, after in zip(seen[1:], serving[1:], strict=False):
        # What serves in a slot is what runs at its evaluation, without what that evaluation takes away.
        assert min(tick.candidate.service.running_replicas, tick.decision.goal) == after


def test_what_is_before_the_first_evaluation_has_the_count_of_its_demand() -> None:
    load = course([70] * 10)
    guidance = Guidance(policy=hpa_policy(load))
    assert simulate(load, lambda _slot: guidance, from_slot=20)[:21] == (10,) * 21


def test_rarer_evaluations_change_nothing_in_between() -> None:
    load = course(daily(1), every_s=300)
    guidance = Guidance(policy=hpa_policy(load))
    paid = simulate(load, lambda _slot: guidance, every=4)
    assert all(len(set(paid[slot : slot + 4])) == 1 for slot in range(0, len(paid), 4))


def test_the_same_course_gives_the_same_counts() -> None:
    load = course(daily(1), every_s=300)
    assert counts(load, hpa_policy(load)) == counts(load, hpa_policy(load))

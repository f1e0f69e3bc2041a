"""How old the load is when it is seen, as evaluations tell."""

from datetime import timedelta

import pytest

from skep.core.bounds import Bounds
from skep.core.decision import Decision, Verdict
from skep.core.foresight.metric_delay import (
    MetricDelay,
    ages_seen,
    delays_sentence,
    measured_metric_delay,
    settled_metric_delay,
)
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import MetricKind, MetricPolicy, ServicePolicy, Signal, Unit
from skep.core.strategies.proposal import Proposal
from tests.builders import NOW

SLOT = timedelta(seconds=15)
REQUESTS = MetricPolicy(
    name="requests", signal=Signal.REQUESTS, kind=MetricKind.TOTAL, unit=Unit.PER_SECOND, target_value=50.0
)
CPU = MetricPolicy(name="cpu", signal=Signal.CPU, kind=MetricKind.UTILIZATION, unit=Unit.RATIO, target_value=0.7)
POLICY = ServicePolicy(bounds=Bounds(min_replicas=1, max_replicas=9), metrics=(CPU, REQUESTS))


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def decision(service: str, age_s: float | None, *, metric: MetricPolicy = REQUESTS) -> Decision:
    """One that saw a point of that age, or a gap."""
    gap = None if age_s is not None else Gap(reason=GapReason.STALE, detail="")
    proposal = Proposal(
        metric=metric.name,
        unit=metric.unit,
        target_value=metric.target_value,
        at=None if age_s is None else NOW - seconds(age_s),
        gap=gap,
    )
    return Decision(
        evaluation=1,
        at=NOW,
        service_id=service,
        service_name=service,
        verdict=Verdict.KEEP,
        reason="",
        replicas=1,
        running=1,
        goal=1,
        proposals=(proposal,),
    )


def seen(*decisions: Decision) -> dict[Signal, timedelta]:
    return ages_seen(decisions, {each.service_id: POLICY for each in decisions}, as_of=NOW)


def test_the_age_of_a_signal_is_the_median_over_its_services() -> None:
    assert seen(decision("a", 6), decision("b", 8), decision("c", 40)) == {Signal.REQUESTS: seconds(8)}


@pytest.mark.parametrize(
    "mute",
    [
        pytest.param(decision("a", None), id="a gap: an outage is no delay"),
        pytest.param(decision("a", 3, metric=CPU), id="a metric that no policy tunes itself by"),
    ],
)
def test_what_tells_nothing_is_left_out(mute: Decision) -> None:
    assert seen(mute) == {}


def test_a_service_without_a_policy_tells_nothing() -> None:
    assert ages_seen([decision("a", 3)], {}, as_of=NOW) == {}


def test_a_point_of_the_future_has_come_at_once() -> None:
    assert seen(decision("a", -2)) == {Signal.REQUESTS: seconds(0)}


def test_a_few_ages_are_not_enough() -> None:
    assert measured_metric_delay([seconds(8)] * 19) is None


def test_the_delay_is_the_median_age_in_whole_seconds() -> None:
    delay = measured_metric_delay([seconds(3.2), seconds(8.4), seconds(13.1)] * 10)
    assert delay == MetricDelay(typical=seconds(8), longest=seconds(13.1), evaluations=30)
    assert delay.sentence == "seen 8 s after it came, at most 13 s in 30 evaluations"


@pytest.mark.parametrize(
    ("measured_s", "before_s", "settled_s"),
    [
        pytest.param(None, None, None, id="nothing known is assumed"),
        pytest.param(None, 8, 8, id="nothing new leaves what was"),
        pytest.param(12, None, None, id="hardly other than what is assumed"),
        pytest.param(8, None, 8, id="clearly other than what is assumed"),
        pytest.param(11, 8, 8, id="hardly other than before"),
        pytest.param(14, 8, 14, id="clearly other than before"),
    ],
)
def test_what_is_learned_on_one_delay_stays_unless_another_is_clearly_measured(
    measured_s: float | None, before_s: float | None, settled_s: float | None
) -> None:
    measured = None
    if measured_s is not None:
        measured = MetricDelay(typical=seconds(measured_s), longest=seconds(measured_s), evaluations=40)
    before = None if before_s is None else seconds(before_s)
    expected = None if settled_s is None else seconds(settled_s)
    assert settled_metric_delay(measured, before=before, interval=SLOT) == expected


def test_what_is_assumed_is_told_apart_from_what_was_measured() -> None:
    assert delays_sentence(start_delay=seconds(12), metric_delay=None, assumed_start=seconds(30)) == (
        "a replica serves 12 s (measured) after its order, and load is seen 15 s (assumed) after it came"
    )
    assert delays_sentence(start_delay=None, metric_delay=seconds(8), assumed_start=seconds(30)) == (
        "a replica serves 30 s (assumed) after its order, and load is seen 8 s (measured) after it came"
    )

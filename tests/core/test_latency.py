"""A latency is believed only where there were requests."""

from datetime import timedelta

import pytest

from skep.core.demand import Demand, ServiceDemand, measure
from skep.core.metrics.series import Answers, Gap, GapReason, Idle, Series
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from tests.builders import NOW, counter, flat, service

MEAN = MetricPolicy(
    name="latency", signal=Signal.LATENCY, kind=MetricKind.THRESHOLD, unit=Unit.SECONDS, target_value=0.25
)
MAX_AGE = timedelta(seconds=45)


def ten_per_second(source: str) -> Series:
    return counter(source, [50.0 * n for n in range(6)])


def demand_of(latencies: tuple[Series, ...], counters: tuple[Series, ...] | Gap, metric: MetricPolicy = MEAN) -> Demand:
    requests = counters if isinstance(counters, Gap) else {"web": counters}
    answered = Answers(as_of=NOW, built_in={Signal.LATENCY: {"web": latencies}, Signal.REQUESTS: requests}, own={})
    return measure(service(), metric, answered, max_age=MAX_AGE)


def test_each_proxy_weighs_by_the_requests_it_passed_on() -> None:
    demand = demand_of(
        (flat("a", 0.1), flat("b", 0.4)), (counter("a", [150.0 * n for n in range(6)]), ten_per_second("b"))
    )
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx((0.1 * 30 + 0.4 * 10) / 40)


def test_a_proxy_without_requests_tells_nothing() -> None:
    demand = demand_of((flat("a", 0.1), flat("b", 9.0)), (ten_per_second("a"), flat("b", 70.0)))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx(0.1)


def test_without_any_request_there_is_no_latency_and_no_gap() -> None:
    assert isinstance(demand_of((flat("a", 9.0),), (flat("a", 70.0),)), Idle)


@pytest.mark.parametrize(
    ("latencies", "counters", "reason"),
    [
        pytest.param((flat("a", 0.1, age_s=90),), (ten_per_second("a"),), GapReason.STALE, id="an old latency"),
        pytest.param((flat("a", 0.1),), (), GapReason.NO_DATA, id="a proxy whose requests nobody counts"),
        pytest.param((flat("a", float("nan")),), (ten_per_second("a"),), GapReason.NOT_A_NUMBER, id="no number"),
        pytest.param(
            (flat("a", 0.1),), Gap(reason=GapReason.UNREACHABLE, detail=""), GapReason.UNREACHABLE, id="no store"
        ),
    ],
)
def test_what_cannot_be_believed_is_a_gap(
    latencies: tuple[Series, ...], counters: tuple[Series, ...] | Gap, reason: GapReason
) -> None:
    demand = demand_of(latencies, counters)
    assert isinstance(demand, Gap)
    assert demand.reason is reason


def test_a_silent_proxy_makes_the_mean_one_of_a_part() -> None:
    demand = demand_of((flat("a", 0.1), flat("b", 0.1, age_s=90)), (ten_per_second("a"), ten_per_second("b")))
    assert isinstance(demand, ServiceDemand)
    assert demand.is_lower_bound


def test_a_percentile_is_more_than_haproxy_can_tell() -> None:
    p95 = MetricPolicy(
        name="latency",
        signal=Signal.LATENCY,
        kind=MetricKind.THRESHOLD,
        unit=Unit.SECONDS,
        target_value=0.25,
        percentile=0.95,
    )
    demand = demand_of((flat("a", 0.1),), (ten_per_second("a"),), p95)
    assert isinstance(demand, Gap)
    assert demand.reason is GapReason.REFUSED

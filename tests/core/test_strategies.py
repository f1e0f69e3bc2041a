"""From demand to replicas, with the arithmetic shown."""

import pytest

from skep.core.demand import ReplicaDemand, ReplicaUse, ServiceDemand
from skep.core.policy import MetricKind, MetricPolicy, Signal, Tolerance, Unit
from skep.core.readiness import ReplicaState
from skep.core.strategies import per_replica, per_service
from skep.core.strategies.proposal import LARGEST_COUNT, whole_replicas
from tests.builders import CPU_70_PERCENT, NOW, REQUESTS_50

TEN_PERCENT = Tolerance()
R, U, M = ReplicaState.READY, ReplicaState.UNREADY, ReplicaState.MISSING


def uses(*states_and_shares: tuple[ReplicaState, float]) -> ReplicaDemand:
    """Replicas with half a core each, at these shares of it."""
    return ReplicaDemand(
        metric=CPU_70_PERCENT,
        replicas=tuple(ReplicaUse(state=state, value=share * 0.5, basis=0.5) for state, share in states_and_shares),
        at=NOW,
    )


@pytest.mark.parametrize(
    ("demand", "replicas", "proposed"),
    [
        pytest.param(uses((R, 1.4), (R, 1.4)), 2, 4, id="twice the target doubles"),
        pytest.param(uses((R, 0.35), (R, 0.35)), 2, 1, id="half the target halves"),
        pytest.param(uses((R, 0.75), (R, 0.75)), 2, 2, id="within the tolerance nothing moves"),
        pytest.param(uses((R, 1.4), (M, 0)), 2, 2, id="a missing replica counts as idle when growing"),
        pytest.param(uses((R, 0.2), (M, 0)), 2, 2, id="and as busy when shrinking"),
        pytest.param(uses((R, 0.2), (R, 0.2), (R, 0.2), (M, 0)), 4, 3, id="which is with all it may use"),
        pytest.param(uses((R, 1.4), (R, 1.4), (U, 0), (U, 0)), 4, 4, id="starting replicas are capacity to come"),
        pytest.param(uses((R, 0.1), (R, 0.1), (U, 0)), 3, 1, id="but do not hinder shrinking"),
    ],
)
def test_use_per_replica(demand: ReplicaDemand, replicas: int, proposed: int) -> None:
    assert per_replica.propose(demand, tolerance=TEN_PERCENT, replicas=replicas).replicas == proposed


@pytest.mark.parametrize("percent", range(1, 400))
def test_both_ends_are_within_the_tolerance_whatever_is_divided(percent: int) -> None:
    target_ratio = percent / 100
    assert TEN_PERCENT.covers(percent * 11 / 1000 / target_ratio)
    assert TEN_PERCENT.covers(percent * 9 / 1000 / target_ratio)


@pytest.mark.parametrize(
    ("total_rps", "replicas", "proposed"),
    [
        pytest.param(340.0, 3, 7, id="each replica gets its share"),
        pytest.param(154.0, 3, 3, id="within the tolerance nothing moves"),
        pytest.param(0.0, 3, 0, id="no requests need no replicas: bounds decide"),
        pytest.param(1.0, 0, 1, id="from zero the first request counts"),
        pytest.param(150.00000001, 4, 3, id="a hair more is rounding noise, not a replica"),
        pytest.param(1e308, 3, LARGEST_COUNT, id="absurd loads are clamped"),
    ],
)
def test_a_total_is_divided_among_replicas(total_rps: float, replicas: int, proposed: int) -> None:
    demand = ServiceDemand(metric=REQUESTS_50, value=total_rps, at=NOW)
    answer = per_service.propose(demand, tolerance=TEN_PERCENT, replicas=replicas, running=replicas)
    assert answer.replicas == proposed


def test_the_formula_is_shown_with_its_numbers() -> None:
    demand = ServiceDemand(metric=REQUESTS_50, value=340.0, at=NOW)
    answer = per_service.propose(demand, tolerance=TEN_PERCENT, replicas=3, running=3)
    assert answer.formula == "340/s / 50/s = 6.80"


def test_a_mean_scales_those_who_carry_it() -> None:
    metric = MetricPolicy(name="busy", signal=Signal.QUERY, kind=MetricKind.AVERAGE, unit=Unit.PLAIN, target_value=10.0)
    demand = ServiceDemand(metric=metric, value=20.0, at=NOW)
    assert per_service.propose(demand, tolerance=TEN_PERCENT, replicas=5, running=3).replicas == 6


@pytest.mark.parametrize(("count", "whole"), [(0.0, 0), (0.2, 1), (3.0, 3), (3.0000000001, 3), (3.001, 4), (-5.0, 0)])
def test_replicas_are_whole(count: float, whole: int) -> None:
    assert whole_replicas(count) == whole


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.RATIO, 0.7, "70%"),
        (Unit.RATIO, 1.234, "123%"),
        (Unit.CORES, 0.5, "0.50 cores"),
        (Unit.BYTES, 300 * 2**20, "300MiB"),
        (Unit.BYTES, 12, "12B"),
        (Unit.PER_SECOND, 412.4, "412/s"),
        (Unit.PER_SECOND, 0.04251, "0.0425/s"),
        (Unit.CONCURRENT, 20, "20 in flight"),
        (Unit.PLAIN, 12_345_678, "1.23e+07"),
    ],
)
def test_values_are_written_as_people_say_them(unit: Unit, value: float, text: str) -> None:
    assert unit.text(value) == text

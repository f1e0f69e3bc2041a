"""Demand joins what was measured with the replicas that carry it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.cluster import Service, TaskState
from skep.core.demand import Demand, ReplicaDemand, ServiceDemand, measure
from skep.core.metrics.series import Answers, Gap, GapReason, Series
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from skep.core.readiness import ReplicaState
from tests.builders import CPU_70_PERCENT, NOW, REQUESTS_50, answers, counter, flat, service, swarm_task

MAX_AGE = timedelta(seconds=45)


def demand_of(of: Service, metric: MetricPolicy, answered: Answers) -> Demand:
    return measure(of, metric, answered, max_age=MAX_AGE)


def states_and_values(demand: Demand) -> list[tuple[ReplicaState, float]]:
    assert isinstance(demand, ReplicaDemand), demand
    return [(use.state, use.value) for use in demand.replicas]


def test_each_replica_has_its_own_use_and_its_limit_as_basis() -> None:
    demand = demand_of(
        service(2), CPU_70_PERCENT, answers(Signal.CPU, flat("task1", 0.25), flat("task2", 0.5), flat("stranger", 9.0))
    )
    assert states_and_values(demand) == [(ReplicaState.READY, 0.25), (ReplicaState.READY, 0.5)]
    assert isinstance(demand, ReplicaDemand)
    assert {use.basis for use in demand.replicas} == {0.5}


def test_a_starting_replica_is_unready_and_a_silent_one_is_missing() -> None:
    demand = demand_of(service(3, starting=1), CPU_70_PERCENT, answers(Signal.CPU, flat("task1", 0.25)))
    assert [state for state, _ in states_and_values(demand)] == [
        ReplicaState.READY,
        ReplicaState.MISSING,
        ReplicaState.UNREADY,
    ]


def test_points_from_before_a_replica_ran_do_not_speak_for_it() -> None:
    young = swarm_task(2, age_s=1.0)
    of = service(2)
    of = replace(of, tasks=(of.tasks[0], young))
    demand = demand_of(of, CPU_70_PERCENT, answers(Signal.CPU, flat("task1", 0.25), flat("task2", 0.5, age_s=3)))
    assert states_and_values(demand)[1] == (ReplicaState.UNREADY, 0.0)


def test_the_processor_of_a_replica_counts_once_its_mean_saw_nothing_of_its_start() -> None:
    of = service(3)
    young, warm = swarm_task(2, age_s=20.0), swarm_task(3, age_s=40.0)
    of = replace(of, tasks=(of.tasks[0], young, warm))
    series = (flat("task1", 0.25), flat("task2", 0.5), flat("task3", 0.5))
    demand = demand_of(of, CPU_70_PERCENT, answers(Signal.CPU, *series))
    assert [state for state, _ in states_and_values(demand)] == [
        ReplicaState.READY,
        ReplicaState.UNREADY,
        ReplicaState.READY,
    ]


def test_the_memory_of_a_replica_counts_from_the_moment_it_runs() -> None:
    metric = MetricPolicy(name="memory", signal=Signal.MEMORY, kind=MetricKind.AVERAGE, unit=Unit.BYTES, target_value=1)
    of = replace(service(1), tasks=(swarm_task(1, age_s=20.0),))
    assert states_and_values(demand_of(of, metric, answers(Signal.MEMORY, flat("task1", 7)))) == [
        (ReplicaState.READY, 7)
    ]


def test_while_all_replicas_have_only_just_started_there_is_a_gap() -> None:
    of = replace(service(1), tasks=(swarm_task(1, age_s=1.0),))
    demand = demand_of(of, CPU_70_PERCENT, answers(Signal.CPU, flat("task1", 0.25)))
    assert demand == Gap(reason=GapReason.NO_DATA, detail="its replicas have only just started")


def test_points_only_of_replicas_that_are_gone_are_told_apart_from_none() -> None:
    demand = demand_of(service(2), CPU_70_PERCENT, answers(Signal.CPU, flat("stranger", 0.25)))
    assert isinstance(demand, Gap)
    assert demand.reason is GapReason.OF_OTHERS


def test_a_percentage_without_a_limit_is_a_gap_that_says_what_to_add() -> None:
    demand = demand_of(service(1, cpu_limit_cores=None), CPU_70_PERCENT, answers(Signal.CPU, flat("task1", 0.25)))
    assert isinstance(demand, Gap)
    assert demand.reason is GapReason.NO_BASIS
    assert "deploy.resources.limits.cpus" in demand.detail


def test_an_absolute_target_needs_no_limit() -> None:
    metric = MetricPolicy(name="cpu", signal=Signal.CPU, kind=MetricKind.AVERAGE, unit=Unit.CORES, target_value=0.5)
    demand = demand_of(service(1, cpu_limit_cores=None), metric, answers(Signal.CPU, flat("task1", 0.25)))
    assert states_and_values(demand) == [(ReplicaState.READY, 0.25)]


def test_requests_of_all_proxies_add_up() -> None:
    proxies = (counter("proxy1", [0, 100, 200]), counter("proxy2", [0, 50, 100]))
    demand = demand_of(service(), REQUESTS_50, answers(Signal.REQUESTS, *proxies))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx(30.0)
    assert not demand.is_lower_bound


def test_a_silent_proxy_makes_the_sum_a_lower_bound() -> None:
    proxies = (counter("proxy1", [0, 100, 200]), counter("proxy2", [0, 50, 100], age_s=60))
    demand = demand_of(service(), REQUESTS_50, answers(Signal.REQUESTS, *proxies))
    assert isinstance(demand, ServiceDemand)
    assert demand.is_lower_bound


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        pytest.param((), GapReason.NO_DATA, id="the store knows nothing of the service"),
        pytest.param((flat("task1", 0.2, age_s=100),), GapReason.STALE, id="all replicas are silent"),
        pytest.param((flat("task1", float("nan")),), GapReason.NOT_A_NUMBER, id="the only value is no number"),
    ],
)
def test_no_data_is_a_gap_and_never_zero(series: tuple[Series, ...], reason: GapReason) -> None:
    demand = demand_of(service(1), CPU_70_PERCENT, answers(Signal.CPU, *series))
    assert isinstance(demand, Gap)
    assert demand.reason is reason


def test_without_a_running_replica_there_is_no_use_to_measure() -> None:
    demand = demand_of(service(1, starting=1), CPU_70_PERCENT, answers(Signal.CPU, flat("other", 0.25)))
    assert demand == Gap(reason=GapReason.NO_DATA, detail="no replica is running")


@pytest.mark.parametrize(
    ("kind", "unit", "values", "expected"),
    [
        pytest.param(MetricKind.TOTAL, Unit.PLAIN, [30, 12], 42.0, id="totals add up over series"),
        pytest.param(MetricKind.AVERAGE, Unit.PLAIN, [30, 12], 21.0, id="averages average over series"),
        pytest.param(MetricKind.UTILIZATION, Unit.RATIO, [70, 90], 0.8, id="percent becomes a ratio"),
    ],
)
def test_an_own_query_is_read_by_its_kind(kind: MetricKind, unit: Unit, values: list[float], expected: float) -> None:
    metric = MetricPolicy(name="jobs", signal=Signal.QUERY, kind=kind, unit=unit, target_value=1.0, query="…")
    series = tuple(flat(str(number), value, points=1) for number, value in enumerate(values))
    demand = demand_of(service(), metric, Answers(as_of=NOW, built_in={}, own={("web", "jobs"): series}))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx(expected)


def test_a_task_that_ended_is_not_counted() -> None:
    of = service(1)
    ended = swarm_task(9, state=TaskState.FAILED)
    of = replace(of, tasks=(*of.tasks, ended))
    assert len(states_and_values(demand_of(of, CPU_70_PERCENT, answers(Signal.CPU, flat("task1", 0.25))))) == 1

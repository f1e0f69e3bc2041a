"""What every metrics store does, played on the fake, on a real InfluxDB and on the lab's stand-in for that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.metrics.series import Answers, Gap, GapReason, Question, Series
from skep.core.policy import Signal
from tests.adapters.metrics_stage import FakeStage, InfluxStage, InMemoryInflux, InMemoryStage, Stage

BUILT_IN = [signal for signal in Signal if signal is not Signal.QUERY]


@pytest.fixture(params=["fake", "in memory", pytest.param("influx", marks=pytest.mark.influx)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "fake":
        yield FakeStage()
    elif request.param == "influx":
        yield InfluxStage(request.getfixturevalue("influx_server"))
    else:
        server = InMemoryInflux()
        server.start()
        yield InMemoryStage(server)
        server.stop()


def question(signal: Signal, window_s: float = 120.0) -> Question:
    return Question(signal=signal, window=timedelta(seconds=window_s))


def read(stage: Stage, signal: Signal, *services: str, window_s: float = 120.0) -> Answers:
    names = services or ("web",)
    return stage.metrics.read([question(signal, window_s)], services=names, nodes=names)


def series(answers: Answers, signal: Signal, service: str = "web") -> tuple[Series, ...]:
    answer = answers.of(signal=signal, service=service, metric="")
    assert isinstance(answer, tuple), answer
    return answer


def gap(answers: Answers, signal: Signal, service: str = "web", metric: str = "") -> Gap:
    answer = answers.of(signal=signal, service=service, metric=metric)
    assert isinstance(answer, Gap)
    return answer


@pytest.mark.parametrize("signal", BUILT_IN)
def test_a_signal_is_answered_in_base_units_oldest_first(stage: Stage, signal: Signal) -> None:
    stage.write(signal, "web", "one", [3.0, 1.0, 2.0])
    (only,) = series(read(stage, signal), signal)
    assert only.values == (3.0, 1.0, 2.0)
    assert list(only.at_epoch_s) == sorted(only.at_epoch_s)


def test_cpu_is_in_cores(stage: Stage) -> None:
    stage.write(Signal.CPU, "web", "one", [0.415])
    assert series(read(stage, Signal.CPU), Signal.CPU)[0].values == pytest.approx((0.415,))


@pytest.mark.parametrize("signal", [Signal.NODE_CPU, Signal.NODE_MEMORY])
def test_the_use_of_a_node_is_a_share_of_what_it_has(stage: Stage, signal: Signal) -> None:
    stage.write(signal, "node-1", "node-1", [0.35])
    stage.write(signal, "node-2", "node-2", [0.9])
    answers = stage.metrics.read([question(signal)], services=["node-2"], nodes=["node-1"])
    assert series(answers, signal, "node-1")[0].values == pytest.approx((0.35,))
    assert gap(answers, signal, "node-2").reason is GapReason.NO_DATA


@pytest.mark.parametrize("signal", [Signal.CPU, Signal.MEMORY])
def test_each_replica_is_a_series_named_by_its_swarm_task(stage: Stage, signal: Signal) -> None:
    stage.write(signal, "web", "task1", [1.0])
    stage.write(signal, "web", "task2", [2.0])
    assert {one.source: one.values for one in series(read(stage, signal), signal)} == {"task1": (1.0,), "task2": (2.0,)}


@pytest.mark.parametrize("signal", [Signal.REQUESTS, Signal.INFLIGHT])
def test_each_proxy_is_a_series_of_its_own(stage: Stage, signal: Signal) -> None:
    stage.write(signal, "web", "proxy-1", [1.0])
    stage.write(signal, "web", "proxy-2", [2.0])
    assert sorted(one.values for one in series(read(stage, signal), signal)) == [(1.0,), (2.0,)]


def test_a_counter_is_answered_as_it_stands_resets_included(stage: Stage) -> None:
    stage.write(Signal.REQUESTS, "web", "proxy", [100.0, 150.0, 5.0, 40.0])
    assert series(read(stage, Signal.REQUESTS), Signal.REQUESTS)[0].values == (100.0, 150.0, 5.0, 40.0)


def test_points_before_the_window_are_left_out(stage: Stage) -> None:
    stage.write(Signal.CPU, "web", "one", [float(number) for number in range(20)])
    assert series(read(stage, Signal.CPU, window_s=18.0), Signal.CPU)[0].values[-1] == 19.0
    assert len(series(read(stage, Signal.CPU, window_s=18.0), Signal.CPU)[0].values) <= 4


def test_only_services_asked_for_are_answered(stage: Stage) -> None:
    for name in ("web", "web2", "myweb"):
        stage.write(Signal.CPU, name, "one", [1.0])
    built_in = read(stage, Signal.CPU, "web").built_in[Signal.CPU]
    assert not isinstance(built_in, Gap)
    assert set(built_in) == {"web"}


@pytest.mark.parametrize("how_many", [2, 50, 51, 300])
def test_any_number_of_services_is_answered_at_once(stage: Stage, how_many: int) -> None:
    names = [f"service-with-a-long-name-{number}" for number in range(how_many)]
    for name in (names[0], names[-1], "another"):
        stage.write(Signal.CPU, name, "one", [1.0])
    built_in = read(stage, Signal.CPU, *names).built_in[Signal.CPU]
    assert not isinstance(built_in, Gap)
    assert set(built_in) == {names[0], names[-1]}


def test_a_service_without_points_is_a_gap(stage: Stage) -> None:
    stage.write(Signal.CPU, "other", "one", [1.0])
    assert gap(read(stage, Signal.CPU), Signal.CPU).reason is GapReason.NO_DATA


def test_the_newest_point_is_as_old_as_the_stores_clock_says(stage: Stage) -> None:
    stage.write(Signal.CPU, "web", "one", [1.0])
    answers = read(stage, Signal.CPU)
    assert abs(answers.as_of.timestamp() - series(answers, Signal.CPU)[0].at_epoch_s[-1]) < 30


def test_an_own_query_is_answered_under_its_service_and_name(stage: Stage) -> None:
    questions = [stage.write_own("web", "depth", 7.0), stage.write_own("api", "depth", 8.0)]
    answers = stage.metrics.read(questions, services=[])
    assert {key: answer[0].values for key, answer in answers.own.items() if isinstance(answer, tuple)} == {
        ("web", "depth"): (7.0,),
        ("api", "depth"): (8.0,),
    }


def test_an_own_query_without_points_is_a_gap(stage: Stage) -> None:
    unknown = stage.write_own("web", "depth", 7.0)
    answers = stage.metrics.read([replace(unknown, service="api")], services=[])
    assert gap(answers, Signal.QUERY, "api", "depth").reason is GapReason.NO_DATA


def test_a_store_out_of_reach_is_a_gap_in_every_answer(stage: Stage) -> None:
    own = stage.write_own("web", "depth", 7.0)
    stage.break_down()
    answers = stage.metrics.read([*map(question, BUILT_IN), own], services=["web"], nodes=["web"])
    gaps = [*(gap(answers, signal) for signal in BUILT_IN), gap(answers, Signal.QUERY, "web", "depth")]
    assert {one.reason for one in gaps} == {GapReason.UNREACHABLE}


def test_a_store_that_comes_back_is_read_again(stage: Stage) -> None:
    stage.break_down()
    read(stage, Signal.CPU)
    stage.come_back()
    stage.write(Signal.CPU, "web", "one", [1.0])
    assert series(read(stage, Signal.CPU), Signal.CPU)

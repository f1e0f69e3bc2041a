"""Several stores as one: each question goes where its metric says, and one store's trouble is not another's."""

from datetime import timedelta

from skep.adapters.metrics_by_source import MetricsBySource
from skep.core.metrics.series import Gap, GapReason, Question, Series
from skep.core.policy import Signal, Source
from tests.fakes.clock import FakeClock
from tests.fakes.metrics import FakeMetrics

CPU = Question(signal=Signal.CPU, window=timedelta(seconds=60))


def own(metric: str, source: Source) -> Question:
    return Question(
        signal=Signal.QUERY,
        window=timedelta(seconds=60),
        service="web",
        metric=metric,
        query="$service",
        source=source,
    )


HOMELY = own("depth", Source.INFLUXDB)
FOREIGN = own("lag", Source.PROMETHEUS)


def stores() -> tuple[FakeMetrics, FakeMetrics]:
    """One clock is ahead of the other."""
    influx, prometheus = FakeMetrics(FakeClock()), FakeMetrics(FakeClock())
    influx.answer_own("web", "depth", 1.0)
    influx.flat(Signal.CPU, "web", "one", 0.5)
    prometheus.answer_own("web", "lag", 2.0)
    return influx, prometheus


def values(answer: tuple[Series, ...] | Gap) -> list[float]:
    assert isinstance(answer, tuple), answer
    return [series.values[-1] for series in answer]


def test_each_store_is_asked_its_own_questions_in_one_read() -> None:
    influx, prometheus = stores()
    answers = MetricsBySource(influx, {Source.PROMETHEUS: prometheus}).read([CPU, FOREIGN, HOMELY], services=["web"])
    assert influx.reads == [((CPU, HOMELY), ("web",))]
    assert prometheus.reads == [((FOREIGN,), ())]
    assert values(answers.of(signal=Signal.CPU, service="web", metric="")) == [0.5]
    assert values(answers.own["web", "depth"]) == [1.0]
    assert values(answers.own["web", "lag"]) == [2.0]


def test_a_store_without_a_question_is_not_asked() -> None:
    influx, prometheus = stores()
    MetricsBySource(influx, {Source.PROMETHEUS: prometheus}).read([CPU, HOMELY], services=["web"])
    assert prometheus.reads == []


def test_ages_are_judged_by_the_clock_of_the_store_of_built_in_signals() -> None:
    influx, prometheus = stores()
    as_of = influx.read([], services=[]).as_of
    answers = MetricsBySource(influx, {Source.PROMETHEUS: prometheus}).read([CPU, FOREIGN], services=["web"])
    assert answers.as_of == as_of


def test_one_store_that_breaks_down_leaves_the_other_alone() -> None:
    influx, prometheus = stores()
    prometheus.break_down()
    answers = MetricsBySource(influx, {Source.PROMETHEUS: prometheus}).read([HOMELY, FOREIGN], services=[])
    assert values(answers.own["web", "depth"]) == [1.0]
    assert isinstance(answers.own["web", "lag"], Gap)


def test_a_source_that_is_not_set_up_is_a_gap_that_says_how() -> None:
    influx, _ = stores()
    gap = MetricsBySource(influx, {}).read([HOMELY, FOREIGN], services=[]).own["web", "lag"]
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.REFUSED
    assert "SKEP_PROMETHEUS_URL" in gap.detail


def test_a_statement_is_shown_in_the_words_of_the_store_that_answers_it() -> None:
    influx, prometheus = stores()
    by_source = MetricsBySource(influx, {Source.PROMETHEUS: prometheus})
    assert by_source.statement(HOMELY) == influx.statement(HOMELY)
    assert by_source.statement(FOREIGN) == prometheus.statement(FOREIGN)
    assert MetricsBySource(influx, {}).statement(FOREIGN) == ""

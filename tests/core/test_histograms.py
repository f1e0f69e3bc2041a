"""What histograms of durations tell of a window, and when they tell nothing."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.demand import Demand, ServiceDemand, measure
from skep.core.metrics.histograms import mean_duration, percentile_duration
from skep.core.metrics.latency import Latency
from skep.core.metrics.series import Answers, Gap, GapReason, Histogram, Idle
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from tests.builders import NOW, service

WINDOW = timedelta(seconds=30)
MAX_AGE = timedelta(seconds=45)
BOUNDS = (0.1, 0.3, 1.2, 5.0)

MEAN = MetricPolicy(
    name="latency", signal=Signal.LATENCY, kind=MetricKind.THRESHOLD, unit=Unit.SECONDS, target_value=0.25
)
IN_FLIGHT = MetricPolicy(
    name="inflight", signal=Signal.INFLIGHT, kind=MetricKind.TOTAL, unit=Unit.CONCURRENT, target_value=20.0
)


def grown(
    durations_s: Sequence[float],
    *,
    source: str = "a",
    before: Sequence[float] = (),
    bounds_s: tuple[float, ...] = BOUNDS,
    age_s: float = 0.0,
) -> Histogram:
    """A histogram that had counted ``before`` 20 s ago, and ``durations_s`` more since."""
    counts = [list(before), [*before, *durations_s]]
    newest = NOW.timestamp() - age_s
    return Histogram(
        source=source,
        at_epoch_s=(newest - 20.0, newest),
        sums_s=tuple(math.fsum(seen) for seen in counts),
        counts=tuple(float(len(seen)) for seen in counts),
        bounds_s=bounds_s,
        buckets=tuple(tuple(float(sum(d <= bound for d in seen)) for seen in counts) for bound in bounds_s),
    )


def mean_of(*histograms: Histogram) -> Latency | Idle | Gap:
    return mean_duration(histograms, as_of=NOW, window=WINDOW, max_age=MAX_AGE)


def percentile_of(share: float, *histograms: Histogram) -> Latency | Idle | Gap:
    return percentile_duration(histograms, share, as_of=NOW, window=WINDOW, max_age=MAX_AGE)


def value(latency: Latency | Idle | Gap) -> float:
    assert isinstance(latency, Latency), latency
    return latency.value


def gap(latency: Latency | Idle | Gap) -> Gap:
    assert isinstance(latency, Gap), latency
    return latency


# --- the mean -------------------------------------------------------------------------------------------------------


def test_the_mean_is_of_what_ended_within_the_window() -> None:
    assert value(mean_of(grown([0.1, 0.3], before=[5.0] * 100))) == pytest.approx(0.2)


def test_sources_are_weighed_by_their_requests() -> None:
    assert value(mean_of(grown([0.1] * 3), grown([0.5], source="b"))) == pytest.approx(0.2)


def test_without_a_request_there_is_no_latency_and_no_gap() -> None:
    assert isinstance(mean_of(grown([], before=[0.2])), Idle)


def test_a_source_that_only_slept_does_not_count() -> None:
    assert value(mean_of(grown([0.2]), grown([], source="b", before=[9.0]))) == pytest.approx(0.2)


# --- percentiles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "durations_s", "expected"),
    [
        pytest.param(0.5, [0.05] * 10, 0.05, id="half of the first bucket, which begins at nothing"),
        pytest.param(0.95, [0.05] * 90 + [0.2] * 10, 0.1 + 0.2 * 0.5, id="half of the second bucket"),
        pytest.param(1.0, [0.05] * 90 + [0.2] * 10, 0.3, id="the end of the last bucket with anything in it"),
        pytest.param(0.9, [0.05] * 90 + [2.0] * 10, 0.1, id="exactly at a bound"),
        pytest.param(0.91, [0.05] * 90 + [2.0] * 10, 1.2 + 3.8 * 0.1, id="beyond buckets with nothing in them"),
    ],
)
def test_a_percentile_lies_within_its_bucket(share: float, durations_s: list[float], expected: float) -> None:
    assert value(percentile_of(share, grown(durations_s))) == pytest.approx(expected)


def test_buckets_of_several_sources_add_up() -> None:
    together = percentile_of(0.95, grown([0.05] * 90), grown([0.2] * 10, source="b"))
    assert value(together) == pytest.approx(value(percentile_of(0.95, grown([0.05] * 90 + [0.2] * 10))))


def test_beyond_the_last_bound_that_bound_is_the_least_it_can_be() -> None:
    latency = percentile_of(0.95, grown([9.0] * 10))
    assert isinstance(latency, Latency)
    assert (latency.value, latency.is_partial) == (5.0, True)


@given(
    durations_s=st.lists(st.floats(0.001, 20.0), min_size=1, max_size=50),
    shares=st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)),
)
def test_more_of_the_requests_never_took_less_time(durations_s: list[float], shares: tuple[float, float]) -> None:
    lower, higher = sorted(shares)
    histogram = grown(durations_s)
    assert value(percentile_of(lower, histogram)) <= value(percentile_of(higher, histogram)) + 1e-9


@given(
    durations_s=st.lists(st.floats(0.001, 4.9), min_size=1, max_size=50),
    share=st.floats(0.01, 1.0),
)
def test_it_is_in_the_bucket_of_the_true_one(durations_s: list[float], share: float) -> None:
    true = sorted(durations_s)[math.ceil(round(share * len(durations_s), 9)) - 1]
    upper = next(bound for bound in BOUNDS if true <= bound)
    lower = max((bound for bound in BOUNDS if bound < upper), default=0.0)
    assert lower - 1e-9 <= value(percentile_of(share, grown(durations_s))) <= upper + 1e-9


def test_a_wider_bucket_that_was_read_a_moment_too_early_is_not_taken_to_be_smaller() -> None:
    histogram = grown([0.05] * 10)
    narrow, _, *wider = histogram.buckets
    torn = replace(histogram, buckets=(narrow, (0.0, 8.0), *wider))
    assert value(percentile_of(1.0, torn)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("histograms", "words"),
    [
        pytest.param(
            (grown([0.2]), grown([0.2], source="b", bounds_s=(0.5, 1.0))), "different buckets", id="two kinds"
        ),
        pytest.param((grown([0.2], bounds_s=()),), "no buckets", id="none"),
    ],
)
def test_buckets_that_do_not_fit_are_refused(histograms: tuple[Histogram, ...], words: str) -> None:
    refused = gap(percentile_of(0.95, *histograms))
    assert refused.reason is GapReason.REFUSED
    assert words in refused.detail


# --- what cannot be believed ----------------------------------------------------------------------------------------


def test_an_interval_in_which_the_proxy_started_over_is_left_out() -> None:
    histogram = Histogram(
        source="a",
        at_epoch_s=tuple(NOW.timestamp() - back for back in (20, 10, 0)),
        sums_s=(50.0, 0.2, 0.4),
        counts=(100.0, 1.0, 2.0),
    )
    assert value(mean_of(histogram)) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("histogram", "reason"),
    [
        pytest.param(grown([0.2], age_s=90), GapReason.STALE, id="old"),
        pytest.param(grown([0.2], age_s=-90), GapReason.FROM_THE_FUTURE, id="of tomorrow"),
        pytest.param(
            replace(grown([0.2]), at_epoch_s=(NOW.timestamp(),), sums_s=(1.0,), counts=(1.0,), buckets=((1.0,),) * 4),
            GapReason.NO_DATA,
            id="seen once",
        ),
        pytest.param(replace(grown([0.2]), sums_s=(0.0, math.nan)), GapReason.NOT_A_NUMBER, id="no number"),
        pytest.param(replace(grown([0.2]), sums_s=(-1.0, 1.0)), GapReason.NEGATIVE, id="time that ran backwards"),
        pytest.param(
            replace(grown([0.2]), at_epoch_s=(), sums_s=(), counts=(), buckets=((),) * 4), GapReason.NO_DATA, id="empty"
        ),
    ],
)
def test_what_cannot_be_believed_is_a_gap(histogram: Histogram, reason: GapReason) -> None:
    assert gap(mean_of(histogram)).reason is reason
    assert gap(percentile_of(0.95, histogram)).reason is reason


def test_a_silent_source_makes_the_mean_one_of_a_part() -> None:
    latency = mean_of(grown([0.2]), grown([0.2], source="b", age_s=90))
    assert isinstance(latency, Latency)
    assert latency.is_partial


# --- as demand ------------------------------------------------------------------------------------------------------


def demand_of(metric: MetricPolicy, durations: tuple[Histogram, ...] | Gap) -> Demand:
    told = durations if isinstance(durations, Gap) else {"web": durations}
    return measure(service(), metric, Answers(as_of=NOW, built_in={}, own={}, durations=told), max_age=MAX_AGE)


def test_in_flight_is_the_time_that_requests_spent_per_second() -> None:
    """Ten requests of two seconds each within twenty seconds: one is under way at any time."""
    demand = demand_of(IN_FLIGHT, (grown([2.0] * 10),))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx(1.0)


def test_in_flight_adds_up_over_codes_and_proxies() -> None:
    demand = demand_of(IN_FLIGHT, (grown([2.0] * 10), grown([4.0] * 10, source="b")))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx(3.0)


def test_without_requests_none_is_in_flight() -> None:
    demand = demand_of(IN_FLIGHT, (grown([], before=[0.2]),))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == 0.0


@pytest.mark.parametrize(
    ("percentile", "expected"), [(None, 0.2), (0.95, 0.29)], ids=["the mean", "the 95th percentile"]
)
def test_a_latency_comes_of_the_histograms_where_there_are_any(percentile: float | None, expected: float) -> None:
    demand = demand_of(replace(MEAN, percentile=percentile), (grown([0.2] * 100),))
    assert isinstance(demand, ServiceDemand)
    assert demand.value == pytest.approx(expected)


@pytest.mark.parametrize("metric", [MEAN, IN_FLIGHT], ids=["latency", "in flight"])
def test_a_store_that_answers_nothing_is_a_gap(metric: MetricPolicy) -> None:
    refused = demand_of(metric, Gap(reason=GapReason.UNREACHABLE, detail="down"))
    assert isinstance(refused, Gap)
    assert refused.reason is GapReason.UNREACHABLE


def test_a_service_that_the_proxy_does_not_know_is_a_gap() -> None:
    answered = Answers(as_of=NOW, built_in={}, own={}, durations={"other": (grown([0.2]),)})
    missing = measure(service(), MEAN, answered, max_age=MAX_AGE)
    assert isinstance(missing, Gap)
    assert missing.reason is GapReason.NO_DATA

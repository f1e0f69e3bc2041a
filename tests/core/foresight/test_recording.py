"""Raw points become the load of each bucket; what is not known stays unknown."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from skep.core.foresight.recording import recorded_counters, recorded_gauges
from skep.core.metrics.series import Series

SINCE = datetime(2026, 1, 5, tzinfo=UTC)
TEN_S = timedelta(seconds=10)


def points(*values: float, every_s: float = 5.0, source: str = "proxy", after_s: float = 0.0) -> Series:
    start_s = SINCE.timestamp() + after_s
    return Series(
        source=source, at_epoch_s=tuple(start_s + every_s * place for place in range(len(values))), values=values
    )


def loads_of_counters(*sources: Series) -> tuple[float | None, ...] | None:
    recorded = recorded_counters(sources, since=SINCE, until=SINCE + timedelta(hours=1), interval=TEN_S)
    return None if recorded is None else tuple(None if math.isnan(load or 0.0) else load for load in recorded.loads)


def test_a_counter_tells_its_rate_in_each_bucket() -> None:
    recorded = recorded_counters(
        [points(0, 10, 20, 50, 80)], since=SINCE, until=SINCE + timedelta(hours=1), interval=TEN_S
    )
    assert recorded is not None
    assert recorded.loads == (2.0, 6.0)
    assert recorded.ends_at == SINCE + timedelta(seconds=20)


def test_only_buckets_that_are_over_are_told() -> None:
    recorded = recorded_counters(
        [points(*range(0, 100, 10))],
        since=SINCE + timedelta(seconds=3),
        until=SINCE + timedelta(seconds=39),
        interval=TEN_S,
    )
    assert recorded is not None
    assert recorded.ends_at == SINCE + timedelta(seconds=30)
    assert recorded.loads == (2.0, 2.0)


def test_a_reset_counts_neither_its_increase_nor_its_time() -> None:
    assert loads_of_counters(points(1000, 1010, 10, 20, 30)) == (2.0, 2.0)


def test_all_proxies_that_see_the_service_are_added_up() -> None:
    assert loads_of_counters(points(0, 10, 20), points(5, 25, 45, source="other")) == (6.0,)


def test_a_proxy_that_came_later_does_not_hide_the_one_before() -> None:
    assert loads_of_counters(points(0, 10, 20, 30, 40), points(5, 25, 45, source="other", after_s=10)) == (2.0, 6.0)


@pytest.mark.parametrize(
    "series",
    [
        pytest.param(points(0, 10, math.nan, 30, 40), id="what is no number"),
        pytest.param(points(0, 10, -5, 30, 40), id="what is negative"),
    ],
)
def test_insane_points_leave_the_rest(series: Series) -> None:
    assert loads_of_counters(series) == (2.0, 2.0)


def test_a_long_silence_is_unknown() -> None:
    late = Series(
        source="proxy",
        at_epoch_s=tuple(SINCE.timestamp() + at for at in (0, 10, 510, 520)),
        values=(0.0, 20.0, 30.0, 50.0),
    )
    loads = loads_of_counters(late)
    assert loads is not None
    assert loads[0] == loads[-1] == 2.0
    assert set(loads[1:-1]) == {None}


def test_a_gauge_holds_until_its_next_point() -> None:
    recorded = recorded_gauges([points(4, 8, 6, 6, 1)], since=SINCE, until=SINCE + timedelta(hours=1), interval=TEN_S)
    assert recorded is not None
    assert recorded.loads == (6.0, 6.0)


@pytest.mark.parametrize(
    "sources", [(), (points(1),), (points(1, 2, every_s=1),)], ids=["no source", "one point", "no whole bucket"]
)
def test_without_a_bucket_there_is_no_record(sources: tuple[Series, ...]) -> None:
    assert loads_of_counters(*sources) is None

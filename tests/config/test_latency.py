"""How operators write how long an answer may take."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.latency import LatencyLimit, read_latency
from skep.config.units import UnitError


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        pytest.param("mean < 250ms", LatencyLimit(longest=timedelta(milliseconds=250)), id="the mean"),
        pytest.param(" Mean<1.5s ", LatencyLimit(longest=timedelta(seconds=1.5)), id="a capital, and no spaces"),
        pytest.param("p95 < 250ms", LatencyLimit(longest=timedelta(milliseconds=250), percentile=0.95), id="a share"),
        pytest.param("p99.9 < 2s", LatencyLimit(longest=timedelta(seconds=2), percentile=0.999), id="nearly all"),
        pytest.param("p5 < 1ms", LatencyLimit(longest=timedelta(milliseconds=1), percentile=0.05), id="few"),
    ],
)
def test_reads_a_latency(text: str, limit: LatencyLimit) -> None:
    assert read_latency(text) == limit


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("250ms", "mean < and a duration", id="of what?"),
        pytest.param("mean > 250ms", "mean < and a duration", id="at least"),
        pytest.param("max < 250ms", "mean < and a duration", id="of the slowest"),
        pytest.param("p100 < 250ms", "a percentile above 0", id="of all"),
        pytest.param("p0 < 250ms", "a percentile above 0", id="of none"),
        pytest.param("mean < 250", "a duration with its unit", id="no unit"),
        pytest.param("mean < 0s", "from 1ms to 1h", id="no time"),
        pytest.param("mean < 2h", "from 1ms to 1h", id="more than an hour"),
        pytest.param("mean < 250ms" + " " * 100, "mean < and a duration", id="a hundred spaces"),
    ],
)
def test_refuses_anything_else(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_latency(text)
    assert because in refused.value.expected


@given(text=st.text() | st.from_regex(r"(mean|p[0-9.]{1,5}) ?< ?[0-9.]{1,4}[a-z]{0,2}", fullmatch=True))
def test_any_text_is_a_latency_or_a_unit_error(text: str) -> None:
    with suppress(UnitError):
        limit = read_latency(text)
        assert limit.longest > timedelta(0)
        assert limit.percentile is None or 0 < limit.percentile < 1

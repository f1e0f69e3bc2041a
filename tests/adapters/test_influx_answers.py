"""What the marks in an answer of InfluxDB mean."""

import msgspec
import pytest

from skep.adapters.influx.answers import read_document


@pytest.mark.parametrize(
    ("points", "is_cut"),
    [
        pytest.param(500, True, id="a row limit broke off a short series"),
        pytest.param(10_001, False, id="a long series is put together from chunks and marked, but whole"),
    ],
)
def test_only_short_series_are_broken_off_by_their_mark(points: int, is_cut: bool) -> None:
    group = {"name": "haproxy", "columns": ["time", "stot"], "values": [[0, 1]] * points, "partial": True}
    (result,) = read_document(msgspec.json.encode({"results": [{"series": [group]}]})).results or []
    assert result.is_partial is is_cut

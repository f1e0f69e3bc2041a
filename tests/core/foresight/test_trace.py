"""Recorded loads."""

from datetime import timedelta

import pytest

from skep.core.foresight.trace import Trace
from tests.core.foresight.courses import trace


def test_between_buckets_the_load_is_drawn_straight() -> None:
    assert trace([0, 6, 0], every_s=15).points(timedelta(seconds=5)) == (0, 2, 4, 6, 4, 2)


def test_points_lie_where_they_should_in_buckets_of_any_length() -> None:
    uneven = Trace(name="uneven", at_s=(0.0, 7.0, 20.0), rates_rps=(0.0, 7.0, 7.0))
    assert uneven.points(timedelta(seconds=5)) == (0, 5, 7, 7)


@pytest.mark.parametrize(
    ("at_s", "rates", "message"),
    [
        pytest.param((0.0, 60.0), (1.0,), "as many rates as instants", id="columns of unequal length"),
        pytest.param((0.0,), (1.0,), "at least 2 buckets", id="a single bucket"),
        pytest.param((0.0, 0.0), (1.0, 1.0), "ascend from 0", id="twice the same instant"),
        pytest.param((5.0, 60.0), (1.0, 1.0), "ascend from 0", id="not from 0"),
    ],
)
def test_what_is_no_course_of_time_is_refused(at_s: tuple[float, ...], rates: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trace(name="wrong", at_s=at_s, rates_rps=rates)

"""The chart of the demo: a picture of the right size, drawn from anything that can happen, and from nothing else."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from skep.report.load_chart import LoadCourse, ScalingMark, draw

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
AT = tuple(START + timedelta(seconds=5 * index) for index in range(4))

COURSE = LoadCourse(
    at=AT,
    requests_rps=(60.0, 410.0, 405.0, 70.0),
    capacity_rps=(100.0, 100.0, 450.0, 450.0),
    goal_replicas=(2, 9, 9, 9),
    running_replicas=(2, 2, 9, 9),
    failed_requests=(0, 3, 0, 0),
    marks=(ScalingMark(at=AT[1], text="2 → 9"), ScalingMark(at=AT[1], text="9 → 9")),
)
NOTHING = replace(
    COURSE,
    requests_rps=(0.0,) * 4,
    capacity_rps=(0.0,) * 4,
    goal_replicas=(0,) * 4,
    running_replicas=(0,) * 4,
    failed_requests=(0,) * 4,
    marks=(),
)
AT_ONCE = replace(COURSE, at=(START,) * 4, marks=())


@pytest.mark.parametrize("course", [COURSE, NOTHING, AT_ONCE], ids=["a surge", "no load", "no time"])
def test_a_chart_is_a_png_of_1600_by_1000(course: LoadCourse) -> None:
    png = draw(course, title="replicas follow the load", subtitle="2 → 9 replicas")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (1600, 1000)


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"equally long, got lengths \[3, 4\]"):
        replace(COURSE, failed_requests=(0, 0, 0))


def test_a_single_sample_is_no_course() -> None:
    with pytest.raises(ValueError, match="at least two samples, got 1"):
        LoadCourse(
            at=AT[:1],
            requests_rps=(1.0,),
            capacity_rps=(1.0,),
            goal_replicas=(1,),
            running_replicas=(1,),
            failed_requests=(0,),
        )

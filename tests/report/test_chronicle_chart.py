"""The picture of a chronicle: of the right size, from anything that can have happened, and a page that stands alone."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from skep.core.chronicle import Chronicle
from skep.report.chronicle_chart import chronicle_heading, chronicle_page, draw_chronicle
from skep.report.clock_ticks import clock_ticks
from tests.core.chronicle_examples import END, day

DAY = day()
AT_NIGHT = datetime(2026, 11, 23, 22, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        DAY,
        day(metrics=("requests", "cpu")),
        day(metrics=()),
        day(with_a_gap=True),
        replace(DAY, moments=DAY.moments[:1], happenings=()),
        replace(DAY, happenings=DAY.happenings * 10),
    ],
    ids=["a metric", "two metrics", "no metric", "a gap", "one moment", "many changes"],
)
def test_a_chart_is_a_png_of_1600_by_1000(told: Chronicle) -> None:
    png = draw_chronicle(told, zone=UTC)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (1600, 1000)


def test_the_heading_counts_changes_and_those_of_others() -> None:
    count = len(DAY.happenings)
    assert chronicle_heading(DAY) == f"1 d, {count} changes, 1 of them not by skep itself, 3 to 10 replicas"
    assert chronicle_heading(replace(DAY, is_cut=True)).endswith("; the beginning does not fit")


def test_a_page_needs_nothing_beside_it_and_no_text_of_the_journal_is_markup() -> None:
    page = chronicle_page(DAY, now=END)
    assert "data:image/png;base64," in page
    assert "http" not in page
    assert "&lt;each&gt;" in page
    assert "<each>" not in page


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=30), ["22:50", "22:55", "23:00", "23:05", "23:10", "23:15", "23:20"]),
        (timedelta(hours=3), ["23:00", "23:15", "23:30", "23:45", "Nov 24", "00:15", "00:30", "00:45", "01:00"]),
        (timedelta(days=3), ["Nov 24", "06:00", "12:00", "18:00", "Nov 25"]),
        (timedelta(days=7), ["Nov 24", "Nov 25", "Nov 26"]),
        (timedelta(days=60), ["Nov 30", "Dec 7"]),
    ],
    ids=["half an hour", "three hours", "three days", "a week", "two months"],
)
def test_an_axis_is_marked_at_round_times(length: timedelta, words: list[str]) -> None:
    ticks = clock_ticks(AT_NIGHT, AT_NIGHT + length, UTC)
    assert [word for _, word in ticks][: len(words)] == words
    assert len(ticks) <= 13


def test_round_times_are_those_of_the_zone() -> None:
    ticks = clock_ticks(AT_NIGHT, AT_NIGHT + timedelta(days=2), ZoneInfo("Asia/Kolkata"))
    assert ticks[0][1] in {"06:00", "12:00", "18:00", "Nov 24"}


def test_no_time_at_all_is_an_axis_too() -> None:
    assert len(clock_ticks(AT_NIGHT, AT_NIGHT, UTC)) <= 1

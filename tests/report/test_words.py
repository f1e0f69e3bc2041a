"""Spans, instants, lists and names as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.report.words import age, ahead, elided, instant, joined, moment, one_line, span, until_text

NOW = datetime(2026, 11, 23, 14, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (59.7, "1 min"),
        (250, "4 min 10 s"),
        (240, "4 min"),
        (7_200, "2 h"),
        (7_205, "2 h"),
        (7_500, "2 h 5 min"),
        (3 * 86_400 + 4 * 3_600 + 59, "3 d 4 h"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-9, "0 s"), (0, "0 s"), (59, "59 s"), (119, "1 min"), (7_199, "1 h"), (86_400, "1 d")]
)
def test_an_age_is_said_in_its_largest_unit(seconds: float, text: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == text


def test_an_instant_of_today_needs_no_date() -> None:
    assert instant(NOW + timedelta(seconds=11), NOW) == "14:02:26 UTC"


def test_an_instant_of_another_day_has_its_date() -> None:
    assert instant(NOW + timedelta(hours=18), NOW) == "2026-11-24 08:02:15 UTC"


def test_instants_are_said_in_the_zone_of_now() -> None:
    here = NOW.astimezone(ZoneInfo("Asia/Tokyo"))
    assert instant(NOW, here) == "23:02:15 JST"
    assert moment(NOW, here) == "2026-11-23 23:02:15"


def test_what_is_to_come_has_a_time_and_a_distance() -> None:
    assert ahead(NOW + timedelta(seconds=11), NOW) == "at 14:02:26 UTC, in 11 s"
    assert until_text(NOW + timedelta(seconds=11), NOW) == "until 14:02:26 UTC, for another 11 s"


def test_what_was_to_come_is_now() -> None:
    assert (ahead(NOW, NOW), until_text(NOW, NOW)) == ("now", "until now")


@pytest.mark.parametrize(
    ("items", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_items_are_joined_as_in_a_sentence(items: tuple[str, ...], text: str) -> None:
    assert joined(items) == text


@given(st.text(max_size=90), st.integers(-2, 90))
def test_an_elided_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = elided(text, width)
    assert len(short) <= max(width, 0)
    if len(text) > width >= 3:
        assert (short[0], short[-1]) == (text[0], text[-1])


@given(st.text(max_size=90))
def test_one_line_is_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()

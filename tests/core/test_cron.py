"""Which minutes of the calendar a cron expression names."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.cron import read_cron
from skep.core.cron import Cron

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("expression", "now", "latest", "following"),
    [
        pytest.param("0 8 * * *", "2026-03-04 08:00", "2026-03-04 08:00", "2026-03-05 08:00", id="the minute itself"),
        pytest.param("0 8 * * *", "2026-03-04 07:59", "2026-03-03 08:00", "2026-03-04 08:00", id="before it"),
        pytest.param("*/20 9-10 * * *", "2026-03-04 10:45", "2026-03-04 10:40", "2026-03-05 09:00", id="steps"),
        pytest.param("15,45 9 * * *", "2026-03-04 09:20", "2026-03-04 09:15", "2026-03-04 09:45", id="a list"),
        pytest.param("30 9,17 * * *", "2026-03-04 12:00", "2026-03-04 09:30", "2026-03-04 17:30", id="between hours"),
        pytest.param("30 9 * * *", "2026-03-04 09:10", "2026-03-03 09:30", "2026-03-04 09:30", id="within its hour"),
        pytest.param("0 0 * * 1-5", "2026-03-08 12:00", "2026-03-06 00:00", "2026-03-09 00:00", id="over a weekend"),
        pytest.param("0 0 1 1 *", "2026-06-01 00:00", "2026-01-01 00:00", "2027-01-01 00:00", id="once a year"),
        pytest.param("0 0 29 2 *", "2026-06-01 00:00", "2024-02-29 00:00", "2028-02-29 00:00", id="a leap day"),
        pytest.param("0 0 31 * *", "2026-04-15 00:00", "2026-03-31 00:00", "2026-05-31 00:00", id="short months"),
        pytest.param("0 0 13 * 5", "2026-03-10 00:00", "2026-03-06 00:00", "2026-03-13 00:00", id="either day"),
        pytest.param("0 0 */2 * 1", "2026-03-10 00:00", "2026-03-09 00:00", "2026-03-23 00:00", id="both, with a star"),
    ],
)
def test_the_latest_and_the_next_minute(expression: str, now: str, latest: str, following: str) -> None:
    cron = read_cron(expression)
    assert (cron.latest(at(now)), cron.next_after(at(now))) == (at(latest), at(following))


def test_seconds_do_not_hide_the_minute() -> None:
    assert read_cron("0 8 * * *").latest(at("2026-03-04 08:00:59.5")) == at("2026-03-04 08:00")


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="no such day"):
        Cron(minutes=(0,), hours=(0,), days=(30, 31), months=(2,), weekdays=tuple(range(7)))


def some(least: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    values = st.sets(st.integers(least, most), min_size=1, max_size=6)
    return values.map(lambda chosen: tuple(sorted(chosen)))


CRONS = st.builds(
    Cron,
    minutes=some(0, 59),
    hours=some(0, 23),
    days=some(1, 28),
    months=some(1, 12),
    weekdays=some(0, 6),
    either_day=st.booleans(),
)
WALLS = st.datetimes(min_value=at("2020-01-01"), max_value=at("2030-12-31"))


def names(cron: Cron, wall: datetime) -> bool:
    """The definition, field by field."""
    in_month, in_week = wall.day in cron.days, wall.weekday() in cron.weekdays
    is_day = in_month or in_week if cron.either_day else in_month and in_week
    return is_day and wall.minute in cron.minutes and wall.hour in cron.hours and wall.month in cron.months


@given(cron=CRONS, wall=WALLS)
def test_what_is_found_is_named_and_on_the_right_side(cron: Cron, wall: datetime) -> None:
    assert names(cron, cron.latest(wall))
    assert names(cron, cron.next_after(wall))
    assert cron.latest(wall) <= wall < cron.next_after(wall)


@given(cron=CRONS, wall=WALLS)
def test_nothing_that_is_named_is_missed(cron: Cron, wall: datetime) -> None:
    """Whatever is found first in one direction is what comes back from the other."""
    following = cron.next_after(wall)
    assert cron.latest(following) == following
    assert cron.latest(following - MINUTE) == cron.latest(wall)
    assert cron.next_after(cron.latest(wall)) == following


@given(cron=CRONS, wall=WALLS, minutes=st.integers(1, 2000))
def test_no_minute_between_the_two_is_named(cron: Cron, wall: datetime, minutes: int) -> None:
    between = cron.latest(wall) + minutes * MINUTE
    assert between >= cron.next_after(wall) or not names(cron, between)

"""When a schedule is in force, also where clocks are changed, and which bounds that makes."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skep.config.cron import read_cron
from skep.config.schedule import read_schedule
from skep.core.cron import Cron
from skep.core.policy import Bounds
from skep.core.schedule import (
    CronWindow,
    Schedule,
    ScheduledBounds,
    WeeklyWindow,
    bounds_at,
    is_active,
    next_change,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(text: str, name: str = "work") -> Schedule:
    """A schedule whose bounds do not matter."""
    return read_schedule(name, f"{text} min=5")


# --- windows by the week, in Berlin, where clocks go forward on 29 March 2026 and back on 25 October 2026 ------------


@pytest.mark.parametrize(
    ("text", "now", "active", "change"),
    [
        pytest.param("Mon-Fri 08:00-18:00", "2026-03-04 06:59:59", False, "2026-03-04 07:00", id="just before"),
        pytest.param("Mon-Fri 08:00-18:00", "2026-03-04 07:00", True, "2026-03-04 17:00", id="the start is inside"),
        pytest.param("Mon-Fri 08:00-18:00", "2026-03-04 17:00", False, "2026-03-05 07:00", id="the end is outside"),
        pytest.param(
            "Mon-Fri 08:00-18:00", "2026-03-27 20:00", False, "2026-03-30 06:00", id="over a weekend, in summer"
        ),
        pytest.param(
            "Sat,Sun 22:00-04:00", "2026-03-09 02:00", True, "2026-03-09 03:00", id="Sunday's night is Monday's"
        ),
        pytest.param("Sat,Sun 22:00-04:00", "2026-03-07 02:00", False, "2026-03-07 21:00", id="Friday's night is not"),
        pytest.param("Mon 12:00-24:00", "2026-03-09 22:59", True, "2026-03-09 23:00", id="until midnight"),
        pytest.param("Mon-Fri 00:00-24:00", "2026-03-09 12:00", True, "2026-03-13 23:00", id="days without a pause"),
        pytest.param("00:00-24:00", "2026-03-09 12:00", True, None, id="always"),
        pytest.param("02:30-04:30", "2026-03-29 00:59:59", False, "2026-03-29 01:00", id="a start in a gap, before"),
        pytest.param("02:30-04:30", "2026-03-29 01:00", True, "2026-03-29 02:30", id="a start in a gap, after"),
        pytest.param("01:30-02:30", "2026-03-29 00:45", True, "2026-03-29 01:00", id="an end in a gap"),
        pytest.param("02:15-02:45", "2026-03-29 01:00", False, "2026-03-30 00:15", id="a window within a gap"),
        pytest.param("Sun 02:15-02:45", "2026-03-28 12:00", False, "2026-04-05 00:15", id="a gap in its only day"),
        pytest.param("02:30-04:30", "2026-10-25 00:30", True, "2026-10-25 03:30", id="a start that comes twice"),
        pytest.param("01:30-02:30", "2026-10-25 00:30", True, "2026-10-25 01:30", id="an end that comes twice"),
        pytest.param("02:00-03:00", "2026-10-25 00:00", True, "2026-10-25 02:00", id="an hour that comes twice"),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(text: str, now: str, active: bool, change: str | None) -> None:
    work = schedule(f"{text} Europe/Berlin")
    assert is_active(work, utc(now)) is active
    assert next_change(work, utc(now)) == (None if change is None else utc(change))


def test_midnight_may_be_what_the_clocks_leave_out() -> None:
    """In Cairo clocks went from 00:00 to 01:00 on Friday, 24 April 2026."""
    work = schedule("Thu,Fri 00:00-24:00 Africa/Cairo")
    assert next_change(work, utc("2026-04-22 12:00")) == utc("2026-04-22 22:00")
    assert next_change(work, utc("2026-04-23 12:00")) == utc("2026-04-24 21:00")


def test_a_zone_may_leave_out_a_whole_day() -> None:
    """In Apia there was no Friday, 30 December 2011."""
    friday = schedule("Fri 08:00-18:00 Pacific/Apia")
    assert next_change(friday, utc("2011-12-24 12:00")) == utc("2012-01-05 18:00")


# --- windows by cron -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "now", "active", "change"),
    [
        pytest.param('"0 8 * * 1-5" for=10h', "2026-03-04 07:00", True, "2026-03-04 17:00", id="a length"),
        pytest.param('"0 8 * * 1-5" for=10h', "2026-03-04 17:00", False, "2026-03-05 07:00", id="a length, over"),
        pytest.param('"0 22 * * *" for=10h', "2026-03-28 22:00", True, "2026-03-29 07:00", id="as long as written"),
        pytest.param('"30 2 * * *" for=2h', "2026-03-29 01:00", True, "2026-03-29 03:00", id="from the gap on"),
        pytest.param('"30 2 * * *" for=30m', "2026-10-25 01:00", False, "2026-10-26 01:30", id="only the first time"),
        pytest.param('"*/30 * * * *" for=30m', "2026-03-04 07:00", True, None, id="one after the other for ever"),
        pytest.param('"*/30 8-17 * * *" for=30m', "2026-03-04 07:10", True, "2026-03-04 17:00", id="and for a day"),
        pytest.param('"0 8 * * *" until="0 18 * * *"', "2026-03-04 17:00", False, "2026-03-05 07:00", id="an end"),
        pytest.param('"0 18 * * *" until="0 8 * * *"', "2026-03-04 17:00", True, "2026-03-05 07:00", id="overnight"),
        pytest.param('"0 0 * * MON" until="59 23 * * FRI"', "2026-03-06 12:00", True, "2026-03-06 22:59", id="a week"),
        pytest.param('"0 1 * * MON" until="0 2 * * *"', "2026-03-05 12:00", False, "2026-03-09 00:00", id="early ends"),
        pytest.param(
            '"0 8 * * *" until="30 2 * * *"', "2026-03-28 12:00", True, "2026-03-29 01:00", id="an end in a gap"
        ),
        pytest.param('"0 8 * * *" until="30 2 * * *"', "2026-10-25 00:45", True, "2026-10-25 01:30", id="the last end"),
        pytest.param(
            '"10 2 * * *" until="*/5 * * * *"',
            "2026-10-25 00:30",
            True,
            "2026-10-25 01:00",
            id="an end that comes again",
        ),
        pytest.param(
            '"0 * * * *" until="0 9-20 * * *"', "2026-03-04 08:30", False, "2026-03-04 20:00", id="both at once"
        ),
        pytest.param('"0 8 * * *" until="0 * * * *"', "2026-03-04 07:00", False, None, id="an end at each start"),
    ],
)
def test_cron_expressions_start_and_end_it(text: str, now: str, active: bool, change: str | None) -> None:
    work = schedule(f"cron={text} Europe/Berlin")
    assert is_active(work, utc(now)) is active
    assert next_change(work, utc(now)) == (None if change is None else utc(change))


# --- what holds for all of them ------------------------------------------------------------------------------------

ZONES = (
    "Africa/Cairo",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
    "UTC",
)
INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2030, 12, 31),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(UTC),
)


def _changes_of_clocks(zone: ZoneInfo) -> list[datetime]:
    """The hours of 2020 to 2030 in which the clocks of a zone are changed."""
    hours = [utc("2020-01-01") + number * HOUR for number in range(0, 11 * 366 * 24, 12)]
    return [hour for hour, later in pairwise(hours) if _offset(hour, zone) != _offset(later, zone)]


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


@st.composite
def weekly_windows(draw: st.DrawFn) -> WeeklyWindow:
    start = draw(st.integers(0, 24 * 60 - 1))
    length = draw(st.integers(1, 24 * 60))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    return WeeklyWindow(days=tuple(sorted(days)), start=start * MINUTE, end=(start + length) * MINUTE)


_FIELDS = st.tuples(
    st.sampled_from(["0", "30", "*/10", "5,25", "17-19"]),
    st.sampled_from(["*", "1-3", "2", "8", "0,23", "*/6"]),
    st.sampled_from(["*", "1-7", "25,29", "*/9"]),
    st.sampled_from(["*", "3,4,10,11"]),
    st.sampled_from(["*", "0", "1-5"]),
)
CRONS = _FIELDS.map(" ".join).map(read_cron)
LENGTHS = st.integers(1, 3000).map(lambda minutes: minutes * MINUTE)
WINDOWS = weekly_windows() | st.builds(CronWindow, start=CRONS, end=CRONS | LENGTHS)
SCHEDULES = st.builds(
    Schedule,
    name=st.just("any"),
    window=WINDOWS,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    min_replicas=st.just(1),
)
CHANGES_OF_CLOCKS = {zone: _changes_of_clocks(ZoneInfo(zone)) for zone in ZONES}
#: Any time at all, and times within two days of a change of clocks.
MOMENTS = INSTANTS | st.builds(
    lambda change, offset: change + offset,
    st.sampled_from([change for changes in CHANGES_OF_CLOCKS.values() for change in changes]),
    st.timedeltas(min_value=-48 * HOUR, max_value=48 * HOUR),
)


@given(schedule=SCHEDULES, now=MOMENTS)
def test_it_flips_exactly_when_it_says(schedule: Schedule, now: datetime) -> None:
    change = next_change(schedule, now)
    assume(change is not None)
    assert change is not None
    assert change > now
    before, after = change - timedelta(microseconds=1), change
    assert is_active(schedule, before) is is_active(schedule, now)
    assert is_active(schedule, after) is not is_active(schedule, now)


@given(schedule=SCHEDULES, now=MOMENTS, share=st.floats(0, 1))
def test_it_never_flips_before_it_says(schedule: Schedule, now: datetime, share: float) -> None:
    change = next_change(schedule, now) or now + 48 * HOUR
    between = now + (change - now) * share
    assume(between < change)
    assert is_active(schedule, between) is is_active(schedule, now)
    assert next_change(schedule, between) == next_change(schedule, now)


@given(schedule=SCHEDULES, now=MOMENTS)
def test_the_zone_of_the_instant_does_not_matter(schedule: Schedule, now: datetime) -> None:
    elsewhere = now.astimezone(timezone(timedelta(hours=-11)))
    assert is_active(schedule, elsewhere) is is_active(schedule, now)
    assert next_change(schedule, elsewhere) == next_change(schedule, now)


@given(window=weekly_windows(), zone=st.sampled_from(ZONES), now=MOMENTS)
def test_what_the_clock_shows_as_within_the_hours_is_in_force(window: WeeklyWindow, zone: str, now: datetime) -> None:
    """So a window is never shorter than written, by its own clock."""
    work = Schedule(name="work", window=window, zone=ZoneInfo(zone), min_replicas=1)
    wall = now.astimezone(ZoneInfo(zone))
    since_midnight = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
    within_today = wall.weekday() in window.days and window.start <= since_midnight < window.end
    yesterday = (wall.weekday() - 1) % 7
    within_last_night = yesterday in window.days and since_midnight + 24 * HOUR < window.end
    assert is_active(work, now) or not (within_today or within_last_night)


@pytest.mark.parametrize("zone", ZONES)
@given(start=CRONS, length=LENGTHS, data=st.data())
def test_a_length_is_never_shorter_than_written(zone: str, start: Cron, length: timedelta, data: st.DataObject) -> None:
    """Across each change of clocks from 2020 to 2030 what begins goes on for as long as it says."""
    now = data.draw(st.sampled_from(CHANGES_OF_CLOCKS[zone])) if CHANGES_OF_CLOCKS[zone] else utc("2026-03-29")
    work = Schedule(name="work", window=CronWindow(start=start, end=length), zone=ZoneInfo(zone), min_replicas=1)
    begins = next_change(work, now - 12 * HOUR)
    assume(begins is not None)
    assert begins is not None
    assume(is_active(work, begins))
    ends = next_change(work, begins)
    assert ends is None or ends - begins >= length


@given(start=CRONS, end=CRONS, now=MOMENTS)
def test_it_is_in_force_while_the_latest_start_is_later_than_the_latest_end(
    start: Cron, end: Cron, now: datetime
) -> None:
    work = Schedule(name="work", window=CronWindow(start=start, end=end), zone=UTC, min_replicas=1)
    wall = now.replace(tzinfo=None)
    assert is_active(work, now) is (start.latest(wall) > end.latest(wall))


# --- the bounds that hold ------------------------------------------------------------------------------------------

BASE = Bounds(min_replicas=2, max_replicas=10)
NOON = utc("2026-03-04 12:00")


def all_day(name: str, fewest: int | None = None, most: int | None = None) -> Schedule:
    window = WeeklyWindow(days=(2,), start=0 * HOUR, end=24 * HOUR)
    return Schedule(name=name, window=window, zone=UTC, min_replicas=fewest, max_replicas=most)


NEVER_TODAY = Schedule(
    name="monday",
    window=WeeklyWindow(days=(0,), start=0 * HOUR, end=24 * HOUR),
    zone=UTC,
    min_replicas=9,
)


@pytest.mark.parametrize(
    ("schedules", "bounds", "by"),
    [
        pytest.param([], (2, 10), (), id="none"),
        pytest.param([NEVER_TODAY], (2, 10), (), id="none in force"),
        pytest.param([all_day("day", 5, 30)], (5, 30), ("day",), id="both bounds"),
        pytest.param([all_day("day", 5)], (5, 10), ("day",), id="only the fewest"),
        pytest.param([all_day("day", None, 4)], (2, 4), ("day",), id="only the most, for once fewer"),
        pytest.param([all_day("day", 0)], (0, 10), ("day",), id="fewer than usual"),
        pytest.param([all_day("a", 5, 30), all_day("b", 7, 20)], (7, 30), ("a", "b"), id="the largest of each"),
        pytest.param([all_day("day", 20)], (10, 10), ("day",), id="the fewest beyond the most"),
        pytest.param([all_day("day", None, 1)], (1, 1), ("day",), id="the most below the fewest"),
        pytest.param([all_day("day", 0, 0)], (0, 0), ("day",), id="off"),
        pytest.param([NEVER_TODAY, all_day("day", 5)], (5, 10), ("day",), id="one of two in force"),
    ],
)
def test_the_largest_bounds_in_force_replace_the_base(
    schedules: list[Schedule], bounds: tuple[int, int], by: tuple[str, ...]
) -> None:
    at_noon = bounds_at(BASE, schedules, NOON)
    assert (at_noon.bounds.min_replicas, at_noon.bounds.max_replicas) == bounds
    assert at_noon.by == by


def test_bounds_hold_until_the_first_schedule_begins_or_ends() -> None:
    until_six = schedule("08:00-18:00 UTC")
    from_three = schedule("15:00-20:00 UTC")
    assert bounds_at(BASE, [until_six], NOON).until == utc("2026-03-04 18:00")
    assert bounds_at(BASE, [until_six, from_three], NOON).until == utc("2026-03-04 15:00")
    assert bounds_at(BASE, [], NOON) == ScheduledBounds(bounds=BASE)


@pytest.mark.parametrize(
    ("fewest", "most"),
    [
        pytest.param(None, None, id="nothing said"),
        pytest.param(5, 3, id="crossed"),
        pytest.param(-1, None, id="negative"),
    ],
)
def test_bounds_that_cannot_be_are_refused(fewest: int | None, most: int | None) -> None:
    with pytest.raises(ValueError, match="0 <= min <= max"):
        all_day("day", fewest, most)


@pytest.mark.parametrize(
    ("days", "start_h", "end_h"),
    [
        pytest.param((), 8, 18, id="no day"),
        pytest.param((0,), 8, 8, id="empty"),
        pytest.param((0,), 8, 33, id="longer than a day"),
        pytest.param((0,), 24, 25, id="a start on another day"),
    ],
)
def test_a_week_without_a_window_is_refused(days: tuple[int, ...], start_h: int, end_h: int) -> None:
    with pytest.raises(ValueError, match="a weekly window needs"):
        WeeklyWindow(days=days, start=start_h * HOUR, end=end_h * HOUR)

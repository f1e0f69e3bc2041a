"""How operators write bounds for certain times."""

from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.cron import read_cron
from skep.config.schedule import read_schedule
from skep.config.units import UnitError
from skep.core.schedule import EVERY_DAY, CronWindow, Schedule, WeeklyWindow, Window

HOUR = timedelta(hours=1)
MON_TO_FRI = (0, 1, 2, 3, 4)


def weekly(days: tuple[int, ...], start_h: float, end_h: float) -> WeeklyWindow:
    return WeeklyWindow(days=days, start=start_h * HOUR, end=end_h * HOUR)


def test_reads_every_part() -> None:
    assert read_schedule("work", "Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30") == Schedule(
        name="work",
        window=weekly(MON_TO_FRI, 8, 18),
        zone=ZoneInfo("Europe/Berlin"),
        min_replicas=5,
        max_replicas=30,
    )


@pytest.mark.parametrize(
    ("text", "window"),
    [
        pytest.param("08:00-18:00", weekly(EVERY_DAY, 8, 18), id="every day"),
        pytest.param("8:00-18:30", weekly(EVERY_DAY, 8, 18.5), id="an hour of one digit"),
        pytest.param("Sat,Sun 22:00-04:00", weekly((5, 6), 22, 28), id="over midnight"),
        pytest.param("Mon 00:00-24:00", weekly((0,), 0, 24), id="all day"),
        pytest.param("Mon 18:00-00:00", weekly((0,), 18, 24), id="until the midnight after"),
        pytest.param("Fri-Mon 08:00-18:00", weekly((0, 4, 5, 6), 8, 18), id="days over a weekend"),
        pytest.param("MONDAY,wed 08:00-18:00", weekly((0, 2), 8, 18), id="days in full and in any case"),
        pytest.param("Mon - Fri 08:00 - 18:00", weekly(MON_TO_FRI, 8, 18), id="spaces around a dash"),
        pytest.param("Mon, Tue 08:00-18:00", weekly((0, 1), 8, 18), id="a space behind a comma"),
        pytest.param(
            'cron="0 8 * * 1-5" for=10h',
            CronWindow(start=read_cron("0 8 * * 1-5"), end=10 * HOUR),
            id="cron for a while",
        ),
        pytest.param(
            "cron='0 8 * * *' until='0 18 * * *'",
            CronWindow(start=read_cron("0 8 * * *"), end=read_cron("0 18 * * *")),
            id="cron until cron",
        ),
    ],
)
def test_reads_a_window(text: str, window: Window) -> None:
    assert read_schedule("work", f"{text} UTC min=5").window == window


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        pytest.param("min=5", (5, None), id="only the fewest"),
        pytest.param("max=3", (None, 3), id="only the most"),
        pytest.param("max=3 min=3", (3, 3), id="the same for both"),
        pytest.param("min=0 max=0", (0, 0), id="off"),
    ],
)
def test_reads_one_bound_or_both(text: str, bounds: tuple[int | None, int | None]) -> None:
    schedule = read_schedule("work", f"08:00-18:00 UTC {text}")
    assert (schedule.min_replicas, schedule.max_replicas) == bounds


def test_the_parts_may_come_in_any_order() -> None:
    expected = read_schedule("work", "Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30")
    assert read_schedule("work", "max=30 Europe/Berlin min=5 08:00-18:00 Mon-Fri") == expected


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("", "the hours, as 08:00-18:00", id="nothing"),
        pytest.param("Mon-Fri 08:00-18:00 min=5", "a time zone, as Europe/Berlin", id="no zone"),
        pytest.param("08:00-18:00 UTC", "one or both of min= and max=", id="no bounds"),
        pytest.param("Mon-Fri UTC min=5", "the hours, as 08:00-18:00", id="no hours"),
        pytest.param("08:00-18:00 Europe/Berln min=5", "perhaps Europe/Berlin", id="a zone misspelt"),
        pytest.param("08:00-18:00 berlin min=5", "perhaps Europe/Berlin", id="only the city of a zone"),
        pytest.param("08:00-18:00 utc min=5", "perhaps UTC", id="a zone in the wrong case"),
        pytest.param("08:00-18:00 ../../etc/passwd min=5", "only days, hours", id="a path for a zone"),
        pytest.param("08:00-18:00 Europe/../../x min=5", "a time zone that exists", id="a path in a zone"),
        pytest.param("08:00-18:00 UTC Europe/Berlin min=5", "a zone only once", id="two zones"),
        pytest.param("25:00-26:00 UTC min=5", "hours as 08:00-18:00", id="an hour that does not exist"),
        pytest.param("08:60-18:00 UTC min=5", "hours as 08:00-18:00", id="a minute that does not exist"),
        pytest.param("24:00-18:00 UTC min=5", "hours as 08:00-18:00", id="a start at the end of the day"),
        pytest.param("08:00-24:01 UTC min=5", "hours as 08:00-18:00", id="an end after the end of the day"),
        pytest.param("08:00 UTC min=5", "hours as 08:00-18:00", id="no end"),
        pytest.param("08:00-08:00 UTC min=5", "an end that differs", id="an empty window"),
        pytest.param("Mon-Fry 08:00-18:00 UTC min=5", "days as Mon-Fri", id="a day misspelt"),
        pytest.param("Mon-Tue-Wed 08:00-18:00 UTC min=5", "days as Mon-Fri", id="a range of three"),
        pytest.param("08:00-18:00 UTC min=5 max=3", "no less than min=", id="crossed bounds"),
        pytest.param("08:00-18:00 UTC min=-1", "min= to be a whole number", id="a negative count"),
        pytest.param("08:00-18:00 UTC min=5 min=6", "min= only once", id="a bound twice"),
        pytest.param("08:00-18:00 UTC min=5 step=2", "only days, hours", id="a part that does not exist"),
        pytest.param("08:00-18:00 UTC min=5 @", "only days, hours", id="a word that is nothing"),
        pytest.param('cron="0 8 * * *" UTC min=5', "one of for=10h and until=", id="cron without an end"),
        pytest.param('cron="0 8 * * *" for=1h until="0 9 * * *" UTC min=5', "one of for=10h and until=", id="two ends"),
        pytest.param("for=10h UTC min=5", 'cron="0 8 * * 1-5"', id="an end without a start"),
        pytest.param('cron="0 8 * * *" until="0 8 * * *" UTC min=5', "differs from cron=", id="an end at the start"),
        pytest.param('cron="0 8 * * *" for=0s UTC min=5', "for= to be a duration", id="no time at all"),
        pytest.param('cron="0 8 * * *" for=1h 08:00-18:00 UTC min=5', "either cron= or", id="cron and hours"),
        pytest.param("cron=0 8 * * 1-5 for=10h UTC min=5", "cron= to be five fields", id="no quotes"),
        pytest.param('cron="0 8 * * 1-5 for=10h UTC min=5', "quotes in pairs", id="half a pair of quotes"),
        pytest.param('cron="0 8 * * 1-5" until="0 25 * * *" UTC min=5', "the hour from 0 to 23", id="a wrong end"),
        pytest.param("x" * 10_000, "at most 500 characters", id="ten thousand characters"),
        pytest.param('cron="' + "0," * 20_000 + '"', "at most 500 characters", id="a list without an end"),
    ],
)
def test_refuses_a_schedule(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_schedule("work", text)
    assert because in refused.value.expected


def test_all_wrong_parts_are_named_at_once() -> None:
    with pytest.raises(UnitError) as refused:
        read_schedule("work", "Mon-Fry 25:00-18:00 Berlin min=5 max=3 colour=red")
    for part in ("days as", "hours as", "perhaps Europe/Berlin", "a max= that", "only days"):
        assert part in refused.value.expected


def test_the_example_of_an_error_is_itself_right() -> None:
    for text in ("", 'cron=""'):
        with pytest.raises(UnitError) as refused:
            read_schedule("work", text)
        assert read_schedule("work", refused.value.example).min_replicas == 5


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("0 8 * *", "five fields", id="four fields"),
        pytest.param("0 0 8 * * *", "five fields", id="six fields"),
        pytest.param("@daily", "five fields", id="a nickname"),
        pytest.param("60 8 * * *", "the minute from 0 to 59", id="a minute too many"),
        pytest.param("0 24 * * *", "the hour from 0 to 23", id="an hour too many"),
        pytest.param("0 8 0 * *", "the day of the month from 1 to 31", id="day nought"),
        pytest.param("0 8 * 13 *", "the month from 1 to 12 or JAN to DEC", id="a month too many"),
        pytest.param("0 8 * * 8", "the day of the week from 0 to 7 or SUN to SAT", id="a weekday too many"),
        pytest.param("0 8 * FOO *", "the month", id="a month that does not exist"),
        pytest.param("MON 8 * * *", "the minute", id="a name in a field without names"),
        pytest.param("0 18-8 * * *", "the hour", id="a range that runs backwards"),
        pytest.param("0 */0 * * *", "the hour", id="a step of nothing"),
        pytest.param("0 8, * * *", "the hour", id="a comma with nothing behind it"),
        pytest.param("0 ٨ * * *", "the hour", id="digits of another script"),
        pytest.param("0 0 30 2 *", "a day that comes", id="the thirtieth of February"),
        pytest.param("0 8 * * " + "1," * 100 + "1", "five fields", id="two hundred characters"),
    ],
)
def test_refuses_a_cron_expression(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_cron(text)
    assert because in refused.value.expected


def test_all_wrong_fields_of_a_cron_expression_are_named_at_once() -> None:
    with pytest.raises(UnitError) as refused:
        read_cron("60 24 32 13 8")
    for field in ("minute", "hour", "day of the month", "month", "day of the week"):
        assert f"the {field} from" in refused.value.expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("0 0 * * SUN", "0 0 * * 0", id="a name of a day"),
        pytest.param("0 0 * * 7", "0 0 * * 0", id="seven is Sunday"),
        pytest.param("0 0 * * 5-7", "0 0 * * 0,5,6", id="a range up to seven"),
        pytest.param("0 0 * * sat-sun", "0 0 * * 0,6", id="a range up to Sunday"),
        pytest.param("0 0 1 jan-MAR *", "0 0 1 1,2,3 *", id="names of months in any case"),
        pytest.param("*/15 * * * *", "0,15,30,45 * * * *", id="a step"),
        pytest.param("5-20/5 * * * *", "5,10,15,20 * * * *", id="a step within a range"),
        pytest.param("40/5 * * * *", "40,45,50,55 * * * *", id="a step from a value on"),
        pytest.param("1,1,0 * * * *", "0,1 * * * *", id="values twice and out of order"),
    ],
)
def test_reads_the_same_times_from_both(text: str, same: str) -> None:
    assert read_cron(text) == read_cron(same)


WORDS = st.sampled_from(
    [
        *("Mon-Fri", "Sat,", "08:00-18:00", "22:00-04:00", "-", "UTC", "Europe/Berlin", "Mars/Base"),
        *('cron="0 8 * * *"', "cron=", 'until="0 9 * * *"', "for=1h", "for=", "min=1", "max=0", "min="),
        *("=", '"', "'", "a=b=c", "\x00"),
    ]
)


@given(text=st.text() | st.lists(WORDS).map(" ".join))
def test_any_text_is_a_schedule_or_a_unit_error(text: str) -> None:
    with suppress(UnitError):
        read_schedule("any", text)


@given(text=st.text() | st.from_regex(r"([0-9*,/A-Z-]{1,9} ){4}[0-9*,/A-Z-]{1,9}", fullmatch=True))
def test_any_text_is_a_cron_expression_or_a_unit_error(text: str) -> None:
    with suppress(UnitError):
        read_cron(text)

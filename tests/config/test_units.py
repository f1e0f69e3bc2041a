"""Text with units to base units, and back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.units import (
    UnitError,
    complaint,
    duration_text,
    quoted,
    read_bytes,
    read_cores,
    read_count,
    read_duration,
    read_flag,
    read_instant,
    read_number,
    read_percent,
    read_rate,
)

Reader = Callable[[str], Any]

READERS: tuple[Reader, ...] = (
    read_bytes,
    read_cores,
    read_count,
    read_duration,
    read_flag,
    read_instant,
    read_number,
    read_percent,
    read_rate,
)
EVERY_READER = pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        pytest.param(read_percent, "70%", 0.7, id="percent"),
        pytest.param(read_percent, "0%", 0.0, id="no percent"),
        pytest.param(read_percent, "12.5 %", 0.125, id="percent with a fraction and a space"),
        pytest.param(read_percent, " 1000% ", 10.0, id="the highest percentage, with spaces around"),
        pytest.param(read_duration, "5m", timedelta(minutes=5), id="minutes"),
        pytest.param(read_duration, "90s", timedelta(seconds=90), id="seconds"),
        pytest.param(read_duration, "1h30m", timedelta(hours=1, minutes=30), id="hours and minutes"),
        pytest.param(read_duration, "500ms", timedelta(milliseconds=500), id="milliseconds"),
        pytest.param(read_duration, "2d", timedelta(days=2), id="days"),
        pytest.param(read_duration, "1.5h", timedelta(minutes=90), id="a fraction of an hour"),
        pytest.param(read_duration, "0s", timedelta(0), id="no time at all"),
        pytest.param(read_rate, "50/s", 50.0, id="per second"),
        pytest.param(read_rate, "3000/m", 50.0, id="per minute"),
        pytest.param(read_rate, "90000/h", 25.0, id="per hour"),
        pytest.param(read_rate, "2.5 / s", 2.5, id="a fraction per second, with spaces"),
        pytest.param(read_bytes, "300MiB", 300 << 20, id="MiB"),
        pytest.param(read_bytes, "512MB", 512 << 20, id="MB is what Docker makes of it"),
        pytest.param(read_bytes, "1GiB", 1 << 30, id="GiB"),
        pytest.param(read_bytes, "1g", 1 << 30, id="g as Docker writes it"),
        pytest.param(read_bytes, "64k", 64 << 10, id="k"),
        pytest.param(read_bytes, "1.5 GB", 3 << 29, id="a fraction, with a space"),
        pytest.param(read_bytes, "100b", 100, id="bytes"),
        pytest.param(read_bytes, "2T", 2 << 40, id="T"),
        pytest.param(read_cores, "0.5 cores", 0.5, id="a share of a core"),
        pytest.param(read_cores, "1 core", 1.0, id="one core"),
        pytest.param(read_cores, ".5cpus", 0.5, id="cpus, as Compose calls them"),
        pytest.param(read_count, "20", 20, id="a count"),
        pytest.param(read_count, "0", 0, id="a count of nothing"),
        pytest.param(read_number, "30", 30.0, id="a whole number"),
        pytest.param(read_number, "2.5", 2.5, id="a number with a fraction"),
        pytest.param(read_flag, "true", True, id="true"),
        pytest.param(read_flag, "No", False, id="No"),
        pytest.param(read_flag, "1", True, id="one"),
        pytest.param(read_flag, "0", False, id="zero"),
        pytest.param(read_flag, "YES", True, id="YES"),
        pytest.param(read_flag, "off", False, id="off"),
        pytest.param(read_instant, "2026-12-24T18:00:00Z", datetime(2026, 12, 24, 18, tzinfo=UTC), id="UTC"),
        pytest.param(
            read_instant,
            "2026-12-24T18:00+01:00",
            datetime(2026, 12, 24, 18, tzinfo=timezone(timedelta(hours=1))),
            id="with an offset",
        ),
    ],
)
def test_reads(read: Reader, text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(read_percent, "70", id="percent without its sign"),
        pytest.param(read_percent, "0.7", id="a ratio instead of a percentage"),
        pytest.param(read_percent, "1001%", id="more than the highest percentage"),
        pytest.param(read_percent, "70%%", id="two percent signs"),
        pytest.param(read_duration, "30", id="a duration without a unit"),
        pytest.param(read_duration, "30m1h", id="units in the wrong order"),
        pytest.param(read_duration, "5m5m", id="a unit twice"),
        pytest.param(read_duration, "5 m", id="a space inside a duration"),
        pytest.param(read_duration, "5M", id="a capital unit"),
        pytest.param(read_duration, "366d", id="more than a year"),
        pytest.param(read_duration, "999999999999999d", id="a duration that overflows"),
        pytest.param(read_rate, "50", id="a rate without a unit"),
        pytest.param(read_rate, "50/d", id="a rate per day"),
        pytest.param(read_rate, "50rps", id="a rate in another notation"),
        pytest.param(read_bytes, "300", id="memory without a unit"),
        pytest.param(read_bytes, "300 apples", id="memory in apples"),
        pytest.param(read_bytes, "999999999999999T", id="memory that overflows"),
        pytest.param(read_bytes, "1\N{KELVIN SIGN}", id="a letter that only looks like k"),
        pytest.param(read_cores, "0.5", id="cores without a unit"),
        pytest.param(read_cores, "500m", id="thousandths of cores"),
        pytest.param(read_count, "2.5", id="a fraction of a replica"),
        pytest.param(read_count, "2147483648", id="more replicas than can be counted"),
        pytest.param(read_count, "1_000", id="digits grouped by underscores"),
        pytest.param(read_count, "\N{ARABIC-INDIC DIGIT THREE}", id="digits of another script"),
        pytest.param(read_number, "30 apples", id="a number with a unit"),
        pytest.param(read_flag, "2", id="a number that is no flag"),
        pytest.param(read_flag, "ja", id="a flag in another language"),
        pytest.param(read_instant, "2026-12-24T18:00:00", id="an instant without an offset"),
        pytest.param(read_instant, "2026-02-30T18:00:00Z", id="a day that does not exist"),
        pytest.param(read_instant, "tomorrow", id="a word for an instant"),
    ],
)
def test_refuses(read: Reader, text: str) -> None:
    with pytest.raises(UnitError):
        read(text)


@EVERY_READER
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" ", id="a space"),
        pytest.param("nan", id="not a number"),
        pytest.param("inf", id="infinity"),
        pytest.param("-1", id="negative"),
        pytest.param("-1%", id="negative percentage"),
        pytest.param("-5m", id="negative duration"),
        pytest.param("-1 cores", id="negative cores"),
        pytest.param("1e308", id="an exponent"),
        pytest.param("1e308%", id="an exponent in percent"),
        pytest.param("9" * 10_000, id="ten thousand digits"),
        pytest.param("9" * 10_000 + "%", id="ten thousand digits in percent"),
        pytest.param("1" + " " * 10_000, id="ten thousand spaces"),
        pytest.param("1\x00", id="a zero byte"),
        pytest.param("\ud800", id="half a character"),
    ],
)
def test_every_reader_refuses_what_is_no_value_of_any_unit(read: Reader, text: str) -> None:
    with pytest.raises(UnitError):
        read(text)


@EVERY_READER
@given(text=st.text(max_size=80) | st.from_regex(r"[0-9.]{1,20} ?[a-zA-Z/%]{0,5}", fullmatch=True))
def test_any_text_is_a_value_or_a_unit_error(read: Reader, text: str) -> None:
    with suppress(UnitError):
        read(text)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(lambda text: read_count(text, least=2, most=5), "1", id="a count too small"),
        pytest.param(lambda text: read_count(text, least=2, most=5), "6", id="a count too large"),
        pytest.param(lambda text: read_percent(text, most=1.0), "101%", id="a percentage too large"),
        pytest.param(lambda text: read_duration(text, least=timedelta(seconds=1)), "999ms", id="too short"),
        pytest.param(lambda text: read_duration(text, most=timedelta(hours=1)), "60m1ms", id="too long"),
    ],
)
def test_refuses_what_is_out_of_the_range_asked_for(read: Reader, text: str) -> None:
    with pytest.raises(UnitError, match=r"from .* to "):
        read(text)


def test_both_ends_of_a_range_belong_to_it() -> None:
    least, most = timedelta(seconds=1), timedelta(hours=1)
    assert [read_duration(text, least=least, most=most) for text in ("1s", "60m")] == [least, most]
    assert [read_count(text, least=2, most=5) for text in ("2", "5")] == [2, 5]


@pytest.mark.parametrize(
    ("span", "text"),
    [
        pytest.param(timedelta(0), "0s", id="nothing"),
        pytest.param(timedelta(minutes=5), "5m", id="minutes"),
        pytest.param(timedelta(seconds=90), "1m30s", id="more than a minute"),
        pytest.param(timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5), "1d2h3m4s5ms", id="all units"),
        pytest.param(timedelta(microseconds=1), "0.001ms", id="a microsecond"),
    ],
)
def test_writes_a_duration_as_people_do(span: timedelta, text: str) -> None:
    assert duration_text(span) == text


def test_a_negative_duration_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="never negative"):
        duration_text(timedelta(seconds=-1))


@given(span=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365)))
def test_a_duration_that_was_written_is_read_back_exactly(span: timedelta) -> None:
    assert read_duration(duration_text(span)) == span


@given(hundredths=st.integers(0, 100_000))
def test_a_percentage_that_was_written_is_read_back(hundredths: int) -> None:
    assert read_percent(f"{hundredths / 100:.2f}%") == pytest.approx(hundredths / 10_000)


@given(count=st.integers(0, 2**31 - 1))
def test_a_count_that_was_written_is_read_back(count: int) -> None:
    assert read_count(str(count)) == count


@given(amount=st.integers(0, 1_000_000), unit=st.sampled_from(["b", "k", "KB", "KiB", "m", "Mb", "MiB", "g", "GB"]))
def test_memory_that_was_written_is_read_back(amount: int, unit: str) -> None:
    size = {"b": 0, "k": 10, "m": 20, "g": 30}[unit[0].lower()]
    assert read_bytes(f"{amount}{unit}") == amount << size


@given(per_minute=st.integers(0, 10**9))
def test_a_rate_per_minute_is_sixty_times_that_per_second(per_minute: int) -> None:
    assert read_rate(f"{per_minute}/m") * 60 == pytest.approx(per_minute)


def test_an_error_says_what_was_given_what_is_expected_and_shows_an_example() -> None:
    with pytest.raises(UnitError) as refused:
        read_percent("70")
    assert str(refused.value) == 'the value is "70", expected a percentage from 0% to 1000%, for example 70%'


@EVERY_READER
def test_an_error_shows_little_of_a_long_text(read: Reader) -> None:
    with pytest.raises(UnitError) as refused:
        read("x" * 10_000)
    assert "x" * 59 + "…" in str(refused.value)
    assert "x" * 60 not in str(refused.value)


def test_a_complaint_tells_missing_from_empty_from_wrong() -> None:
    assert complaint("skep.max", None, "a count", "20") == "skep.max is missing, expected a count, for example 20"
    assert complaint("skep.max", " ", "a count", "20") == "skep.max is empty, expected a count, for example 20"
    assert complaint("skep.max", "x", "a count", "20") == 'skep.max is "x", expected a count, for example 20'


def test_what_could_disturb_a_terminal_is_shown_as_its_escape() -> None:
    assert quoted("a\x1b[31m\nb\ud800") == r'"a\x1b[31m\nb\ud800"'


@given(text=st.text())
def test_what_is_quoted_is_short_and_printable(text: str) -> None:
    assert len(quoted(text)) <= 62
    assert quoted(text).isprintable()

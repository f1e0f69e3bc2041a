"""Bounds for certain times as operators write them, in the label ``skep.schedule.<name>``.

``Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30`` says the hours of some days, ``cron="0 8 * * 1-5" for=10h
Europe/Berlin min=5`` does it in the words of cron. The parts may come in any order, and all that are wrong are named
in one error.
"""

import difflib
import re
import zoneinfo
from collections.abc import Callable
from datetime import timedelta, tzinfo
from functools import lru_cache
from typing import TypeVar

from skep.config.cron import read_cron
from skep.config.units import UnitError, read_count, read_duration
from skep.core.schedule import EVERY_DAY, CronWindow, Schedule, WeeklyWindow, Window

__all__ = ["read_schedule"]

_EXAMPLE = "Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30"
_EXAMPLE_OF_CRON = 'cron="0 8 * * 1-5" for=10h Europe/Berlin min=5'
_LONGEST_TEXT = 500
_SHORTEST_WINDOW = timedelta(seconds=1)

T = TypeVar("T")


def read_schedule(name: str, text: str) -> Schedule:
    """Read days (every day if left out), hours, a time zone, and one or both of ``min=`` and ``max=``.

    In place of days and hours there may be ``cron="…"`` with ``for=10h`` or ``until="…"``.

    Args:
        name: what the operator called it.
        text: the value of the label.

    Raises:
        UnitError: anything else; it names all that is wrong.
    """
    words = _Words(text)
    window = _read_window(words)
    zone = words.require("a zone", _read_zone, "a time zone, as Europe/Berlin or UTC")
    fewest, most = _read_bounds(words)
    if window is None or zone is None or words.expected:
        raise words.error()
    return Schedule(name=name, window=window, zone=zone, min_replicas=fewest, max_replicas=most)


def _read_bounds(words: "_Words") -> tuple[int | None, int | None]:
    fewest, most = words.read("min", read_count), words.read("max", read_count)
    if not words.has("min") and not words.has("max"):
        words.expect("one or both of min= and max=")
    if fewest is not None and most is not None and fewest > most:
        words.expect("a max= that is no less than min=")
    return fewest, most


def _read_window(words: "_Words") -> Window | None:
    if words.has("cron") or words.has("for") or words.has("until"):
        return _read_cron_window(words)
    days = words.read("days", _read_days) or EVERY_DAY
    hours = words.require("hours", _read_hours, 'the hours, as 08:00-18:00, or cron="0 8 * * 1-5" with for=10h')
    return None if hours is None else WeeklyWindow(days=days, start=hours[0], end=hours[1])


def _read_cron_window(words: "_Words") -> Window | None:
    if words.has("days") or words.has("hours"):
        words.expect("either cron= or days and hours")
    if words.has("for") == words.has("until"):
        words.expect('one of for=10h and until="0 18 * * 1-5" beside cron=')
    start = words.require("cron", read_cron, 'cron="0 8 * * 1-5"')
    length, until = words.read("for", _read_length), words.read("until", read_cron)
    end = until if length is None else length
    if start is None or end is None:
        return None
    if end == start:
        words.expect("an until= that differs from cron=")
    return CronWindow(start=start, end=end)


class _Words:
    """The words of a text by the part that they are, and what was expected of those that are wrong."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: dict[str, str] = {}
        self.expected: list[str] = []
        self._is_legible = len(text) <= _LONGEST_TEXT and not any(text.count(quote) % 2 for quote in "\"'")
        if self._is_legible:
            self._split(text)
        else:
            self.expect(f"at most {_LONGEST_TEXT} characters, with quotes in pairs")

    def _split(self, text: str) -> None:
        for match in _WORD.finditer(_AROUND_JOINT.sub(r"\1", text)):
            part = match["key"] or _part_of(match["bare"])
            if part not in _PARTS:
                self.expect(f"only {_ALL_PARTS}")
            elif part in self._parts:
                self.expect(f"{part} only once" if part in _WORDS_WITHOUT_KEY else f"{part}= only once")
            else:
                self._parts[part] = match["bare"] or match["value"].strip("\"'")

    def has(self, part: str) -> bool:
        """Whether the text has this part, right or wrong."""
        return part in self._parts

    def read(self, part: str, read: Callable[[str], T]) -> T | None:
        """The value of one part; ``None`` where it is left out, or wrong, which is then noted."""
        given = self._parts.get(part)
        if given is None:
            return None
        try:
            return read(given)
        except UnitError as error:
            self.expect(error.expected if part in _WORDS_WITHOUT_KEY else f"{part}= to be {error.expected}")
            return None

    def require(self, part: str, read: Callable[[str], T], expected: str) -> T | None:
        """The value of one part; ``None`` where it is missing or wrong, which is then noted."""
        if not self.has(part):
            self.expect(expected)
        return self.read(part, read)

    def expect(self, expected: str) -> None:
        """Note what is not as it should be."""
        if expected not in self.expected:
            self.expected.append(expected)

    def error(self) -> UnitError:
        """One error for all that is wrong; of a text that could not be split, only that."""
        expected = self.expected if self._is_legible else self.expected[:1]
        example = _EXAMPLE_OF_CRON if self.has("cron") else _EXAMPLE
        return UnitError(self._text, ", and ".join(expected), example)


_WORDS_WITHOUT_KEY = ("days", "hours", "a zone")
_PARTS = frozenset((*_WORDS_WITHOUT_KEY, "cron", "for", "until", "min", "max"))
_ALL_PARTS = "days, hours, a time zone, cron=, for=, until=, min= and max=, with spaces between them"
_AROUND_JOINT = re.compile(r"\s*([,-])\s*")
_WORD = re.compile(r"""(?P<key>[^\s="']+)=(?P<value>"[^"]*"|'[^']*'|\S*)|(?P<bare>\S+)""")


def _part_of(word: str) -> str:
    """Which part a word without ``key=`` is meant to be; what begins like a day and is no zone is meant as days."""
    if word[0].isdigit():
        return "hours"
    if word not in _zones() and word[:3].lower() in _DAYS:
        return "days"
    return "a zone" if word[0].isalpha() else word


# --- the words ------------------------------------------------------------------------------------------------------

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {name[:3]: number for number, name in enumerate(_DAY_NAMES)}
_DAYS_IN_FULL = _DAYS | {name: number for number, name in enumerate(_DAY_NAMES)}


def _read_days(text: str) -> tuple[int, ...]:
    """Read ``Mon-Fri``, ``Sat,Sun`` or ``Fri-Mon``, also in full, in any case."""
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        if first not in _DAYS_IN_FULL or (dash and last not in _DAYS_IN_FULL):
            raise UnitError(text, "days as Mon-Fri or Sat,Sun", "Mon-Fri")
        start = _DAYS_IN_FULL[first]
        end = _DAYS_IN_FULL[last] if dash else start
        days.update((start + number) % 7 for number in range((end - start) % 7 + 1))
    return tuple(sorted(days))


_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_DAY = timedelta(days=1)


def _read_hours(text: str) -> tuple[timedelta, timedelta]:
    """Read ``08:00-18:00`` or, over midnight, ``22:00-04:00`` as start and end since the first midnight."""
    match = _HOURS.fullmatch(text)
    start, end = (_time(match[1], match[2]), _time(match[3], match[4])) if match else (None, None)
    if start is None or end is None or start == _DAY:
        raise UnitError(text, "hours as 08:00-18:00, from 00:00 to 24:00", "08:00-18:00")
    if start == end:
        raise UnitError(text, "an end that differs from the start (00:00-24:00 is all day)", "00:00-24:00")
    return start, end if end > start else end + _DAY


def _time(hour: str, minute: str) -> timedelta | None:
    """The time since midnight, up to 24:00."""
    time = timedelta(hours=int(hour), minutes=int(minute))
    return time if int(minute) < _MINUTES_PER_HOUR and time <= _DAY else None


_MINUTES_PER_HOUR = 60


def _read_length(text: str) -> timedelta:
    return read_duration(text, least=_SHORTEST_WINDOW)


def _read_zone(text: str) -> tzinfo:
    """Read the name of a zone of the IANA database."""
    if text in _zones():
        return zoneinfo.ZoneInfo(text)
    meant = _meant(text)
    raise UnitError(text, f"a time zone that exists, perhaps {meant}" if meant else "a time zone that exists", "UTC")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


_LONGEST_MISSPELT = 60


def _meant(text: str) -> str | None:
    """The zone that was probably meant: of this city, or else of a place spelt like it."""
    if len(text) > _LONGEST_MISSPELT:
        return None
    zones = sorted(_zones(), key=lambda zone: ("/" in zone, zone), reverse=True)
    cities = {zone.rpartition("/")[2].lower(): zone for zone in zones}
    places = [zone for zone in zones if "/" in zone]
    likely = difflib.get_close_matches(text, places, n=1)
    return cities.get(text.rpartition("/")[2].lower()) or next(iter(likely), None)

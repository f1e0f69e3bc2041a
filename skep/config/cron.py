"""A five-field cron expression, as ``0 8 * * 1-5``, to the times that it names."""

import re
from dataclasses import dataclass

from skep.config.units import UnitError
from skep.core.cron import Cron

__all__ = ["read_cron"]

_EXAMPLE = '"0 8 * * 1-5"'
_LONGEST_EXPRESSION = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        names = f" or {self.words[0]} to {self.words[-1]}" if self.words else ""
        return f"the {self.name} from {self.least} to {self.most}{names}"


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTH = _Field(name="month", least=1, most=12, words=_MONTHS)
_WEEKDAY = _Field(name="day of the week", least=0, most=7, words=_WEEKDAYS)
_FIELDS = (
    _Field(name="minute", least=0, most=59),
    _Field(name="hour", least=0, most=23),
    _Field(name="day of the month", least=1, most=31),
    _MONTH,
    _WEEKDAY,
)


def read_cron(text: str) -> Cron:
    """Read five fields of numbers, names, ranges, lists and steps; Sunday is 0 as well as 7.

    As in Vixie cron a day has to fit one of the two fields for days where both are restricted, and both of them where
    one begins with a star.

    Raises:
        UnitError: anything else, or a day that never comes, as 30 February; it names every field that is wrong.
    """
    fields = text.split() if len(text) <= _LONGEST_EXPRESSION else []
    if len(fields) != len(_FIELDS):
        raise UnitError(text, "five fields (minute, hour, day of the month, month, day of the week)", _EXAMPLE)
    read = [_read_field(field, given) for field, given in zip(_FIELDS, fields, strict=True)]
    wrong = [field.expected for field, values in zip(_FIELDS, read, strict=True) if not values]
    if wrong:
        raise UnitError(text, f"five fields with {', '.join(wrong)}", _EXAMPLE)
    minutes, hours, days, months, weekdays = read
    try:
        return Cron(
            minutes=minutes,
            hours=hours,
            days=days,
            months=months,
            weekdays=tuple(sorted({(day - 1) % 7 for day in weekdays})),
            either_day=not any(given.startswith("*") for given in (fields[2], fields[4])),
        )
    except ValueError:
        raise UnitError(text, "a day that comes at least every few years", _EXAMPLE) from None


def _read_field(field: _Field, text: str) -> tuple[int, ...]:
    """The values of one field, ascending; none if anything in it is wrong."""
    values: set[int] = set()
    for part in text.split(","):
        read = _read_part(field, part)
        if not read:
            return ()
        values.update(read)
    return tuple(sorted(values))


_PART = re.compile(r"(?:(?P<all>\*)|(?P<low>\w{1,3})(?:-(?P<high>\w{1,3}))?)(?:/(?P<step>[0-9]{1,2}))?", re.ASCII)


def _read_part(field: _Field, text: str) -> range:
    """Read ``*``, ``5``, ``1-5``, each also with ``/2``; a step after a single value goes on to the field's end."""
    match = _PART.fullmatch(text)
    if match is None:
        return range(0)
    step = int(match["step"] or 1)
    first, last = _read_ends(field, match)
    if first is None or last is None or step == 0 or not field.least <= first <= last <= field.most:
        return range(0)
    return range(first, last + 1, step)


def _read_ends(field: _Field, match: re.Match[str]) -> tuple[int | None, int | None]:
    if match["all"]:
        # Sunday once: a step over all days of the week must not see its second number.
        return field.least, 6 if field is _WEEKDAY else field.most
    first = _read_value(field, match["low"])
    if match["high"] is None:
        return first, first if match["step"] is None else field.most
    last = _read_value(field, match["high"])
    ends_on_sunday = field is _WEEKDAY and last == 0 and first != 0
    return first, 7 if ends_on_sunday else last


def _read_value(field: _Field, text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    word = text.upper()
    return field.least + field.words.index(word) if word in field.words else None

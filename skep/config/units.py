"""Text with units to values in base units, and back.

Each reader takes what an operator wrote and returns a plain value, or raises one :class:`UnitError` that says what
was given, what is expected, and shows an example. Numbers are decimals without sign or exponent. Spaces around a
value are ignored, and anything longer than a person would write is refused before it is looked at.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal

__all__ = [
    "DURATION_PATTERN",
    "MOST_REPLICAS",
    "NUMBER_PATTERN",
    "WHOLE_PATTERN",
    "UnitError",
    "complaint",
    "duration_text",
    "quoted",
    "read_bytes",
    "read_cores",
    "read_count",
    "read_duration",
    "read_flag",
    "read_instant",
    "read_number",
    "read_percent",
    "read_rate",
    "shortened",
]

#: What an engine and the Kubernetes HorizontalPodAutoscaler both can count to.
MOST_REPLICAS = 2**31 - 1

_LONGEST_VALUE = 64
_SHOWN_CHARACTERS = 60


class UnitError(ValueError):
    """A text that is not what was expected.

    Attributes:
        given: the whole text, however long; it is shortened where it is shown.
        expected: completes "expected …".
        example: completes "for example …".
    """

    def __init__(self, given: str, expected: str, example: str) -> None:
        super().__init__(given, expected, example)
        self.given = given
        self.expected = expected
        self.example = example

    def __str__(self) -> str:
        return complaint("the value", self.given, self.expected, self.example)


def complaint(place: str, given: str | None, expected: str, example: str) -> str:
    """One sentence about one mistake; ``given`` is ``None`` where something is missing altogether."""
    return f"{place} {_found(given)}, expected {expected}, for example {example}"


def _found(given: str | None) -> str:
    if given is None:
        return "is missing"
    return f"is {quoted(given)}" if given.strip() else "is empty"


def quoted(text: str) -> str:
    """At most 60 characters of the text, in quotes, without anything that could disturb a terminal."""
    return f'"{shortened(text)}"'


def shortened(text: str) -> str:
    """At most 60 characters of the text, unprintable ones as their escapes."""
    shown = "".join(_printable(character) for character in text[: _SHOWN_CHARACTERS + 1])
    return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + "…"


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def read_flag(text: str) -> bool:
    """Read ``true``, ``yes``, ``on``, ``1`` and their opposites, in any case.

    Raises:
        UnitError: anything else.
    """
    flag = _FLAGS.get(text.strip().lower()) if len(text) <= _LONGEST_VALUE else None
    if flag is None:
        raise UnitError(text, "true or false", "true")
    return flag


_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def read_count(text: str, *, least: int = 0, most: int = MOST_REPLICAS) -> int:
    """Read a whole number such as ``20``.

    Raises:
        UnitError: anything else, or a number outside ``least..most``.
    """
    match = _match(_WHOLE, text)
    count = int(match[0]) if match else -1
    if not least <= count <= most:
        raise UnitError(text, f"a whole number from {least} to {most}", f"{max(least, 2)}")
    return count


def read_number(text: str) -> float:
    """Read a number such as ``30`` or ``2.5``.

    Raises:
        UnitError: anything else, also a number with a sign, an exponent or a unit.
    """
    match = _match(_PLAIN, text)
    if match is None:
        raise UnitError(text, "a number without sign or exponent", "30 or 2.5")
    return float(match["number"])


def read_percent(text: str, *, most: float = 10.0) -> float:
    """Read ``70%`` as 0.7.

    Args:
        text: a number and a percent sign.
        most: the largest ratio allowed; 10 is a thousand percent.

    Raises:
        UnitError: a bare number, or anything else that is not a percentage within ``0..most``.
    """
    match = _match(_PERCENT, text)
    ratio = float(Decimal(match["number"]) / 100) if match else -1.0
    if not 0 <= ratio <= most:
        raise UnitError(text, f"a percentage from 0% to {most * 100:.0f}%", "70%")
    return ratio


def read_rate(text: str) -> float:
    """Read ``50/s``, ``3000/m`` or ``90000/h`` as a number per second.

    Raises:
        UnitError: a bare number, or anything else that is not a rate.
    """
    match = _match(_RATE, text)
    if match is None:
        raise UnitError(text, "a number per second, minute or hour", "50/s or 3000/m")
    return float(Decimal(match["number"]) / _PER_SECONDS[match["per"]])


_PER_SECONDS = {"s": 1, "m": 60, "h": 3600}


def read_cores(text: str) -> float:
    """Read ``0.5 cores``, ``1 core`` or ``2 cpus`` as a number of cores.

    Thousandths such as ``500m`` are refused: no Swarm file has them, and ``m`` is minutes or MiB everywhere else.

    Raises:
        UnitError: a bare number, or anything else that is not an amount of processor.
    """
    match = _match(_CORES, text)
    if match is None:
        raise UnitError(text, "a number of cores", "0.5 cores")
    return float(match["number"])


def read_bytes(text: str) -> int:
    """Read ``300MiB``, ``512MB`` or ``1g`` as bytes, in powers of 1024 and any case, as Docker reads them.

    The same text under ``resources.limits.memory`` has to mean the same amount, which is why ``MB`` is no power of
    1000 here (source of the rule: ``RAMInBytes`` of github.com/docker/go-units).

    Raises:
        UnitError: a bare number, or anything else that is not an amount of memory below 1 EiB.
    """
    match = _match(_BYTES, text)
    amount = int(Decimal(match["number"]) * _BYTE_SIZES[match["unit"][0].lower()]) if match else -1
    if not 0 <= amount < _TOO_MANY_BYTES:
        raise UnitError(text, "an amount of memory with its unit (b, k, m, g, t, MB, MiB, …)", "300MiB")
    return amount


_BYTE_SIZES = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_TOO_MANY_BYTES = 1 << 60


def read_duration(text: str, *, least: timedelta = timedelta(0), most: timedelta = timedelta(days=365)) -> timedelta:
    """Read ``90s``, ``1h30m``, ``500ms`` or ``2d``: units from the largest down, each at most once.

    Raises:
        UnitError: a bare number, or anything else that is not a duration within ``least..most``.
    """
    microseconds = _duration_microseconds(text)
    if microseconds is None or not _microseconds(least) <= microseconds <= _microseconds(most):
        limits = f"from {duration_text(least)} to {duration_text(most)}"
        raise UnitError(text, f"a duration with its unit (d, h, m, s, ms) {limits}", "90s or 1h30m")
    return timedelta(microseconds=microseconds)


def duration_text(span: timedelta) -> str:
    """Write a span the way :func:`read_duration` reads it: ``5m``, ``1h30m``, ``0s``; exact to the microsecond.

    Raises:
        ValueError: the span is negative.
    """
    left = _microseconds(span)
    if left < 0:
        raise ValueError(f"a duration is never negative, got {span}")
    text = ""
    for unit, size in _DURATION_UNITS[:-1]:
        amount, left = divmod(left, size)
        text += f"{amount}{unit}" if amount else ""
    text += f"{Decimal(left) / 1000:f}ms" if left else ""
    return text or "0s"


_DURATION_UNITS = (
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
)


def _duration_microseconds(text: str) -> int | None:
    match = _match(_DURATION, text)
    if match is None or not match[0]:
        return None
    amounts = zip(match.groups(), _DURATION_UNITS, strict=True)
    return int(sum(Decimal(amount) * size for amount, (_, size) in amounts if amount))


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def read_instant(text: str) -> datetime:
    """Read an instant as ISO 8601 writes it, with its offset from UTC: ``2026-12-24T18:00:00Z``.

    Raises:
        UnitError: anything else, also a time without an offset.
    """
    instant = _instant(text)
    if instant is None or instant.utcoffset() is None:
        raise UnitError(text, "a date and time with its offset from UTC", "2026-12-24T18:00:00+01:00")
    return instant


def _instant(text: str) -> datetime | None:
    match = _match(_INSTANT, text)
    try:
        return datetime.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


# --- how things are written: digits are those of ASCII, and no pattern can match a text that is long ---------------

#: These three are also understood by editors: they have nothing that only Python knows.
WHOLE_PATTERN = r"[0-9]{1,15}"
NUMBER_PATTERN = r"[0-9]{1,15}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}"
DURATION_PATTERN = "".join(rf"(?:([0-9]{{1,15}}(?:\.[0-9]{{1,9}})?){unit})?" for unit, _ in _DURATION_UNITS)

_NUMBER = rf"(?P<number>{NUMBER_PATTERN})"
_WHOLE = re.compile(WHOLE_PATTERN)
_PLAIN = re.compile(_NUMBER)
_PERCENT = re.compile(rf"{_NUMBER} ?%")
_RATE = re.compile(rf"{_NUMBER} ?/ ?(?P<per>[smh])")
_CORES = re.compile(rf"{_NUMBER} ?(?:cores?|cpus?)")
_BYTES = re.compile(rf"{_NUMBER} ?(?P<unit>b|[kmgt](?:i?b)?)", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(DURATION_PATTERN)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2})")


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return pattern.fullmatch(text.strip()) if len(text) <= _LONGEST_VALUE else None

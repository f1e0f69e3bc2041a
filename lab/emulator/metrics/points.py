"""Points as InfluxDB takes them: its line protocol, read into series of a measurement.

Syntax: docs.influxdata.com, "InfluxDB line protocol reference".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["BadLine", "Field", "Point", "read_points"]

Field = float | int | str | bool

_NS_PER_UNIT: Mapping[str, int] = {"n": 1, "ns": 1, "u": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9}
#: A part of a line ends at a separator that no backslash stands before; in fields also not within quotation marks.
_NAME = r"(?:\\.|[^\\,=\s])+"
_STRING = r'"(?:\\.|[^"\\])*"'
_LINE = re.compile(
    rf"(?P<measurement>(?:\\.|[^\\,\s])+)(?P<tags>(?:,{_NAME}={_NAME})*)"
    rf" (?P<fields>{_NAME}=(?:{_STRING}|[^\s,]+)(?:,{_NAME}=(?:{_STRING}|[^\s,]+))*)(?: (?P<at>-?\d+))?\s*"
)
_TAG = re.compile(rf",({_NAME})=({_NAME})")
_FIELD = re.compile(rf"({_NAME})=({_STRING}|[^\s,]+)")
_ESCAPED = re.compile(r"\\([,= ])")
_ESCAPED_IN_STRING = re.compile(r'\\(["\\])')
_TRUTHS = {"t": True, "true": True, "f": False, "false": False}


class BadLine(ValueError):
    """A line that is no point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point.

    Attributes:
        at_ns: since 1970 UTC; ``None`` where the line leaves it to the store.
    """

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: Mapping[str, Field]
    at_ns: int | None


def read_points(text: str, *, precision: str) -> Iterator[Point]:
    """The points of a request.

    Args:
        text: a line each.
        precision: the unit of their instants, as ``ms``; nanoseconds where empty.

    Raises:
        BadLine: one is no point.
    """
    unit_ns = _NS_PER_UNIT.get(precision or "ns")
    if unit_ns is None:
        raise BadLine(f"the precision {precision!r} is none of {', '.join(_NS_PER_UNIT)}")
    position = 0
    while position < len(text):
        if text[position] == "\n":
            position += 1
            continue
        match = _LINE.match(text, position)
        if match is None:
            raise BadLine(f"unable to parse {text[position : position + 80]!r}")
        position = match.end()
        yield _point(match, unit_ns)


def _point(match: re.Match[str], unit_ns: int) -> Point:
    tags = ((_plain(name), _plain(value)) for name, value in _TAG.findall(match["tags"]))
    return Point(
        measurement=_plain(match["measurement"]),
        tags=tuple(sorted(tags)),
        fields={_plain(name): _value(value) for name, value in _FIELD.findall(match["fields"])},
        at_ns=None if match["at"] is None else int(match["at"]) * unit_ns,
    )


def _plain(name: str) -> str:
    return _ESCAPED.sub(r"\1", name)


def _value(text: str) -> Field:
    if text.startswith('"'):
        return _ESCAPED_IN_STRING.sub(r"\1", text[1:-1])
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    try:
        return int(text[:-1]) if text.endswith("i") else float(text)
    except ValueError:
        raise BadLine(f"invalid number {text!r}") from None

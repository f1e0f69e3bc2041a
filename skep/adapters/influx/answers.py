"""Reading what InfluxDB answers: JSON into columns of numbers, in the units of the core.

A tick of ten thousand services reads some hundred thousand points, so points are handled by the column, never one
by one, and only what is odd is looked at closely.
"""

import math
import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import msgspec

from skep.adapters.foreign_json import foreign_json
from skep.adapters.influx.measures import Measure
from skep.core.metrics.series import Answer, Gap, GapReason, Histogram, Series

__all__ = ["Document", "Result", "read_built_in", "read_document", "read_histograms", "read_own"]

_TIME = "time"
#: 1.x puts long series together from chunks of so many points, and leaves the mark of a broken one on the whole
#: (seen on 1.6.7), so there the mark says nothing.
_CHUNK_POINTS = 10_000


class Group(msgspec.Struct):
    """Points with the same tags, as InfluxDB's JSON has them."""

    name: str = ""
    tags: dict[str, str | None] | None = None
    columns: list[str] = []
    values: list[tuple[Any, ...]] | None = None
    partial: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the store broke off within these points."""
        return self.partial and len(self.values or ()) <= _CHUNK_POINTS


class _Mark(msgspec.Struct):
    """What tells whether a group may have been broken off, without its points."""

    partial: bool = False


class Result(msgspec.Struct):
    """The answer to one statement.

    Attributes:
        groups: as text, which takes a tenth of the memory of what it is decoded into; see ``series``.
    """

    statement_id: int | None = None
    groups: list[msgspec.Raw] | None = msgspec.field(name="series", default=None)
    error: str | None = None
    partial: bool = False

    @property
    def series(self) -> Iterator[Group]:
        """Each group, decoded when it is its turn, so that only one is there at a time.

        Raises:
            msgspec.DecodeError: one is of another shape.
        """
        for group in self.groups or ():
            with foreign_json():
                decoded = _GROUP.decode(group)
            yield decoded

    @property
    def is_partial(self) -> bool:
        """Whether the store broke off at a limit of its own (``max-row-limit``); what cannot be read tells nothing."""
        try:
            return self.partial or (self._is_marked and any(group.is_cut for group in self.series))
        except msgspec.DecodeError:
            return False

    @property
    def _is_marked(self) -> bool:
        with foreign_json():
            return any(_MARK.decode(group).partial for group in self.groups or ())


class Document(msgspec.Struct):
    """The answer to one request."""

    results: list[Result] | None = None
    error: str | None = None


_DECODER = msgspec.json.Decoder(Document)
_GROUP = msgspec.json.Decoder(Group)
_MARK = msgspec.json.Decoder(_Mark)

_Asked = ParamSpec("_Asked")
_Read = TypeVar("_Read")


def _or_gap(read: Callable[_Asked, _Read]) -> Callable[_Asked, _Read | Gap]:
    """A reader to whom a group of another shape is a gap; other statements of the same request are answered."""

    @wraps(read)
    def reading(*asked: _Asked.args, **more: _Asked.kwargs) -> _Read | Gap:
        try:
            return read(*asked, **more)
        except msgspec.DecodeError as error:
            return Gap(reason=GapReason.REFUSED, detail=f"the store answered what cannot be read: {error}")

    return reading


@foreign_json()
def read_document(body: bytes) -> Document:
    """Decode a whole answer.

    Raises:
        msgspec.DecodeError: if it is no JSON, or JSON of another shape.
    """
    return _DECODER.decode(body)


@_or_gap
def read_built_in(result: Result, measure: Measure, services: Collection[str]) -> dict[str, tuple[Series, ...]] | Gap:
    """The series of each of ``services``, or nodes, in an answer to :func:`built_in_statement`, in base units.

    Values that are no numbers become NaN, which the core turns into a gap of that service alone. Two groups of the
    same source (its tags changed within the window) become one series.

    Returns:
        Only services with at least one point; a gap where the answer is not what was asked for.
    """
    points: dict[str, dict[str, _Columns]] = {}
    instants = _Instants()
    for group in result.series:
        tags = group.tags or {}
        service = measure.service_of(tags)
        source = measure.source_of(tags)
        if service not in services or not source:
            continue
        columns = _columns(group, measure.field, instants)
        if columns is None:
            return _not_asked_for(group)
        sources = points.setdefault(service, {})
        sources[source] = _merged(sources[source], columns) if source in sources else columns
    return {
        service: series
        for service, sources in points.items()
        if (
            series := tuple(
                _series(source, columns, measure.divisor, measure.offset)
                for source, columns in sources.items()
                if columns[0]
            )
        )
    }


@_or_gap
def read_histograms(
    result: Result, measure: Measure, services: Collection[str]
) -> dict[str, tuple[Histogram, ...]] | Gap:
    """The histograms of each of ``services`` in an answer to :func:`built_in_statement`.

    Points that lack a bucket which the newest has, as after a change of buckets, are left out.

    Returns:
        Only services with at least one point; a gap where the answer is not what was asked for.
    """
    histograms: dict[str, list[Histogram]] = {}
    for group in result.series:
        tags = group.tags or {}
        service = measure.service_of(tags)
        source = measure.source_of(tags)
        if service not in services or not source or not group.values:
            continue
        histogram = _histogram(group, source)
        if histogram is None:
            return _not_asked_for(group)
        if histogram.at_epoch_s:
            histograms.setdefault(service, []).append(histogram)
    return {service: tuple(found) for service, found in histograms.items()}


def _histogram(group: Group, source: str) -> Histogram | None:
    """``None`` where the columns are not those of a histogram."""
    places = {column: place for place, column in enumerate(group.columns)}
    if not {_TIME, "sum", "count"} <= places.keys():
        return None
    unsorted = group.values or ()
    if any(len(row) != len(group.columns) or not _is_instant(row[places[_TIME]]) for row in unsorted):
        return None
    rows = sorted(unsorted, key=lambda row: row[places[_TIME]])
    bounds = {
        bound: place for column, place in places.items() if (bound := _bound(column)) and rows[-1][place] is not None
    }
    wanted = [places["sum"], places["count"], *(bounds[bound] for bound in sorted(bounds))]
    whole = [row for row in rows if all(row[place] is not None for place in wanted)]
    sums, counts, *buckets = (tuple(_number(row[place]) for row in whole) for place in wanted)
    return Histogram(
        source=source,
        at_epoch_s=tuple(row[places[_TIME]] / 1000 for row in whole),
        sums_s=sums,
        counts=counts,
        bounds_s=tuple(sorted(bounds)),
        buckets=tuple(buckets),
    )


def _bound(column: str) -> float | None:
    """The upper bound that a column of a bucket is named after; infinity is none, since the count says the same."""
    try:
        bound = float(column)
    except ValueError:
        return None
    return bound if math.isfinite(bound) and bound > 0 else None


@_or_gap
def read_own(result: Result) -> Answer | None:
    """The series in an answer to an operator's own query, as they stand; ``None`` where there are no points.

    Returns:
        A gap where it selects more than one value, or values that are no numbers.
    """
    series: list[Series] = []
    instants = _Instants()
    for group in result.series:
        fields = [column for column in group.columns if column != _TIME]
        if len(fields) != 1:
            detail = f"it selects {', '.join(fields) or 'nothing'}; exactly one value is expected"
            return Gap(reason=GapReason.REFUSED, detail=detail)
        columns = _columns(group, fields[0], instants)
        if columns is None:
            return _not_asked_for(group)
        if odd := next((value for value in columns[1] if not _is_number(value)), None):
            return Gap(reason=GapReason.NOT_A_NUMBER, detail=f"{fields[0]} is {odd!r}")
        if columns[0]:
            series.append(_series(_name_of(group), columns, 1.0))
    return tuple(series) or None


#: Instants in seconds since 1970, and what was measured then, nulls left out.
_Columns = tuple[Sequence[float], Sequence[Any]]


class _Instants:
    """Columns of instants: those who write at the same moments have equal ones, and each is read only once."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, ...], tuple[float, ...] | None] = {}

    def in_seconds(self, column: tuple[Any, ...]) -> tuple[float, ...] | None:
        """From the store's milliseconds; ``None`` if they are no instants."""
        if set(map(type, column)) != _WHOLE_NUMBERS:  # before the look-up: to that 1.0 and True are the same as 1
            return None
        if column not in self._read:
            are_instants = _is_instant(min(column)) and _is_instant(max(column))
            self._read[column] = tuple([instant / 1000 for instant in column]) if are_instants else None
        return self._read[column]


_WHOLE_NUMBERS = {int}


def _columns(group: Group, field: str, instants: _Instants) -> _Columns | None:
    """The column of instants and that of ``field``, ascending in time; ``None`` if there are no such columns."""
    if not group.values:
        return (), ()
    try:
        at, value = group.columns.index(_TIME), group.columns.index(field)
        columns = tuple(zip(*group.values, strict=True))
    except ValueError:  # there are no such columns, or not all rows have them
        return None
    if len(columns) != len(group.columns):
        return None
    at_epoch_s = instants.in_seconds(columns[at])
    return None if at_epoch_s is None else _ascending(*_without_nulls(at_epoch_s, columns[value]))


def _without_nulls(at_epoch_s: Sequence[float], values: Sequence[Any]) -> _Columns:
    if None not in values:
        return at_epoch_s, values
    kept = [place for place, value in enumerate(values) if value is not None]
    return [at_epoch_s[place] for place in kept], [values[place] for place in kept]


def _ascending(at_epoch_s: Sequence[float], values: Sequence[Any]) -> _Columns:
    """Points sorted by time, which an ``ORDER BY time DESC`` of an operator's own turns round."""
    if all(map(operator.le, at_epoch_s, at_epoch_s[1:])):
        return at_epoch_s, values
    order = sorted(range(len(at_epoch_s)), key=at_epoch_s.__getitem__)
    return [at_epoch_s[place] for place in order], [values[place] for place in order]


def _merged(one: _Columns, other: _Columns) -> _Columns:
    return _ascending([*one[0], *other[0]], [*one[1], *other[1]])


def _series(source: str, columns: _Columns, divisor: float, offset: float = 0.0) -> Series:
    at_epoch_s, values = columns
    numbers = _numbers(values, divisor)
    return Series(
        source=source,
        at_epoch_s=tuple(at_epoch_s),
        values=tuple([offset + number for number in numbers] if offset else numbers),
    )


_NUMBERS = frozenset({int, float})


def _numbers(values: Sequence[Any], divisor: float) -> Sequence[float]:
    if _NUMBERS.issuperset(map(type, values)):
        try:
            return [value / divisor for value in values]
        except OverflowError:  # an integer beyond what a float can hold
            pass
    return [_number(value) / divisor for value in values]


def _number(value: object) -> float:
    if not _is_number(value):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type] # a number, as was just seen
    except OverflowError:
        return math.inf


# What the store itself can hold, nanoseconds in 64 bits, in milliseconds.
_LATEST_MS = (1 << 63) // 1_000_000


def _is_instant(value: object) -> bool:
    return type(value) is int and -_LATEST_MS <= value <= _LATEST_MS


def _is_number(value: object) -> bool:
    """Whether it is one: a bool is not, although Python counts with it."""
    return type(value) in _NUMBERS


def _name_of(group: Group) -> str:
    tags = ",".join(f"{tag}={value}" for tag, value in (group.tags or {}).items())
    return f"{group.name}{{{tags}}}" if tags else group.name


def _not_asked_for(group: Group) -> Gap:
    detail = f"the store answered {group.name} with columns {', '.join(group.columns)} and not as it was asked"
    return Gap(reason=GapReason.REFUSED, detail=detail)

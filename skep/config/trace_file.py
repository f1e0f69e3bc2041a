"""Recorded loads as people keep them: text with two columns, seconds and requests per second."""

import csv
import gzip
import math
import zlib
from dataclasses import dataclass
from datetime import timedelta

from skep.config.units import complaint
from skep.core.foresight.trace import Trace

__all__ = ["TraceFileError", "read_trace"]

_HEADER = "t_seconds,requests_per_second"
_EXAMPLE = "60,12.5"
_COLUMNS = 2
_LONGEST = timedelta(days=3650)
#: What is longer is wrong, and the csv module would refuse to look at it.
_LONGEST_LINE = 1_000
_MOST_COMPLAINTS = 10
_GZIP = b"\x1f\x8b"


class TraceFileError(ValueError):
    """A file that is no recorded load; ``sentences`` says all that is wrong, or the first of it where it is much."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bucket:
    at_s: float
    rate_rps: float


def read_trace(content: bytes, *, name: str) -> Trace:
    """Read a trace: a line of column names, then seconds and requests per second, oldest first.

    Seconds may count from any instant; they are taken from that of the first line on. The file may be compressed.

    Args:
        content: the whole file.
        name: what people call it.

    Raises:
        TraceFileError: anything else, with the lines that are wrong.
    """
    lines = _text(content, name).splitlines()
    complaints: list[str] = []
    buckets: list[_Bucket] = []
    for number, line in enumerate(lines, start=1):
        cells = next(csv.reader([line[:_LONGEST_LINE]]), [])
        if not cells or (number == 1 and not _is_number(cells[0])):
            continue
        bucket = _bucket(cells, f"{name}, line {number}")
        if isinstance(bucket, str):
            complaints.append(bucket)
        elif buckets and bucket.at_s - buckets[0].at_s > _LONGEST.total_seconds():
            expected = f"at most {_LONGEST.days} days after the first line"
            complaints.append(complaint(f"{name}, line {number}", cells[0], expected, _EXAMPLE))
        elif buckets and bucket.at_s <= buckets[-1].at_s:
            expected = f"more seconds than {buckets[-1].at_s:g}, which stand before"
            complaints.append(complaint(f"{name}, line {number}", cells[0], expected, _EXAMPLE))
        else:
            buckets.append(bucket)
    if not complaints and len(buckets) < _COLUMNS:
        complaints.append(complaint(name, None, f"{_HEADER} and at least two lines of numbers", _EXAMPLE))
    if complaints:
        raise TraceFileError(_first(complaints))
    start_s = buckets[0].at_s
    return Trace(
        name=name,
        at_s=tuple(bucket.at_s - start_s for bucket in buckets),
        rates_rps=tuple(bucket.rate_rps for bucket in buckets),
    )


def _text(content: bytes, name: str) -> str:
    try:
        plain = gzip.decompress(content) if content.startswith(_GZIP) else content
        return plain.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        sentence = complaint(name, str(error), f"text with the columns {_HEADER}", _EXAMPLE)
        raise TraceFileError((sentence,)) from error


def _bucket(cells: list[str], place: str) -> _Bucket | str:
    """A line as a bucket, or what is wrong with it."""
    if len(cells) != _COLUMNS or not all(map(_is_number, cells)):
        return complaint(place, ",".join(cells), "seconds and requests per second", _EXAMPLE)
    at_s, rate_rps = map(float, cells)
    if rate_rps < 0:
        return complaint(place, cells[1], "no less than 0 requests per second", _EXAMPLE)
    return _Bucket(at_s=at_s, rate_rps=rate_rps)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _first(complaints: list[str]) -> tuple[str, ...]:
    left = len(complaints) - _MOST_COMPLAINTS
    more = (f"and {left} more lines are wrong",) if left > 0 else ()
    return (*complaints[:_MOST_COMPLAINTS], *more)

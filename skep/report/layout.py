"""Rows under column titles, with remarks beside the row where the screen is wide and below it where it is narrow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from rich.text import Text

__all__ = ["WIDE", "Column", "Remark", "Row", "lay_out"]

#: From this many characters per line on, remarks stand beside their row.
WIDE = 120
_GAP = "  "
_INDENT = "    "
#: Fewer characters than this are no column to read sentences in.
_LEAST_BESIDE = 30
_TITLE_STYLE = "dim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The title of a column, and whether it is aligned right, as numbers are."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A sentence about a row, and the style it is shown in."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing shown.

    Attributes:
        lines: its cells, line under line; each line has one cell for every column.
        remarks: sentences about it, wrapped to the width of the screen.
    """

    lines: tuple[tuple[Text, ...], ...]
    remarks: tuple[Remark, ...] = ()


def lay_out(columns: Sequence[Column], rows: Sequence[Row], *, remarks_title: str, width: int) -> Text:
    """Set the rows under their titles.

    Where a narrow screen has no room for a cell of the first column, the cell takes a line of its own: nothing is
    cut, and every name can be copied.

    Args:
        columns: the titles.
        rows: what is shown, in this order.
        remarks_title: the title over the remarks where they stand beside their rows.
        width: characters per line.
    """
    widths = _widths(columns, rows)
    room = width - sum(widths) - len(_GAP) * len(widths)
    if width >= WIDE and room >= _LEAST_BESIDE:
        return _beside(columns, rows, widths, Remark(text=remarks_title, style=_TITLE_STYLE), room)
    others = sum(widths[1:]) + len(_GAP) * len(widths[1:])
    widths[0] = max(min(widths[0], width - others), len(columns[0].title))
    return _below(columns, rows, widths, width)


def _widths(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    widths = [len(column.title) for column in columns]
    for row in rows:
        for line in row.lines:
            widths = [max(width, cell.cell_len) for width, cell in zip(widths, line, strict=True)]
    return widths


def _beside(columns: Sequence[Column], rows: Sequence[Row], widths: list[int], title: Remark, room: int) -> Text:
    lines = [_aligned(columns, _titles(columns), widths, Text(title.text, style=title.style))]
    blank = tuple(Text() for _ in columns)
    for row in rows:
        remarks = _wrapped(row.remarks, room)
        lines += [
            _aligned(columns, cells or blank, widths, remark or Text())
            for cells, remark in zip_longest(row.lines, remarks)
        ]
    return Text("\n").join(lines)


def _below(columns: Sequence[Column], rows: Sequence[Row], widths: list[int], width: int) -> Text:
    lines = [_aligned(columns, _titles(columns), widths)]
    for row in rows:
        for name, *others in row.lines:
            fits = name.cell_len <= widths[0]
            if not fits:
                lines.append(name)
            lines.append(_aligned(columns, (name if fits else Text(), *others), widths))
        lines += [Text(_INDENT) + remark for remark in _wrapped(row.remarks, width - len(_INDENT))]
    return Text("\n").join(lines)


def _titles(columns: Sequence[Column]) -> tuple[Text, ...]:
    return tuple(Text(column.title, style=_TITLE_STYLE) for column in columns)


def _aligned(columns: Sequence[Column], cells: Iterable[Text], widths: Sequence[int], *further: Text) -> Text:
    padded: list[Text] = []
    for column, cell, width in zip(columns, cells, widths, strict=True):
        padding = Text(" " * (width - cell.cell_len))
        padded.append(padding + cell if column.is_number else cell + padding)
    line = Text(_GAP).join([*padded, *further])
    line.rstrip()
    return line


def _wrapped(remarks: Iterable[Remark], width: int) -> list[Text]:
    """The remarks in lines of at most ``width``, the further lines of each set in."""
    return [
        Text(line, style=remark.style)
        for remark in remarks
        for line in wrap(remark.text, width, subsequent_indent="  ")
    ]

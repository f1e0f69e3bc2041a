"""Rows under column titles, with remarks beside the row where the screen is wide and below it where it is narrow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from rich.text import Text

__all__ = ["WIDE", "Column", "Row", "Styled", "lay_out"]

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


@dataclass(frozen=True, slots=True)
class Styled:
    """A piece of text, and the style it is shown in, in rich's words."""

    text: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing shown.

    Attributes:
        lines: its cells, line under line; each line has one cell for every column.
        remarks: sentences about it, wrapped to the width of the screen.
    """

    lines: tuple[tuple[Styled, ...], ...]
    remarks: tuple[Styled, ...] = ()


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
        return _beside(columns, rows, widths, Styled(remarks_title, _TITLE_STYLE), room)
    others = sum(widths[1:]) + len(_GAP) * len(widths[1:])
    widths[0] = max(min(widths[0], width - others), len(columns[0].title))
    return _below(columns, rows, widths, width)


def _widths(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    widths = [len(column.title) for column in columns]
    for row in rows:
        for line in row.lines:
            widths = [max(width, len(cell.text)) for width, cell in zip(widths, line, strict=True)]
    return widths


def _beside(columns: Sequence[Column], rows: Sequence[Row], widths: list[int], title: Styled, room: int) -> Text:
    lines = [_aligned(columns, (*_titles(columns), title), widths)]
    blank = tuple(Styled() for _ in columns)
    for row in rows:
        remarks = _wrapped(row.remarks, room)
        lines += [
            _aligned(columns, (*(cells or blank), remark or Styled()), widths)
            for cells, remark in zip_longest(row.lines, remarks)
        ]
    return _text(lines)


def _below(columns: Sequence[Column], rows: Sequence[Row], widths: list[int], width: int) -> Text:
    lines = [_aligned(columns, _titles(columns), widths)]
    for row in rows:
        for name, *others in row.lines:
            fits = len(name.text) <= widths[0]
            if not fits:
                lines.append([name])
            lines.append(_aligned(columns, (name if fits else Styled(), *others), widths))
        lines += [[Styled(_INDENT), remark] for remark in _wrapped(row.remarks, width - len(_INDENT))]
    return _text(lines)


def _titles(columns: Sequence[Column]) -> tuple[Styled, ...]:
    return tuple(Styled(column.title, _TITLE_STYLE) for column in columns)


def _aligned(columns: Sequence[Column], cells: Sequence[Styled], widths: Sequence[int]) -> list[Styled]:
    """One line: each cell padded to its column, and what comes after the last column as it is."""
    pieces: list[Styled] = []
    for column, cell, width in zip(columns, cells, widths, strict=False):
        padding = Styled(" " * (width - len(cell.text)))
        pieces += [padding, cell] if column.is_number else [cell, padding]
        pieces.append(Styled(_GAP))
    pieces += cells[len(columns) :]
    while pieces and not pieces[-1].text.strip():
        pieces.pop()
    return pieces


def _wrapped(remarks: Iterable[Styled], width: int) -> list[Styled]:
    """The remarks in lines of at most ``width``, the further lines of each set in."""
    return [
        Styled(line, remark.style) for remark in remarks for line in wrap(remark.text, width, subsequent_indent="  ")
    ]


def _text(lines: Iterable[Iterable[Styled]]) -> Text:
    pieces = (piece for line in lines for piece in (*line, Styled("\n")))
    text = Text.assemble(*((piece.text, piece.style) for piece in pieces if piece.text))
    text.right_crop()
    return text

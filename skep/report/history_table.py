"""What was done and why, as a table, the newest first."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from skep.core.record import Entry, EntryKind
from skep.report.layout import Column, Row, Styled, lay_out
from skep.report.words import moment, one_line

__all__ = ["history_table"]

_COLUMNS = (
    Column(title="WHEN"),
    Column(title="SERVICE"),
    Column(title="REPLICAS"),
    Column(title="WHO"),
)
_EMPTY = "Nothing was scaled, refused or held back in that time."


def history_table(entries: Sequence[Entry], *, now: datetime, width: int) -> Text:
    """One row per entry.

    Args:
        entries: in the order to show them.
        now: the present instant; instants are written in its time zone, which the last line names.
        width: characters per line; from 120 on reasons stand beside the rows, below that under them.
    """
    if not entries:
        return Text(_EMPTY)
    table = lay_out(_COLUMNS, [_row(entry, now) for entry in entries], remarks_title="WHY", width=width)
    return Text("\n\n").join([table, Text(f"times are {now:%Z}", style="dim")])


def _row(entry: Entry, now: datetime) -> Row:
    cells = (
        Styled(moment(entry.at, now)),
        Styled(one_line(entry.service_name), style="bold"),
        _change(entry),
        Styled(one_line(entry.actor)),
    )
    style = "yellow" if entry.kind is EntryKind.REFUSED else ""
    return Row(lines=(cells,), remarks=(Styled(one_line(_why(entry)), style=style),))


def _change(entry: Entry) -> Styled:
    before, after = entry.replicas_before, entry.replicas_after
    if entry.kind is EntryKind.CHANGED:
        return Styled(f"{before} → {after}", style="bold green" if after > before else "bold cyan")
    return Styled(f"stays {after}", style="dim")


def _why(entry: Entry) -> str:
    """The sentence without the beginning that the other columns say already."""
    opening, colon, reason = entry.sentence.partition(": ")
    why = reason if colon and opening.startswith(entry.service_name) else entry.sentence
    return f"refused: {why}" if entry.kind is EntryKind.REFUSED else why

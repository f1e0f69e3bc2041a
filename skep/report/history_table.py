"""What was done and why, as a table, the newest first."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from skep.core.orders import ALL_SERVICES, EVERYTHING, OrderKind, PersonOrder
from skep.core.record import Entry, EntryKind, pool_name
from skep.report.layout import Column, Row, Styled, lay_out
from skep.report.words import instant, moment, one_line

__all__ = ["history_table"]

_COLUMNS = (
    Column(title="WHEN"),
    Column(title="SERVICE"),
    Column(title="REPLICAS"),
    Column(title="WHO"),
)
_EMPTY = "Nothing was scaled, ordered, refused or held back in that time."


def history_table(entries: Sequence[Entry], *, now: datetime, width: int) -> Text:
    """One row per entry; but a hold that was ordered together with a count is told in the row of that count.

    Args:
        entries: in the order to show them.
        now: the present instant; instants are written in its time zone, which the last line names.
        width: characters per line; from 120 on reasons stand beside the rows, below that under them.
    """
    rows = [_row(*told, now) for told in _folded(entries)]
    if not rows:
        return Text(_EMPTY)
    table = lay_out(_COLUMNS, rows, remarks_title="WHY", width=width)
    return Text("\n\n").join([table, Text(f"times are {now:%Z}", style="dim")])


def _folded(entries: Sequence[Entry]) -> list[tuple[Entry, PersonOrder | None]]:
    """Each entry with the order that goes on standing from it; what was ordered along with a change, once.

    An order that was delivered twice, or given again to a service that was made anew, is one order: the first. That
    a service is held because somebody has just ordered it is told by the order.
    """
    orders = {e.task_id: e.order for e in entries if e.kind is EntryKind.ORDERED and e.task_id is not None}
    told = {entry.task_id for entry in entries if entry.kind is EntryKind.CHANGED}
    folded: list[tuple[Entry, PersonOrder | None]] = []
    for entry in reversed(entries):
        if entry.kind is EntryKind.ORDERED and entry.task_id is not None:
            if entry.task_id not in told:
                folded.append((entry, entry.order))
            told.add(entry.task_id)
        elif not _follows_a_hold(entry):
            folded.append((entry, orders.get(entry.task_id or "", entry.order)))
    return folded[::-1]


def _follows_a_hold(entry: Entry) -> bool:
    steps = () if entry.decision is None else entry.decision.steps
    return entry.kind is EntryKind.HELD and any(step.by == "hold" for step in steps)


def _row(entry: Entry, order: PersonOrder | None, now: datetime) -> Row:
    name = (
        EVERYTHING
        if entry.service_id == ALL_SERVICES
        else one_line(_ALL_NODES.get(entry.service_name, entry.service_name))
    )
    cells = (
        Styled(moment(entry.at, now)),
        Styled(name, style="bold"),
        _change(entry),
        Styled(one_line(entry.actor)),
    )
    style = "yellow" if entry.kind is EntryKind.REFUSED else ""
    return Row(lines=(cells,), remarks=(Styled(one_line(_why(entry, order, now)), style=style),))


#: What is filed under no pool concerns all of them.
_ALL_NODES = {pool_name(""): "all nodes"}


def _change(entry: Entry) -> Styled:
    before, after = entry.replicas_before, entry.replicas_after
    if entry.kind is EntryKind.NODE:
        return Styled()
    if before != after:
        return Styled(f"{before} → {after}", style="bold green" if after > before else "bold cyan")
    if entry.kind is EntryKind.ORDERED and entry.order is not None:
        return Styled(_ordered(entry.order), style="magenta")
    return Styled(f"stays {after}", style="dim")


def _ordered(order: PersonOrder) -> str:
    """``held at 5``, ``paused`` …: what holds from then on."""
    return f"held at {order.replicas}" if order.kind is OrderKind.HOLD else _ORDERED[order.kind]


_ORDERED = {OrderKind.RELEASE: "released", OrderKind.PAUSE: "paused", OrderKind.RESUME: "resumed"}


def _why(entry: Entry, order: PersonOrder | None, now: datetime) -> str:
    """What the other columns do not say already."""
    if entry.kind is EntryKind.ORDERED and order is not None:
        return "; ".join(part for part in (_end(order, now), order.reason) if part)
    why = _without_opening(entry)
    if entry.kind is EntryKind.REFUSED:
        return f"refused: {why}"
    if order is None:
        return why
    return f"{why}; {'its hold is released' if order.kind is OrderKind.RELEASE else f'held {_end(order, now)}'}"


def _end(order: PersonOrder, now: datetime) -> str:
    """How long an order stands; empty for one that ends another."""
    if order.kind not in _ENDED_BY:
        return ""
    return f"until {_ENDED_BY[order.kind]}" if order.until is None else f"until {instant(order.until, now)}"


_ENDED_BY = {OrderKind.HOLD: "released", OrderKind.PAUSE: "resumed"}


def _without_opening(entry: Entry) -> str:
    """The sentence without the name that it begins with, and the counts behind it."""
    opening, colon, reason = entry.sentence.partition(": ")
    if entry.kind is EntryKind.NODE:
        whom = entry.node_name or entry.service_name.removeprefix(pool_name("")) or "nodes"
        return entry.sentence.removeprefix(f"{whom}: ").removeprefix(f"{whom} ")
    if entry.kind is EntryKind.OUTSIDE:
        return entry.sentence.removeprefix(f"{entry.service_name} ")
    return reason if colon and opening.startswith(entry.service_name) else entry.sentence

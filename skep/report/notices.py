"""Notices as a message: a title for the one who glances at it, and lines for the one who reads."""

from collections.abc import Sequence
from datetime import datetime

from skep.core.notices import Message, Notice, Topic
from skep.report.words import joined, one_line, span

__all__ = ["message", "trial_message"]

#: More of one topic are told as one line: a store that is out of reach blinds every service at once.
_MOST_OF_A_TOPIC = 5
_LONGEST_TITLE = 120
_NAMED = 3

_TITLES = {
    Topic.FAILURES: "something fails",
    Topic.AT_MAX: "at max",
    Topic.NO_DATA: "no data",
    Topic.NO_ROOM: "no room",
    Topic.NODES: "nodes",
    Topic.ORDERS: "orders",
    Topic.CHANGES: "changes",
}


def message(notices: Sequence[Notice], *, withheld: int = 0) -> Message:
    """The message of these notices.

    Args:
        notices: at least one, in the order of their time.
        withheld: how many more there would have been.
    """
    lines = [line for topic in Topic for line in _lines([n for n in notices if n.topic is topic])]
    if withheld:
        lines.append(f"{withheld} more {'was' if withheld == 1 else 'were'} withheld, see skep history")
    at = max(notice.at for notice in notices)
    return Message(at=at, title=_title(notices), text="\n".join(lines), notices=tuple(notices))


def trial_message(actor: str, at: datetime) -> Message:
    """The message by which somebody tries whether messages arrive.

    Args:
        actor: who tries.
        at: when.
    """
    text = f"{at:%H:%M:%S %Z} skep can reach you: {one_line(actor)} tries whether messages arrive"
    return Message(at=at, title="skep: a test", text=text, notices=())


def _title(notices: Sequence[Notice]) -> str:
    if len(notices) == 1:
        return _short(f"skep: {'over: ' * notices[0].is_over}{one_line(notices[0].sentence)}")
    parts = []
    for topic in Topic:
        of_topic = [notice for notice in notices if notice.topic is topic]
        begun = _subjects([notice for notice in of_topic if not notice.is_over])
        ended = _subjects([notice for notice in of_topic if notice.is_over])
        parts += [f"{_TITLES[topic]}: {begun}"] * bool(begun) + [f"over, {_TITLES[topic]}: {ended}"] * bool(ended)
    return _short(f"skep: {'; '.join(parts)}")


def _subjects(notices: Sequence[Notice]) -> str:
    names = tuple(dict.fromkeys(one_line(notice.subject) for notice in notices))
    if len(names) <= _NAMED:
        return joined(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def _lines(notices: Sequence[Notice]) -> list[str]:
    told = [_line(notice) for notice in notices[:_MOST_OF_A_TOPIC]]
    rest = notices[_MOST_OF_A_TOPIC:]
    if rest:
        told.append(f"and {len(rest)} more about {_TITLES[rest[0].topic]}: {_subjects(rest)}")
    return told


def _line(notice: Notice) -> str:
    lasted = "" if notice.since is None or notice.at <= notice.since else span(notice.at - notice.since)
    over = f"over{f' after {lasted}' if lasted else ''}: " if notice.is_over else ""
    so_far = f" (for {lasted})" if lasted and not notice.is_over else ""
    return f"{notice.at:%H:%M:%S %Z} {over}{one_line(notice.sentence)}{so_far}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"

"""One line that says what became of an order, short enough for a list."""

import re
from datetime import timedelta

from skep.core.decision import plural
from skep.report.words import elided, one_line, span

__all__ = ["LONGEST_LINE", "node_line", "order_line", "result_text", "verdict_line", "verdict_of"]

#: What a cell of Flower's list of tasks shows before it cuts by itself (measured: 400 pixels).
LONGEST_LINE = 45
#: A longer name gives way to the reason.
_LONGEST_NAME = 20
_MARK = "…"
_DANGLING = re.compile(r"[0-9]+(\.[0-9]+)?|\(.*|→|on|to|by|of|its|the|a|is|are")


def verdict_line(*, verdict: str, service: str, before: int, after: int, reason: str) -> str:
    """What became of an order, the counts first and then as much of the reason as fits.

    Counts are never cut. Of the reason whole words are kept; a number is never cut, and none is left at the end
    without its unit.

    Args:
        verdict: ``scaled``, ``already`` or ``refused``.
        service: its name; a long one loses its middle.
        before: the count before.
        after: the count now.
        reason: why, as a clause or as a sentence that starts with the service's name.

    Returns:
        At most :data:`LONGEST_LINE` characters, such as ``web 3 → 7: requests 412/s, target 50/s each``,
        ``web already 5`` or ``refused web: bounds are 2..20``.
    """
    opening = "refused " if verdict == "refused" else ""
    counts = {"scaled": f" {before} → {after}", "already": f" already {after}"}.get(verdict, "")
    why = _clause(service, before, one_line(reason)) if verdict != "already" else ""
    room = LONGEST_LINE - len(opening) - len(counts)
    name = elided(one_line(service), min(room, _LONGEST_NAME) if why else room)
    head = f"{opening}{name}{counts}"
    tail = _cut(why, LONGEST_LINE - len(f"{head}: "))
    return f"{head}: {tail}" if tail else head


def order_line(
    *, verdict: str, service: str, kind: str, replicas: int | None, lasts: timedelta | None, reason: str
) -> str:
    """What became of an order that goes on standing, or ends one that does.

    How long it stands is told as a span, since Flower tells the time beside it.

    Args:
        verdict: ``held``, ``released``, ``paused``, ``resumed``, ``already`` or ``refused``.
        service: its name; a long one loses its middle.
        kind: of the order: ``hold``, ``release``, ``pause`` or ``resume``.
        replicas: the count that is held, where one is.
        lasts: for how long; ``None`` until it is ended.
        reason: why, as a clause or as a sentence that starts with the service's name.

    Returns:
        At most :data:`LONGEST_LINE` characters, such as ``web held at 7 for 30 min: by hand``, ``everything paused
        until resumed: by hand``, ``web already released`` or ``refused web: no such service``.
    """
    if verdict == "refused":
        return verdict_line(verdict=verdict, service=service, before=0, after=0, reason=reason)
    ended = {"held": "released", "paused": "resumed"}.get(verdict)
    told = f" already {_PARTICIPLES[kind]}" if verdict == "already" else f" {verdict}"
    if replicas is not None:
        told += f" at {replicas}"
    if ended:
        told += f" until {ended}" if lasts is None else f" for {span(lasts)}"
    why = one_line(reason) if verdict != "already" else ""
    room = LONGEST_LINE - len(told)
    head = f"{elided(one_line(service), min(room, _LONGEST_NAME) if why else room)}{told}"
    tail = _cut(why, LONGEST_LINE - len(f"{head}: "))
    return f"{head}: {tail}" if tail else head


def node_line(sentence: str) -> str:
    """What became of a node, as much of its sentence as fits into a list.

    Args:
        sentence: begins with the host name, such as ``worker-3 cordoned to be drained: new kernel``.
    """
    line = one_line(sentence)
    return line if len(line) <= LONGEST_LINE else _cut(line, LONGEST_LINE - len(_MARK)) or elided(line, LONGEST_LINE)


_PARTICIPLES = {"hold": "held", "release": "released", "pause": "paused", "resume": "resumed"}


def verdict_of(line: str) -> str:
    """The verdict that a line of :func:`verdict_line` or :func:`order_line` tells, such as ``scaled`` or ``held``."""
    first, _, rest = line.partition(" ")
    if first == "refused":
        return "refused"
    second = rest.partition(" ")[0].removesuffix(":")
    return second if second in {"already", "refused", *_OF_NODES, *_PARTICIPLES.values()} else "scaled"


#: The word behind a node's name, once an order about it is given.
_OF_NODES = ("cordoned", "active", "filled")


def result_text(line: str, sentence: str) -> str:
    """The result of a task: the line for a list, and the whole sentence below where it says more."""
    return line if line == sentence else f"{line}\n{sentence}"


def _clause(service: str, before: int, reason: str) -> str:
    """The reason without what the line has said already: who it is about, and on how many replicas."""
    opening, colon, clause = reason.partition(": ")
    if colon and opening.startswith(service):
        reason = clause
    return reason.replace(f" on {plural(before)}", "", 1)


def _cut(text: str, width: int) -> str:
    """As many whole words as fit, with an ellipsis; empty where not one does."""
    if len(text) <= width:
        return text
    words = text[: max(width, 0)].split(" ")[:-1]
    while words and _dangles(words[-1]):
        words.pop()
    return " ".join(words).rstrip(",;:") + _MARK if words else ""


def _dangles(word: str) -> bool:
    """Whether a word says nothing, or the wrong thing, without the one after it: a bare number lacks its unit."""
    return _DANGLING.fullmatch(word) is not None

"""One line that says what became of an order, short enough for a list."""

import re

from skep.core.decision import plural
from skep.report.words import elided, one_line

__all__ = ["LONGEST_LINE", "verdict_line", "verdict_of"]

#: What a cell of Flower's list of tasks shows before it cuts by itself (measured: 400 pixels).
LONGEST_LINE = 45
#: A longer name gives way to the reason.
_LONGEST_NAME = 20
_MARK = "…"
_DANGLING = re.compile(r"[0-9]+(\.[0-9]+)?|\(.*|→|on|to|by|of")


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


def verdict_of(line: str) -> str:
    """The verdict that a line of :func:`verdict_line` tells: ``scaled``, ``already`` or ``refused``."""
    first, _, rest = line.partition(" ")
    if first == "refused":
        return "refused"
    return "already" if rest.startswith("already ") else "scaled"


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

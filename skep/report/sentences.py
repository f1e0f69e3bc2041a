"""One line that says what became of an order, short enough for a list."""

import re

from skep.report.words import elided, one_line

__all__ = ["LONGEST_LINE", "verdict_line"]

#: What a cell of Flower's list of tasks shows before it cuts by itself (measured: 400 pixels).
LONGEST_LINE = 45
#: A longer name gives way to the reason.
_LONGEST_NAME = 20
_MARK = "…"
_DANGLING = re.compile(r"[0-9]+(\.[0-9]+)?|\(.*|→|on|to|by|of")


def verdict_line(*, verdict: str, service: str, before: int, after: int, reason: str) -> str:
    """The verdict first, then the service, the counts, and as much of the reason as fits.

    Verdict and counts are never cut. Of the reason whole words are kept; a number is never cut, and none is left
    at the end without its unit.

    Args:
        verdict: ``scaled``, ``already`` or ``refused``.
        service: its name; a long one loses its middle.
        before: the count before.
        after: the count now.
        reason: why, as a clause or as a sentence that starts with the service's name.

    Returns:
        At most :data:`LONGEST_LINE` characters, such as ``scaled web 3 → 7: requests 137/s each on…``,
        ``already web 5`` or ``refused web: bounds are 2..20``.
    """
    counts = {"scaled": f" {before} → {after}", "already": f" {after}"}.get(verdict, "")
    why = _clause(service, one_line(reason)) if verdict != "already" else ""
    room = LONGEST_LINE - len(f"{verdict} {counts}")
    name = elided(one_line(service), min(room, _LONGEST_NAME) if why else room)
    head = f"{verdict} {name}{counts}"
    tail = _cut(why, LONGEST_LINE - len(f"{head}: "))
    return f"{head}: {tail}" if tail else head


def _clause(service: str, reason: str) -> str:
    """The reason without what the line has said already: ``web dropped: held by ada`` is ``held by ada``."""
    opening, colon, clause = reason.partition(": ")
    return clause if colon and opening.startswith(service) else reason


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

"""The outcome of a check-up: a line for each check, and below it what mends it."""

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from skep.core.checkup import Check, Health
from skep.report.words import elided, one_line

__all__ = ["checkup_text"]

_STYLES = {Health.WELL: "green", Health.WARNING: "yellow", Health.FAILURE: "bold red", Health.UNSEEN: "dim"}
_STATE_WIDTH = max(len(health) for health in Health) + 2
#: Sentences in longer lines are hard to read, however wide the screen.
_LONGEST_LINE = 110
_MEND = "mend: "
#: What libraries say of a failed connection would fill the screen; --json has all of it.
_LONGEST_SENTENCE = 240


def checkup_text(checks: Sequence[Check], *, width: int) -> Text:
    """Each check with its state, and a line that sums up.

    Args:
        checks: in the order to show them.
        width: characters per line.
    """
    about_width = max((len(check.about) for check in checks), default=0) + 2
    room = min(width, _LONGEST_LINE) - _STATE_WIDTH - about_width
    text = Text()
    for check in checks:
        text.append(f"{check.health:<{_STATE_WIDTH}}", style=_STYLES[check.health])
        text.append(f"{one_line(check.about):<{about_width}}", style="bold")
        mend = f"{_MEND}{one_line(check.mend)}" if check.mend else ""
        lines = [(line, "") for line in wrap(elided(one_line(check.found), _LONGEST_SENTENCE), room)]
        lines += [(line, "cyan") for line in wrap(mend, room, subsequent_indent=" " * len(_MEND))]
        for number, (line, style) in enumerate(lines):
            text.append(" " * (_STATE_WIDTH + about_width) if number else "")
            text.append(f"{line}\n", style=style)
    text.append(f"\n{_summary(checks)}", style="dim")
    return text


def _summary(checks: Sequence[Check]) -> str:
    states = [check.health for check in checks]
    bad = ((states.count(Health.FAILURE), "failure"), (states.count(Health.WARNING), "warning"))
    kinds = [f"{count} {kind}{'' if count == 1 else 's'}" for count, kind in bad if count]
    return f"{len(checks)} checks: {', '.join(kinds)}" if kinds else f"{len(checks)} checks: nothing is wrong"

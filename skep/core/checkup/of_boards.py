"""The dashboards."""

from skep.core.checkup.check import Check, Health
from skep.core.checkup.facts import BoardFacts
from skep.core.checkup.wording import unseen, well

__all__ = ["of_boards"]


def of_boards(boards: BoardFacts | None) -> Check:
    """Whether a board of skep is loaded, where somebody said where to look."""
    if boards is None:
        return unseen("dashboards", "Not looked at: say where with --dashboards http://localhost:8888.")
    if isinstance(boards.titles, str):
        return Check(
            about="dashboards", health=Health.FAILURE, found=boards.titles, mend="Check --dashboards and the login."
        )
    loaded = [title for title in boards.expected if title in boards.titles]
    if loaded:
        return well("dashboards", f"{boards.program} has {', '.join(loaded)}.")
    return Check(
        about="dashboards",
        health=Health.WARNING,
        found=f"{boards.program} has none of skep's boards ({', '.join(boards.expected)}).",
        mend="skep dashboards load brings it there.",
    )

"""Shows the demo: a live screen on a terminal, plain lines anywhere else."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.live import Live

from lab.demo.moment import Moment
from lab.demo.progress_lines import ProgressLines
from lab.demo.screen import Stage, screen, span_text

__all__ = ["View"]

Show = Callable[[Sequence[Moment]], None]


class View:
    """Where the demo is shown.

    Args:
        console: decides by itself whether it is a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, text: str = "", *, style: str = "") -> None:
        """Write a line (or several), unbroken, so that what is in it can be copied."""
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Show that something is under way, and how long it took."""
        began_s = time.monotonic()
        with self._console.status(what):
            yield
        took = timedelta(seconds=time.monotonic() - began_s)
        self.tell(f"✓ {what} ({span_text(took)})")

    @contextmanager
    def following(self, stage: Stage) -> Iterator[Show]:
        """Give a function that shows the story so far."""
        if not self._console.is_terminal:
            yield self._follow_in_lines(ProgressLines())
            return
        self.tell()
        # Drawn when there is something new, and not in between.
        with Live(console=self._console, auto_refresh=False) as live:
            yield lambda moments: live.update(screen(moments, stage, width=self._console.width), refresh=True)

    def _follow_in_lines(self, lines: ProgressLines) -> Show:
        def show(moments: Sequence[Moment]) -> None:
            for line in lines.due(moments[-1]):
                self.tell(line)

        return show

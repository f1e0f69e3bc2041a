"""Looking again and again, until whoever watches has seen enough."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from cli.desk import Desk
from cli.endings import Failed
from cli.screen import can_redraw, screen, show
from skep.report.words import instant

__all__ = ["watch"]

#: Draws what is to be seen in a width, in characters.
Look = Callable[[int], Text]


def watch(desk: Desk, look: Look, *, every: timedelta) -> None:
    """Look again and again until it is interrupted, which is no failure.

    A terminal shows the latest look in the place of the one before. Elsewhere each look is printed under its instant,
    and nothing controls a screen. Trouble at the first look is trouble; later it is told, and looked past.

    Args:
        desk: the outside.
        look: asks and draws.
        every: the time between two looks.
    """
    console = screen()
    with suppress(KeyboardInterrupt), _display(console, desk) as display:
        display(look(console.width))
        while True:
            desk.timer.sleep(every.total_seconds())
            display(_next(look, console.width))


def _next(look: Look, width: int) -> Text:
    try:
        return look(width)
    except Failed as error:
        return Text(error.format_message(), style="yellow")


@contextmanager
def _display(console: Console, desk: Desk) -> Iterator[Callable[[Text], None]]:
    if not can_redraw(console):
        yield lambda text: _print(console, desk, text)
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield lambda text: live.update(_dated(text, desk), refresh=True)


def _print(console: Console, desk: Desk, text: Text) -> None:
    now = desk.now()
    show(console, f"{instant(now, now)}\n")
    show(console, text)
    click.echo()


def _dated(text: Text, desk: Desk) -> Text:
    now = desk.now()
    return Text("\n\n").join([Text(f"{instant(now, now)}, Ctrl-C ends it", style="dim"), text])

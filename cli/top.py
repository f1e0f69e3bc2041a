"""``skep top``: services, nodes and what is in flight, live on one screen."""

import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from cli.desk import Desk, pass_desk
from cli.endings import Failed
from cli.keys import Keys, keys
from cli.lookout import Lookout
from cli.notation import SPAN, json_option
from cli.screen import can_redraw, screen, show, show_json
from skep.report.overview import Order, Overview, View, overview

__all__ = ["top"]

_EXAMPLES = """\
\b
Keys:
  q             ends it
  s             sorts by the next of load, replicas, headroom, name
  up, down      scroll, as do k and j

\b
Examples:
  skep top
  skep top --sort headroom --every 5s
"""
_KEYS = "q ends   s sorts   up and down scroll"
_SHORTEST_PAUSE = timedelta(seconds=1)
_PATIENCE_S = 0.25
_ORDERS = tuple(Order)


@click.command(epilog=_EXAMPLES)
@click.option(
    "--sort", "order", type=click.Choice([str(order) for order in Order]), default="load", help="What comes first."
)
@click.option("--every", type=SPAN, default="2s", show_default=True, help="The time between two looks.")
@json_option
@pass_desk
def top(desk: Desk, *, order: str, every: timedelta, as_json: bool) -> None:
    """Show services, nodes and what is in flight, live.

    LOAD is the metric nearest to its target, and full at it. ROOM is how much more load a service can take by growing
    to its max; a service without load is idle. USED of a node is what was measured on it when nodes were last
    evaluated, unknown where nothing was measured or no pools are configured; RESERVED is what its swarm tasks have set
    aside. Where output goes to no terminal, one look is printed.
    """
    if as_json:
        seen = _see(desk)
        show_json({"at": seen.at, "services": seen.services, "nodes": seen.nodes, "tasks": seen.tasks})
        return
    console = screen()
    view = View(order=Order(order), width=console.width)
    if not can_redraw(console) or not sys.stdin.isatty():
        show(console, overview(_see(desk), view, now=desk.now()))
        return
    with keys() as pressed, suppress(KeyboardInterrupt):
        _watch(desk, console, pressed, view, max(every, _SHORTEST_PAUSE))


def _see(desk: Desk) -> Overview:
    services, nodes = desk.questions.status(), desk.questions.nodes()
    return Overview(at=desk.now(), services=services, nodes=nodes, tasks=desk.workforce.tasks())


def _watch(desk: Desk, console: Console, pressed: Keys, view: View, every: timedelta) -> None:
    view, seen, key = replace(view, keys=_KEYS), None, ""
    with (
        Live(Text("asking a worker …"), console=console, screen=True, auto_refresh=False) as live,
        Lookout(lambda: _see_or_say(desk), every=every) as lookout,
    ):
        live.refresh()
        while key != "q":
            news = lookout.take()
            if news is not None:
                seen = news if isinstance(news, Overview) else _stale(seen, news, desk)
            view = _turned(view, key, console, seen)
            if seen is not None and (news is not None or key):
                live.update(overview(seen, view, now=desk.now()), refresh=True)
            key = pressed.next(within_s=_PATIENCE_S)


def _see_or_say(desk: Desk) -> Overview | str:
    try:
        return _see(desk)
    except Failed as error:
        return error.format_message()


def _stale(seen: Overview | None, trouble: str, desk: Desk) -> Overview:
    """What was seen last, with what is wrong now."""
    before = seen or Overview(at=desk.now(), services=(), nodes=(), tasks=())
    return replace(before, trouble=trouble)


def _turned(view: View, key: str, console: Console, seen: Overview | None) -> View:
    """The view after a key, in the size that the terminal has now."""
    view = replace(view, width=console.width, height=console.height)
    if key == "s":
        return replace(view, order=_ORDERS[(_ORDERS.index(view.order) + 1) % len(_ORDERS)], first=0)
    step = {"down": 1, "j": 1, "up": -1, "k": -1}.get(key, 0)
    last = max(len(seen.services) - 1, 0) if seen is not None else 0
    return replace(view, first=min(max(view.first + step, 0), last))

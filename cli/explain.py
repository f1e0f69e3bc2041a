"""``skep explain``: why a service has the replicas it has."""

import click

from cli.desk import Desk, pass_desk
from cli.notation import json_option
from cli.screen import screen, show, show_json
from cli.services import find
from skep.report import explanation

__all__ = ["explain"]

#: Sentences in longer lines are hard to read, however wide the screen.
_LONGEST_LINE = 100

_EXAMPLES = """\
\b
Examples:
  skep explain web
  skep explain shop_web --json
"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", metavar="SERVICE")
@json_option
@pass_desk
def explain(desk: Desk, name: str, as_json: bool) -> None:
    """Tell why a service has the replicas it has.

    What was measured, the arithmetic of each metric, every guard that changed the outcome, what is done, and when
    the next change is possible.
    """
    (service,) = find(desk.questions, [name])
    if as_json:
        show_json(service)
        return
    console = screen()
    show(console, explanation.explain(service, desk.now(), width=min(console.width, _LONGEST_LINE)))

"""``skep status``: how services stand."""

import click

from cli.desk import Desk, pass_desk
from cli.notation import json_option
from cli.screen import screen, show, show_json
from cli.services import find
from skep.report.status_table import status_table

__all__ = ["status"]

_EXAMPLES = """\
\b
Examples:
  skep status
  skep status web api --json
"""


@click.command(epilog=_EXAMPLES)
@click.argument("names", nargs=-1, metavar="[SERVICE]...")
@json_option
@pass_desk
def status(desk: Desk, names: tuple[str, ...], as_json: bool) -> None:
    """Show how services stand.

    All enabled services, or those named, enabled or not. NOW is the count in the service's spec, GOAL what skep
    holds right, RUN how many replicas serve; AGE is how old the value of a metric is. A gap is a metric without a
    value that can be trusted: it never asks for fewer replicas.
    """
    services = find(desk.questions, names) if names else desk.questions.status()
    if as_json:
        show_json({"services": services})
        return
    console = screen()
    show(console, status_table(services, now=desk.now(), width=console.width))

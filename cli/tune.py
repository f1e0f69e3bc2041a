"""``skep tune``: what the history of a service suggests for its labels."""

import click

from cli.completion import proposed_services
from cli.desk import Desk, pass_desk
from cli.endings import Failed
from cli.notation import json_option
from cli.screen import screen, show, show_json
from cli.services import find
from skep.report.advice import advice_text

__all__ = ["tune"]

_LONGEST_LINE = 100

_EXAMPLES = """\
\b
Examples:
  skep tune web
  skep tune shop_web --json
"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", metavar="SERVICE", shell_complete=proposed_services)
@json_option
@pass_desk
def tune(desk: Desk, name: str, *, as_json: bool) -> None:
    """Propose bounds, price and target from history.

    A worker reads the last seven days of the service's requests, replays every rule on them, and tells what each price
    would have come to. Nothing is changed.
    """
    advice = desk.questions.advice(name)
    if advice is None:
        (service,) = find(desk.questions, [name])
        advice = desk.questions.advice(service.id)
    if advice is None:
        raise Failed(f"{name} was removed while skep looked.")
    if as_json:
        show_json(advice)
        return
    console = screen()
    show(console, advice_text(advice, width=min(console.width, _LONGEST_LINE)))

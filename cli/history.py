"""``skep history``: what was scaled, by whom and why."""

from datetime import datetime, timedelta

import click

from cli.desk import Desk, Questions, pass_desk
from cli.notation import SPAN, json_option
from cli.screen import screen, show, show_json
from cli.services import UnknownService, find
from skep.core.record import Entry
from skep.report.history_table import history_table

__all__ = ["history"]

_EXAMPLES = """\
\b
Examples:
  skep history
  skep history web --since 7d --limit 200
"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", metavar="[SERVICE]", required=False)
@click.option("--since", type=SPAN, default="24h", show_default=True, help="How far back, such as 90m or 7d.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many lines.")
@json_option
@pass_desk
def history(desk: Desk, name: str | None, since: timedelta, limit: int, as_json: bool) -> None:
    """Show what was scaled, by whom and why.

    The newest first; also what people ordered and what was done past skep, orders that were refused, and the
    beginnings of reasons not to change anything.
    """
    now = desk.now()
    entries = _entries(desk.questions, name, now - since, limit)
    if as_json:
        show_json({"entries": entries})
        return
    console = screen()
    show(console, history_table(entries, now=now, width=console.width))


def _entries(questions: Questions, name: str | None, since: datetime, limit: int) -> tuple[Entry, ...]:
    """What was done; the past also remembers services that are gone."""
    if name is None:
        return questions.history(service=None, since=since, limit=limit)
    try:
        (service,) = find(questions, [name])
    except UnknownService:
        entries = questions.history(service=name, since=since, limit=limit)
        if entries:
            return entries
        raise
    return questions.history(service=service.name, since=since, limit=limit)

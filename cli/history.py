"""``skep history``: what was scaled, by whom and why."""

from datetime import datetime, timedelta

import click

from cli.desk import Desk, Questions, pass_desk
from cli.notation import SPAN, json_option, past_instant
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
  skep history --at 14:03
"""

_DAY = timedelta(hours=24)
#: Causes lie before what a person saw, its end a little after.
_BEFORE = timedelta(minutes=10)
_AFTER = timedelta(minutes=5)


@click.command(epilog=_EXAMPLES)
@click.argument("name", metavar="[SERVICE]", required=False)
@click.option("--since", type=SPAN, help="How far back, such as 90m or 7d.  [default: 24h]")
@click.option("--at", "then", metavar="TIME", help="What happened about then: 14:03, 2026-11-23T14:03, or 2h ago.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many lines.")
@json_option
@pass_desk
def history(
    desk: Desk, *, name: str | None, since: timedelta | None, then: str | None, limit: int, as_json: bool
) -> None:
    """Show what was scaled, by whom and why.

    The newest first; also what people ordered and what was done past skep, orders that were refused, and the
    beginnings of reasons not to change anything. With --at from ten minutes before that instant to five after it.
    """
    if then is not None and since is not None:
        raise click.UsageError("--at and --since exclude each other, for example: skep history --at 14:03")
    now = desk.now()
    at = None if then is None else past_instant(then, now, desk.zone)
    earliest = now - (_DAY if since is None else since) if at is None else at - _BEFORE
    latest = None if at is None else at + _AFTER
    entries = _entries(desk.questions, name, earliest, latest, limit)
    if as_json:
        show_json({"entries": entries})
        return
    console = screen()
    show(console, history_table(entries, now=now, width=console.width))


def _entries(
    questions: Questions, name: str | None, since: datetime, until: datetime | None, limit: int
) -> tuple[Entry, ...]:
    """What was done; the past also remembers services that are gone."""
    if name is None:
        return questions.history(service=None, since=since, until=until, limit=limit)
    try:
        (service,) = find(questions, [name])
    except UnknownService:
        entries = questions.history(service=name, since=since, until=until, limit=limit)
        if entries:
            return entries
        raise
    return questions.history(service=service.name, since=since, until=until, limit=limit)

"""``skep plot``: draw load, target, replicas and changes of a service over time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import click

from cli.completion import proposed_services
from cli.desk import Desk, Questions, pass_desk
from cli.endings import Failed
from cli.notation import SPAN, json_option
from cli.screen import show_json
from cli.services import UnknownService, find
from skep.core.chronicle import Chronicle
from skep.report.chronicle_chart import chronicle_heading, chronicle_page, draw_chronicle

__all__ = ["plot"]

_EXAMPLES = """\
\b
Examples:
  skep plot web
  skep plot web --since 7d -o web.html
  skep plot web --json | jq .happenings
"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", metavar="SERVICE", shell_complete=proposed_services)
@click.option("--since", type=SPAN, default="24h", show_default=True, help="How far back.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="Where to, as .png or .html.  [default: SERVICE.png]",
)
@json_option
@pass_desk
def plot(desk: Desk, *, name: str, since: timedelta, target: str | None, as_json: bool) -> None:
    """Draw load, target, replicas and changes of a service over time.

    From the journal, which keeps how every service stands each five minutes, and every change. Above stands the load
    per replica with its target, below the replicas with their goal, their bounds, and each change; what was not done by
    skep itself bears a name. A page (.html) also tells what happened, and needs nothing beside it. Drawing needs
    matplotlib; --json does not.
    """
    ending = _ending(target, as_json=as_json)
    now = desk.now()
    told = _chronicle(desk.questions, name, since=now - since)
    if as_json:
        show_json(told)
        return
    if not told.moments:
        raise Failed(f"The journal knows nothing of {told.service} in that time; --since 7d looks further back.")
    path = Path(target or f"{told.service}.png")
    try:
        path.write_bytes(_DRAWINGS[ending](told, desk))
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}.") from error
    click.echo(f"{path}: {chronicle_heading(told)}")


_DRAWINGS: dict[str, Callable[[Chronicle, Desk], bytes]] = {
    ".png": lambda told, desk: draw_chronicle(told, zone=desk.now().tzinfo),
    ".html": lambda told, desk: chronicle_page(told, now=desk.now()).encode(),
}


def _ending(target: str | None, *, as_json: bool) -> str:
    """The kind of file; a wish that cannot be fulfilled is told before the work and not after it."""
    ending = ".png" if target is None else Path(target).suffix.lower()
    if ending not in _DRAWINGS:
        raise click.UsageError(f"-o {target}: expected a name that ends in .png or .html")
    if as_json and target is not None:
        raise click.UsageError("Give either -o FILE or --json.")
    if not as_json and find_spec("matplotlib") is None:
        raise Failed("Drawing needs matplotlib: pip install 'matplotlib>=3.10'. Without it: skep plot --json.")
    return ending


def _chronicle(questions: Questions, name: str, *, since: datetime) -> Chronicle:
    """What the journal tells; the past also remembers services that are gone."""
    try:
        (service,) = find(questions, [name])
    except UnknownService:
        told = questions.recount(name, since=since)
        if told.moments or told.happenings:
            return told
        raise
    return questions.recount(service.name, since=since)

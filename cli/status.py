"""``skep status``: how services stand."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import click

from cli.completion import proposed_services
from cli.desk import Desk, pass_desk
from cli.notation import SPAN, json_option
from cli.screen import screen, show, show_json, show_json_line
from cli.services import find
from cli.watching import watch
from skep.operations.service_status import ServiceStatus
from skep.report.pool_tuning import pool_tunings_text
from skep.report.status_table import status_table

__all__ = ["status"]

_EXAMPLES = """\
\b
Examples:
  skep status
  skep status web api --json
  skep status --watch
"""

_SHORTEST_PAUSE = timedelta(seconds=1)


@click.command(epilog=_EXAMPLES)
@click.argument("names", nargs=-1, metavar="[SERVICE]...", shell_complete=proposed_services)
@click.option("--watch", "-w", "watches", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option("--every", type=SPAN, help="With --watch: the time between two looks.  [default: 2s]")
@json_option
@pass_desk
def status(desk: Desk, *, names: tuple[str, ...], watches: bool, every: timedelta | None, as_json: bool) -> None:
    """Show how services stand.

    All enabled services, or those named, enabled or not. NOW is the count in the service's spec, GOAL what skep
    holds right, RUN how many replicas serve; AGE is how old the value of a metric is. A gap is a metric without a
    value that can be trusted: it never asks for fewer replicas.

    Below the services stands what the rules of pools that tune themselves expect.

    With --watch and --json every look is one line of JSON.
    """
    if every is not None and not watches:
        raise click.UsageError("--every belongs to --watch, for example: skep status --watch --every 5s")
    if watches:
        _watch(desk, names, max(every or timedelta(seconds=2), _SHORTEST_PAUSE), as_json=as_json)
        return
    services = _services(desk, names)
    if as_json:
        show_json({"services": services})
        return
    console = screen()
    show(console, status_table(services, now=desk.now(), width=console.width))
    tuned = "" if names else pool_tunings_text(desk.questions.pools(), width=console.width)
    if tuned:
        show(console, f"\n{tuned}")


def _services(desk: Desk, names: Sequence[str]) -> tuple[ServiceStatus, ...]:
    return find(desk.questions, names) if names else desk.questions.status()


def _watch(desk: Desk, names: Sequence[str], every: timedelta, *, as_json: bool) -> None:
    if not as_json:
        watch(desk, lambda width: status_table(_services(desk, names), now=desk.now(), width=width), every=every)
        return
    with suppress(KeyboardInterrupt):
        while True:
            show_json_line({"at": desk.now(), "services": _services(desk, names)})
            desk.timer.sleep(every.total_seconds())

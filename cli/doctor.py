"""``skep doctor``: look at everything that skep stands on, and say what mends what is broken."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import click

from cli.dashboards import PROGRAMS, program_there
from cli.desk import Desk, pass_desk
from cli.endings import ExitCode, Failed
from cli.notation import json_option
from cli.screen import screen, show, show_json
from skep.core.checkup import BoardFacts, BrokerFacts, Check, Checkup, Examination, Health, QueueFacts, judge
from skep.core.metrics.backends import Proxy
from skep.errors import SkepError
from skep.report.checkup_text import checkup_text
from skep.report.dashboards import swarm

__all__ = ["doctor"]

_EPILOG = """\
\b
Exit codes:
  0  nothing is broken (warnings do not count, unless --strict)
  1  something is
  2  typed wrongly

\b
Examples:
  skep doctor
  skep doctor --strict --json
  skep doctor --dashboards http://localhost:8888 --user skep --password-file secrets/chronograf_password
"""

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog=_EPILOG)
@click.option("--dashboards", "url", metavar="URL", help="Where Chronograf or Grafana is, to look for skep's boards.")
@click.option("--program", type=click.Choice(PROGRAMS), default=PROGRAMS[0], show_default=True, help="Which of them.")
@click.option("--user", help="A user of it, with --password-file.")
@click.option("--password-file", type=_FILE, help="Holds its password.")
@click.option("--token-file", type=_FILE, help="Holds a token of Grafana.")
@click.option("--strict", "is_strict", is_flag=True, help="Let warnings count like failures.")
@json_option
@pass_desk
def doctor(
    desk: Desk,
    *,
    url: str | None,
    program: str,
    user: str | None,
    password_file: Path | None,
    token_file: Path | None,
    is_strict: bool,
    as_json: bool,
) -> None:
    """Look at everything that skep stands on.

    The broker and the workers of each queue are looked at from here; Docker and what the socket proxy lets through,
    InfluxDB, Prometheus, the journal, Telegraf on each node, the age of data, clocks, versions, beat and evaluations by
    a worker. Nothing is changed. What is broken is told with its mend.
    """
    if url is None and (user or password_file or token_file):
        raise click.UsageError("--user, --password-file and --token-file belong to --dashboards URL.")
    boards = None
    if url is not None:
        boards = _boards(program, url, user=user, password_file=password_file, token_file=token_file)
    checks = judge(_look(desk, boards))
    is_well = not any(check.health is Health.FAILURE or (is_strict and _is_warning(check)) for check in checks)
    if as_json:
        show_json({"is_well": is_well, "checks": checks})
    else:
        _show(checks)
    raise click.exceptions.Exit(ExitCode.DONE if is_well else ExitCode.REFUSED)


def _is_warning(check: Check) -> bool:
    return check.health is Health.WARNING


def _show(checks: Sequence[Check]) -> None:
    console = screen()
    show(console, checkup_text(checks, width=console.width))


def _look(desk: Desk, boards: BoardFacts | None) -> Checkup:
    broker = _broker(desk)
    reached_at = desk.clock.now()
    queues: tuple[QueueFacts, ...] = ()
    examination: Examination | str = "Nobody could be asked."
    if not isinstance(broker, str):
        queues = desk.workforce.queues()
        examination = _examination(desk)
    return Checkup(
        reached_at=reached_at,
        examined_at=desk.clock.now(),
        version=version("skep"),
        broker=broker,
        queues=queues,
        examination=examination,
        boards=boards,
    )


def _broker(desk: Desk) -> BrokerFacts | str:
    try:
        return desk.workforce.broker()
    except Failed as error:
        return error.format_message()


def _examination(desk: Desk) -> Examination | str:
    try:
        return desk.questions.examine()
    except Failed as error:
        return error.format_message()


def _boards(
    program: str, url: str, *, user: str | None, password_file: Path | None, token_file: Path | None
) -> BoardFacts:
    there = program_there(program, url, user=user, password_file=password_file, token_file=token_file, ca_file=None)
    try:
        titles: tuple[str, ...] | str = tuple(there.titles())
    except SkepError as error:
        titles = str(error)
    return BoardFacts(program=program, titles=titles, expected=tuple(swarm(proxy).title for proxy in Proxy))

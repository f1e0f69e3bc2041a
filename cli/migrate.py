"""``skep migrate``: the labels of another autoscaler in skep's words."""

from dataclasses import dataclass

import click

from cli.compose_file import read_compose_file
from cli.desk import Desk, pass_desk
from cli.endings import ExitCode
from cli.notation import json_option
from cli.screen import screen, show, show_json
from skep.config.compose import ComposeFile
from skep.config.dialects import DIALECTS, find_dialect
from skep.config.migration import LabelledService, Migration, translate_services
from skep.report.migration import migration_text

__all__ = ["migrate"]

_LONGEST_LINE = 100

_EXAMPLES = """\
\b
Examples:
  skep migrate                      the services of the Swarm that runs
  skep migrate docker-compose.yml
  skep migrate docker-compose.yml --from swarm-hpa
  skep migrate - --json < docker-compose.yml
"""


@click.command(epilog=_EXAMPLES)
@click.argument(
    "path",
    metavar="[FILE]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)
@click.option(
    "--from",
    "dialect_name",
    type=click.Choice([dialect.name for dialect in DIALECTS]),
    metavar="DIALECT",
    help=f"Read the labels of this autoscaler alone: {', '.join(dialect.name for dialect in DIALECTS)}.",
)
@json_option
@pass_desk
def migrate(desk: Desk, path: str | None, dialect_name: str | None, as_json: bool) -> None:
    """Translate the labels of another autoscaler.

    Reads a Compose file, or asks a worker for the services of the Swarm that runs, and prints, for each service with
    such labels, those to write under deploy.labels instead. What cannot be carried over, or means something else, is
    told in comments. Nothing is changed. Exit code 1 says that something has to be put right by hand.
    """
    source = _of_the_swarm(desk, dialect_name) if path is None else _of_file(read_compose_file(path), dialect_name)
    if as_json:
        show_json(_document(source))
    else:
        _show(source)
    if source.problems or any(migration.problems for migration in source.migrations):
        raise click.exceptions.Exit(ExitCode.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where services stand, what is wrong there, and what becomes of them."""

    name: str
    problems: tuple[str, ...] = ()
    migrations: tuple[Migration, ...]


def _of_file(compose: ComposeFile, dialect_name: str | None) -> _Source:
    services = (
        LabelledService(service=service.as_service(), container_labels=service.container_labels)
        for service in compose.services
    )
    return _Source(
        name=compose.path,
        problems=tuple(problem.sentence for problem in compose.problems),
        migrations=translate_services(services, dialect=find_dialect(dialect_name) if dialect_name else None),
    )


def _of_the_swarm(desk: Desk, dialect_name: str | None) -> _Source:
    return _Source(name="the Swarm", migrations=desk.questions.migrate(dialect=dialect_name))


def _show(source: _Source) -> None:
    for problem in source.problems:
        click.echo(problem, err=True)
    console = screen()
    if source.migrations:
        show(console, migration_text(source.migrations, width=min(console.width, _LONGEST_LINE)))
    elif not source.problems:
        show(console, f"# {source.name}: no service has labels of an autoscaler that skep knows")


def _document(source: _Source) -> dict[str, object]:
    return {
        "file": source.name,
        "problems": source.problems,
        "services": [
            {
                "service": migration.service,
                "dialect": migration.dialect,
                "labels": dict(migration.native),
                "notes": [note.sentence for note in migration.notes],
                "problems": [problem.sentence for problem in migration.problems],
            }
            for migration in source.migrations
        ],
    }

"""``skep migrate``: the labels of another autoscaler in skep's words."""

import click

from cli.compose_file import compose_file_argument, read_compose_file
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
  skep migrate docker-compose.yml
  skep migrate docker-compose.yml --from swarm-hpa
  skep migrate - --json < docker-compose.yml
"""


@click.command(epilog=_EXAMPLES)
@compose_file_argument
@click.option(
    "--from",
    "dialect_name",
    type=click.Choice([dialect.name for dialect in DIALECTS]),
    metavar="DIALECT",
    help=f"Read the labels of this autoscaler alone: {', '.join(dialect.name for dialect in DIALECTS)}.",
)
@json_option
def migrate(path: str, dialect_name: str | None, as_json: bool) -> None:
    """Translate the labels of another autoscaler.

    Reads a Compose file and prints, for each service with such labels, those to write under deploy.labels instead.
    What cannot be carried over, or means something else, is told in comments. Nothing is changed. Exit code 1 says
    that something has to be put right by hand.
    """
    compose = read_compose_file(path)
    services = (
        LabelledService(service=service.as_service(), container_labels=service.container_labels)
        for service in compose.services
    )
    migrations = translate_services(services, dialect=find_dialect(dialect_name) if dialect_name else None)
    if as_json:
        show_json(_document(compose, migrations))
    else:
        _show(compose, migrations)
    if compose.problems or any(migration.problems for migration in migrations):
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _show(compose: ComposeFile, migrations: tuple[Migration, ...]) -> None:
    for problem in compose.problems:
        click.echo(problem.sentence, err=True)
    console = screen()
    if migrations:
        show(console, migration_text(migrations, width=min(console.width, _LONGEST_LINE)))
    elif not compose.problems:
        show(console, f"# {compose.path}: no service has labels of an autoscaler that skep knows")


def _document(compose: ComposeFile, migrations: tuple[Migration, ...]) -> dict[str, object]:
    return {
        "file": compose.path,
        "problems": [problem.sentence for problem in compose.problems],
        "services": [
            {
                "service": migration.service,
                "dialect": migration.dialect,
                "labels": dict(migration.native),
                "notes": [note.sentence for note in migration.notes],
                "problems": [problem.sentence for problem in migration.problems],
            }
            for migration in migrations
        ],
    }

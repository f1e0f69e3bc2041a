"""``skep render``: the replicas of now in a Compose file, so that a deploy resets none."""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from cli.compose_file import compose_file_argument, read_compose_text
from cli.desk import Desk, pass_desk
from cli.endings import Failed
from cli.notation import json_option
from cli.screen import show_json
from skep.config.compose import ComposeFile
from skep.config.compose_counts import CountChange, CountedFile, write_counts
from skep.config.units import shortened
from skep.core.decision import plural
from skep.operations.service_status import ServiceStatus

__all__ = ["render"]

_PROJECT = "COMPOSE_PROJECT_NAME"

_EXAMPLES = """\
\b
Examples:
  skep render docker-compose.yml | docker stack deploy -c - shop
  skep render docker-compose.yml --stack shop -o docker-compose.yml
"""


@click.command(epilog=_EXAMPLES)
@compose_file_argument
@click.option(
    "--stack",
    metavar="NAME",
    help=f"The stack that the file is deployed as.  [default: {_PROJECT}, else name: in the file, else the only stack "
    "that has services of it]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the file here, also over itself.  [default: standard output]",
)
@json_option
@pass_desk
def render(desk: Desk, path: str, stack: str | None, output: Path | None, as_json: bool) -> None:
    """Write the replicas of now into a Compose file.

    docker stack deploy sets every count to that of its file. Deploy what this writes, and it leaves the counts of the
    services that skep scales as they are. Nothing else in the file changes, comments included. What cannot be written
    without changing more is told with file and line, and nothing is written then.
    """
    source = read_compose_text(path)
    compose = source.read()
    if not compose.services:
        raise Failed("\n".join(problem.sentence for problem in compose.problems) or f"{source.name} has no services.")
    enabled = desk.questions.status()
    name = _stack(stack or os.environ.get(_PROJECT) or compose.name, compose, enabled)
    counts = dict(_counts(name, compose, enabled))
    counted = write_counts(source.text, path=source.name, counts=counts)
    if counted.problems:
        raise Failed("\n".join(["Nothing is written:", *(problem.sentence for problem in counted.problems)]))
    for line in _told(name, compose, counted.changes):
        click.echo(line, err=as_json or output is None)
    if output is not None:
        _write(output, counted.text)
    if as_json:
        show_json(_document(name, counted, output))
    elif output is None:
        click.echo(counted.text, nl=False)


def _stack(given: str | None, compose: ComposeFile, enabled: Sequence[ServiceStatus]) -> str:
    """The name of the stack, and that it has services of the file."""
    found = sorted(_stacks(compose, enabled))
    if given is not None:
        if given not in found:
            names = " or ".join(f"{given}_{service.name}" for service in compose.services)
            raise Failed(f"No service that skep scales is called {names}.{_other(found)}")
        return given
    if not found:
        names = ", ".join(service.name for service in compose.services)
        raise Failed(f"No stack has a service of {compose.path} that skep scales (it has {names}).")
    if len(found) > 1:
        raise Failed(f"{compose.path} could be {' or '.join(found)}: say which with --stack NAME.")
    return found[0]


def _other(found: Sequence[str]) -> str:
    return f" Services of this file belong to {' and '.join(found)}: say so with --stack NAME." if found else ""


def _stacks(compose: ComposeFile, enabled: Sequence[ServiceStatus]) -> set[str]:
    """The stacks that have services of the file: whatever stands before their names."""
    endings = [f"_{service.name}" for service in compose.services]
    return {
        status.name.removesuffix(ending)
        for status in enabled
        for ending in endings
        if status.name.endswith(ending) and status.name != ending
    }


def _counts(stack: str, compose: ComposeFile, enabled: Sequence[ServiceStatus]) -> Iterator[tuple[str, int]]:
    live = {status.name: status.replicas for status in enabled}
    for service in compose.services:
        replicas = live.get(f"{stack}_{service.name}")
        if replicas is not None:
            yield service.name, replicas


def _told(stack: str, compose: ComposeFile, changes: Sequence[CountChange]) -> Iterator[str]:
    """What was done to each service that skep scales, and to those that it will scale."""
    for change in changes:
        yield f"{stack}_{change.service}: {_words(change)} (line {change.line})"
    written = {change.service for change in changes}
    for service in compose.services:
        if service.name not in written and ("skep.enable", "true") in service.labels:
            yield f"{stack}_{service.name}: not scaled by skep yet, left as it is"


def _words(change: CountChange) -> str:
    if change.before == str(change.replicas):
        return f"{plural(change.replicas)} already"
    if change.before is None:
        return f"{plural(change.replicas)} added"
    return f"{shortened(change.before)} → {plural(change.replicas)}"


def _write(output: Path, text: str) -> None:
    """Put the whole file in its place at once, so that nobody finds half of it."""
    path = output.resolve()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(text.encode())
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Failed(f"{output} cannot be written: {error.strerror}.") from error


def _document(stack: str, counted: CountedFile, output: Path | None) -> dict[str, object]:
    return {
        "stack": stack,
        "services": counted.changes,
        "output": None if output is None else str(output),
        "text": counted.text if output is None else None,
    }

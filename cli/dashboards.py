"""``skep dashboards``: the boards of a Swarm, in Chronograf or in Grafana."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cli.endings import ExitCode, Failed
from cli.notation import json_option
from cli.screen import show_json
from skep.config.addresses import read_dashboards_url
from skep.config.secret import read_secret, read_secret_file
from skep.config.units import UnitError
from skep.core.metrics.backends import Proxy
from skep.operations.dashboards import Difference, differences
from skep.operations.dashboards import load as load_boards
from skep.ports import Dashboards
from skep.report.dashboards import chronograf_board, dashboard_files, grafana_board, swarm
from skep.wiring import dashboards as program_at

__all__ = ["PROGRAMS", "dashboards", "program_there"]

_EXAMPLES = """\
\b
Examples:
  skep dashboards load --url http://localhost:8888 --user skep --password-file secrets/chronograf_password
  skep dashboards load --program grafana --url https://grafana.example.org --token-file token
  skep dashboards dump "Swarm (HAProxy)" > mine.json
"""

_URLS = {"chronograf": "http://localhost:8888", "grafana": "http://localhost:3000"}
PROGRAMS = tuple(_URLS)
_WRITERS = {"chronograf": chronograf_board, "grafana": grafana_board}


@click.group(epilog=_EXAMPLES)
def dashboards() -> None:
    """Load, dump and compare the boards that show a Swarm.

    They speak to Chronograf or Grafana themselves, over HTTP; certificates are verified. A board is known by its
    title: loading it twice makes one.
    """


def _program(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which program, where it is, and how to log in."""

    @click.option("--program", type=click.Choice(list(_URLS)), default="chronograf", show_default=True)
    @click.option("--url", help="Where it is. [default: http://localhost:8888, or :3000 for Grafana]")
    @click.option("--user", help="A user, with --password-file.")
    @click.option("--password-file", type=click.Path(dir_okay=False, path_type=Path), help="Holds its password.")
    @click.option("--token-file", type=click.Path(dir_okay=False, path_type=Path), help="Holds a token of Grafana.")
    @click.option("--ca-file", type=click.Path(dir_okay=False), help="Certificates to trust instead of the system's.")
    @wraps(command)
    def with_options(
        program: str,
        url: str | None,
        user: str | None,
        password_file: Path | None,
        token_file: Path | None,
        ca_file: str | None,
        **rest: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        there = program_there(
            program,
            url or _URLS[program],
            user=user,
            password_file=password_file,
            token_file=token_file,
            ca_file=ca_file,
        )
        command(program=program, there=there, **rest)

    return with_options


def program_there(
    program: str,
    url: str,
    *,
    user: str | None,
    password_file: Path | None,
    token_file: Path | None,
    ca_file: str | None,
) -> Dashboards:
    """The program at an address, with what opens it; nothing is sent yet.

    Raises:
        click.UsageError: the address is none, a file cannot be read, or the login is half.
    """
    if (user is None) != (password_file is None):
        raise click.UsageError("--user and --password-file belong together.")
    if user is not None and token_file is not None:
        raise click.UsageError("Either a user with a password, or a token.")
    return program_at(
        program,
        _url(url),
        user=user,
        password=_secret(password_file),
        token=_secret(token_file),
        ca_file=ca_file,
    )


_proxy_option = click.option(
    "--proxy",
    type=click.Choice([str(proxy) for proxy in Proxy]),
    default=str(Proxy.HAPROXY),
    show_default=True,
    help="Whose counts of requests the board shows.",
)


@dashboards.command(name="list")
@_program
@json_option
def list_titles(*, program: str, there: Dashboards, as_json: bool) -> None:
    """Print the titles of all boards that are there."""
    del program
    titles = there.titles()
    if as_json:
        show_json(titles)
    else:
        click.echo("\n".join(titles))


@dashboards.command()
@click.argument("files", nargs=-1, type=click.File(encoding="utf-8"))
@_program
@_proxy_option
@json_option
def load(files: Sequence[Any], *, program: str, there: Dashboards, proxy: str, as_json: bool) -> None:
    """Load the board of the Swarm, or those in FILES ("-" is standard input)."""
    done = []
    for loaded in load_boards(there, _boards(files, program, proxy)):
        done.append({"title": loaded.title, "is_new": loaded.is_new})
        if not as_json:
            click.echo(f"{loaded.title} is {'new' if loaded.is_new else 'replaced'}")
    if as_json:
        show_json(done)


@dashboards.command()
@click.argument("title")
@_program
@json_option
def dump(title: str, *, program: str, there: Dashboards, as_json: bool) -> None:
    """Print the board with this TITLE as JSON that can be loaded again."""
    del as_json  # it always is
    board = there.dump(title)
    if board is None:
        raise Failed(f"{program} has no board called {title!r}; it has: {', '.join(there.titles()) or 'none'}.")
    click.echo(json.dumps(board, indent=2, ensure_ascii=False))


@dashboards.command()
@click.argument("files", nargs=-1, type=click.File(encoding="utf-8"))
@_program
@_proxy_option
@json_option
def diff(files: Sequence[Any], *, program: str, there: Dashboards, proxy: str, as_json: bool) -> None:
    """Compare what is there with the board of the Swarm, or with FILES; exit code 1 where they differ."""
    found = differences(there, _boards(files, program, proxy))
    if as_json:
        show_json({"differences": found})
    else:
        _show_differences(found)
    if found:
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _show_differences(found: Sequence[Difference]) -> None:
    for difference in found:
        if difference.is_missing:
            click.echo(f"{difference.title} is missing")
        else:
            click.echo("\n".join((f"{difference.title} differs:", *difference.lines)))


@dashboards.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
def write(folder: Path, *, as_json: bool) -> None:
    """Write all boards as files into FOLDER, for programs that read them from there."""
    paths = []
    for name, text in dashboard_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    if as_json:
        show_json({"files": paths})
    else:
        click.echo("\n".join(paths))


def _boards(files: Sequence[Any], program: str, proxy: str) -> list[Mapping[str, Any]]:
    if not files:
        return [_WRITERS[program](swarm(Proxy(proxy)))]
    return [_board(file) for file in files]


def _board(file: Any) -> Mapping[str, Any]:  # noqa: ANN401 - an open file of click's
    try:
        board = json.load(file)
    except ValueError as error:
        raise Failed(f"{file.name} is no JSON: {error}.") from error
    if not isinstance(board, dict):
        raise Failed(f"{file.name} holds no board, which would be a JSON object.")
    return board


def _url(text: str) -> str:
    try:
        return read_dashboards_url(text)
    except UnitError as error:
        raise click.UsageError(f"--url: {error}") from error


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return read_secret(read_secret_file(str(path))).reveal()
    except UnitError as error:
        raise click.UsageError(f"{path}: expected {error.expected}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from error

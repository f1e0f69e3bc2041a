"""``skep lab``: a real Swarm on this machine, to practise on."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from cli.endings import Failed
from cli.notation import json_option
from cli.screen import screen, show, show_json
from lab.real import Lab, LabStatus, LabUnavailable
from skep.report.layout import Column, Row, Styled, lay_out

__all__ = ["lab"]

_EXAMPLES = """\
\b
Examples:
  skep lab up --nodes 5 --managers 3
  skep lab kill node-2
  skep lab down
"""

_COLUMNS = tuple(Column(title=title) for title in ("NODE", "ROLE", "STATE", "AVAILABILITY", "ADDRESS"))

_name_option = click.option(
    "--name", default="skep", show_default=True, help="Labs of different names stand side by side."
)


@click.group(epilog=_EXAMPLES)
def lab() -> None:
    """Build a real Swarm on this machine to practise on.

    Nodes are Docker engines in network namespaces, with Redis, InfluxDB and a collector of metrics beside them. It
    needs Linux and root; `skep lab down` leaves nothing behind.
    """


@lab.command()
@_name_option
@click.option("--nodes", type=click.IntRange(1, 50), default=3, show_default=True, help="How many nodes.")
@click.option("--managers", type=click.IntRange(1, 7), default=1, show_default=True, help="How many are managers.")
@json_option
def up(name: str, nodes: int, managers: int, as_json: bool) -> None:
    """Build it; a lab that is up is left alone."""
    with _sentences():
        _show(Lab(name, nodes=nodes, managers=managers).up(), as_json=as_json)


@lab.command()
@_name_option
@json_option
def down(name: str, as_json: bool) -> None:
    """Take it down, with everything that belongs to it."""
    with _sentences():
        Lab(name).down()
    if as_json:
        show_json({"name": name, "is_up": False})
    else:
        click.echo(f"lab {name} is gone")


@lab.command()
@_name_option
@click.option("--role", type=click.Choice(["worker", "manager"]), default="worker", show_default=True)
@json_option
def add(name: str, role: str, as_json: bool) -> None:
    """Let one more node join."""
    with _sentences():
        known = Lab.attach(name)
        known.add(role)
        _show(known.status(), as_json=as_json)


@lab.command()
@click.argument("node", metavar="NODE")
@_name_option
@json_option
def kill(node: str, name: str, as_json: bool) -> None:
    """Let a node die, with all that runs on it.

    At once and without a word to the Swarm, as when a machine loses its power.
    """
    with _sentences():
        known = Lab.attach(name)
        known.kill(node)
        _show(known.status(), as_json=as_json)


@lab.command()
@_name_option
@json_option
def status(name: str, as_json: bool) -> None:
    """Show its nodes and addresses.

    Only --json tells the password of its Redis.
    """
    with _sentences():
        _show(Lab.attach(name).status(), as_json=as_json)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except LabUnavailable as error:
        raise Failed(str(error)) from error


def _show(known: LabStatus, *, as_json: bool) -> None:
    if as_json:
        show_json(_document(known))
        return
    console = screen()
    show(console, lay_out(_COLUMNS, _rows(known), remarks_title="", width=console.width))
    click.echo(
        f"\nmetrics  {known.influx_url} (database {known.influx_database})\n"
        f"proxy    {known.proxy_url}\n"
        f"docker   docker -H unix://{known.manager_socket} service ls"
    )


def _rows(known: LabStatus) -> list[Row]:
    return [
        Row(
            lines=(
                (
                    Styled(node.hostname, style="bold"),
                    Styled(node.role),
                    Styled(node.state, style="" if node.state == "ready" else "red"),
                    Styled(node.availability),
                    Styled(node.address),
                ),
            )
        )
        for node in known.nodes
    ]


def _document(known: LabStatus) -> dict[str, object]:
    return {
        "name": known.name,
        "is_up": True,
        "nodes": known.nodes,
        "redis_url": known.redis_url,
        "influx_url": known.influx_url,
        "influx_database": known.influx_database,
        "proxy_url": known.proxy_url,
        "stats_url": known.stats_url,
        "processes": [{"name": process.name, "pid": process.pid} for process in known.processes],
    }

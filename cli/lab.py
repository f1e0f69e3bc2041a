"""``skep lab``: a Swarm on this machine to practise on, of real engines or an emulated one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from cli.endings import Failed
from cli.notation import SPAN, json_option
from cli.screen import screen, show, show_json
from lab.emulator.control import disturb as disturb_engine
from lab.emulator.faults import NONE as NO_FAULT
from lab.emulator.faults import Fault
from lab.emulator.founding import Founding
from lab.emulator.metrics.load import LoadModel, Replayed, Wave
from lab.emulator.serving import SOCKET, Metrics, serve
from lab.emulator.store import Delays
from lab.real import Lab, LabStatus, LabUnavailable
from skep.config.trace_file import TraceFileError, read_trace
from skep.report.layout import Column, Row, Styled, lay_out

__all__ = ["lab"]

_EXAMPLES = """\
\b
Examples:
  skep lab up --nodes 5 --managers 3
  skep lab kill node-2
  skep lab down
  skep lab emulate --services 10000 --nodes 1000
  skep lab disturb --latency 2s --errors 0.2 --for 1m
"""

_COLUMNS = tuple(Column(title=title) for title in ("NODE", "ROLE", "STATE", "AVAILABILITY", "ADDRESS"))

_RATIO = click.FloatRange(0.0, 1.0)
_socket_option = click.option(
    "--socket", type=click.Path(path_type=Path), default=SOCKET, show_default=True, help="Where it answers."
)

_name_option = click.option(
    "--name", default="skep", show_default=True, help="Labs of different names stand side by side."
)


@click.group(epilog=_EXAMPLES)
def lab() -> None:
    """Build a Swarm on this machine to practise on.

    Nodes are Docker engines in network namespaces, with Redis, InfluxDB and a collector of metrics beside them. It
    needs Linux and root; `skep lab down` leaves nothing behind. An emulated Swarm (`skep lab emulate`) needs neither:
    it has Docker's API, no containers, and room for ten thousand services.
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


@lab.command()
@click.option("--services", type=click.IntRange(0, 20_000), default=100, show_default=True, help="How many services.")
@click.option("--nodes", type=click.IntRange(1, 2_000), default=20, show_default=True, help="How many nodes.")
@click.option("--replicas", type=click.IntRange(0, 100), default=3, show_default=True, help="Of each service.")
@click.option("--delay", type=SPAN, default="1s", show_default=True, help="For a container to start, or to stop.")
@_socket_option
@click.option("--influx", metavar="URL", help="An InfluxDB 1.x to fill with what Telegraf would measure.")
@click.option("--rps", type=click.FloatRange(min=0), default=100.0, show_default=True, help="Mean load of a service.")
@click.option(
    "--trace",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The load's course: a file as for `skep simulate`; a day's wave where left out.",
)
@json_option
def emulate(  # noqa: PLR0913, PLR0917 - click passes every option by keyword
    services: int,
    nodes: int,
    replicas: int,
    delay: timedelta,
    socket: Path,
    influx: str | None,
    rps: float,
    trace: Path | None,
    as_json: bool,
) -> None:
    """Be a Swarm without engines, until Ctrl-C.

    Docker's API at a unix socket: services, nodes, swarm tasks and events as the docker client and skep know them, with
    Swarm's own placement, delays and errors. Nothing runs in it. With --influx it is measured all the same, as it would
    be under a load.
    """
    delays = Delays(start=delay, stop=delay)
    founding = Founding(services=services, nodes=nodes, replicas=replicas, delays=delays)
    with _sentences():
        metrics = Metrics(url=influx, load=_load(rps, trace)) if influx else None
        serve(
            founding,
            socket,
            tell=lambda engine: _tell(engine.endpoint, founding, metrics, as_json=as_json),
            complain=lambda sentence: click.echo(sentence, err=True),
            metrics=metrics,
        )


def _tell(endpoint: str, founding: Founding, metrics: Metrics | None, *, as_json: bool) -> None:
    if as_json:
        written_to = metrics and {"influx_url": metrics.url, "influx_database": metrics.database}
        size = {"services": founding.services, "nodes": founding.nodes}
        show_json({"engine": "emulated", "docker_host": endpoint, **size, **(written_to or {})})
        return
    click.echo(f"emulated: {founding.services} services on {founding.nodes} nodes at {endpoint}")
    if metrics is not None:
        click.echo(f"metrics   {metrics.url} (database {metrics.database})")
    click.echo(f"docker    docker -H {endpoint} service ls")


def _load(mean_rps: float, file: Path | None) -> LoadModel:
    if file is None:
        return Wave(mean_rps=mean_rps)
    try:
        return Replayed(trace=read_trace(file.read_bytes(), name=file.name), mean_rps=mean_rps)
    except TraceFileError as error:
        raise Failed(str(error)) from error


@lab.command()
@click.option("--latency", type=SPAN, default="0", help="Each answer comes that much later.")
@click.option("--errors", type=_RATIO, default=0.0, help="The part of requests that is answered with 500.")
@click.option("--drops", type=_RATIO, default=0.0, help="The part of connections that end before anything is done.")
@click.option("--lost-answers", type=_RATIO, default=0.0, help="The part of connections that end after it was done.")
@click.option("--stale", is_flag=True, help="Everything is read as it is now, whatever happens.")
@click.option("--leader-change", is_flag=True, help="The managers elect; another one leads when it is over.")
@click.option("--for", "lasting", type=SPAN, default=None, help="Until the next order, where it is not said.")
@_socket_option
@json_option
def disturb(  # noqa: PLR0913, PLR0917 - click passes every option by keyword
    latency: timedelta,
    errors: float,
    drops: float,
    lost_answers: float,
    stale: bool,
    leader_change: bool,
    lasting: timedelta | None,
    socket: Path,
    as_json: bool,
) -> None:
    """Give an emulated Swarm a fault; without options, end the one that it has."""
    fault = Fault(
        latency=latency,
        error_ratio=errors,
        drop_ratio=drops,
        lost_answer_ratio=lost_answers,
        is_stale=stale,
        is_leaderless=leader_change,
    )
    with _sentences():
        disturb_engine(socket, fault, lasting)
    if as_json:
        show_json({"docker_host": f"unix://{socket}", "is_disturbed": fault != NO_FAULT})


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

"""``skep drain`` and ``skep undrain``: empty a node without dropping what it serves, and give it back."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import click

from cli.completion import proposed_nodes
from cli.delivery import VERDICT_PATIENCE, await_verdicts, new_task_id, send
from cli.desk import Desk, NodeOrder, pass_desk
from cli.endings import ExitCode, Failed
from cli.notation import SPAN, json_option
from cli.patience import Deadline
from cli.screen import show_json
from cli.signature import signed
from skep.config.units import quoted
from skep.core.saga import Fate, Forecast
from skep.operations.node_status import NodeStatus

__all__ = ["drain", "undrain"]

_PAUSE_S = 1.0
#: After its deadline a drain is given back, which takes a while too.
_PATIENCE_BEYOND = timedelta(minutes=2)
#: Where the pool says after how long it is given up, its end is waited for.
_LONGEST_OF_A_POOL = timedelta(days=1)

_EXIT_CODES = """\
\b
Exit codes:
  0  done; with --dry-run: nothing speaks against it
  1  refused, given up, or the order could not be given
  2  typed wrongly
  3  no verdict within 10 s, or with --wait not drained in time

\b
Examples:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDelivery:
    """One order about a node and what became of it, as ``--json`` writes it.

    Attributes:
        is_drained: whether nothing runs on the node any more; ``None`` where nobody waited for it.
    """

    order: str
    node: str
    node_id: str
    task_id: str
    verdict: str
    sentence: str
    is_drained: bool | None = None

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        if self.verdict == "queued":
            return ExitCode.TIMED_OUT
        return ExitCode.REFUSED if self.verdict in {"refused", "failed"} or self.is_drained is False else ExitCode.DONE


@click.command(epilog=f"{_EXIT_CODES}  skep drain worker-3 --dry-run\n  skep drain worker-3 --wait --reason kernel\n")
@click.argument("name", metavar="NODE", shell_complete=proposed_nodes)
@click.option("--wait", "-w", "waits", is_flag=True, help="Wait until nothing runs there any more.")
@click.option("--dry-run", "is_rehearsal", is_flag=True, help="Tell what would move and what speaks against it.")
@click.option("--remove", "removes", is_flag=True, help="Then take the node out of the Swarm, and its machine away.")
@click.option("--allow-interruption", is_flag=True, help="Interrupt what may not have an extra replica meanwhile.")
@click.option(
    "--deadline", type=SPAN, help="Give up and make it active after this. [default: that of its pool, or 15m]"
)
@signed
@json_option
@pass_desk
def drain(  # noqa: PLR0913 - one argument per option
    desk: Desk,
    *,
    name: str,
    waits: bool,
    is_rehearsal: bool,
    removes: bool,
    allow_interruption: bool,
    deadline: timedelta | None,
    reason: str,
    actor: str,
    as_json: bool,
) -> None:
    """Empty a node without dropping what it serves.

    It takes no new swarm tasks; for each of its own another one starts elsewhere first; then they end. skep undrain
    stops it at any time.
    """
    if deadline is not None and not deadline:
        raise click.UsageError("--deadline needs some time, for example: skep drain worker-3 --deadline 30m")
    node = _find(desk, name)
    if is_rehearsal:
        _rehearse(desk, node, removes=removes, allows_interruption=allow_interruption, as_json=as_json)
        return
    order = NodeOrder(
        node_id=node.id,
        hostname=node.hostname,
        reason=reason,
        actor=actor,
        deadline=deadline,
        removes=removes,
        allows_interruption=allow_interruption,
        task_id=new_task_id("drain", node.hostname, desk.now()),
    )
    _give(desk, order, waits=waits, as_json=as_json)


@click.command(epilog=f"{_EXIT_CODES}  skep undrain worker-3\n")
@click.argument("name", metavar="NODE", shell_complete=proposed_nodes)
@signed
@json_option
@pass_desk
def undrain(desk: Desk, *, name: str, reason: str, actor: str, as_json: bool) -> None:
    """Make a node active again.

    Also in the middle of a drain: what was started elsewhere for its sake is then taken back.
    """
    node = _find(desk, name)
    order = NodeOrder(
        node_id=node.id,
        hostname=node.hostname,
        reason=reason,
        actor=actor,
        gives_back=True,
        task_id=new_task_id("undrain", node.hostname, desk.now()),
    )
    _give(desk, order, waits=False, as_json=as_json)


def _find(desk: Desk, name: str) -> NodeStatus:
    nodes = desk.questions.nodes()
    found = [node for node in nodes if name in (node.id, node.hostname)]
    if len(found) > 1:
        raise Failed(f"{quoted(name)} are {len(found)} nodes: give the id, {' or '.join(node.id for node in found)}.")
    if not found:
        raise Failed(f"There is no node called {quoted(name)}. Nodes are {', '.join(n.hostname for n in nodes[:10])}.")
    return found[0]


def _rehearse(desk: Desk, node: NodeStatus, *, removes: bool, allows_interruption: bool, as_json: bool) -> None:
    forecast = desk.questions.foresee(node.id, removes=removes)
    if forecast is None:
        raise Failed(f"{node.hostname} is gone.")
    if as_json:
        show_json(forecast)
    else:
        for line in _lines(node.hostname, forecast, allows_interruption=allows_interruption):
            click.echo(line)
    objections = forecast.objections(allows_interruption=allows_interruption)
    raise click.exceptions.Exit(ExitCode.REFUSED if objections else ExitCode.DONE)


def _lines(hostname: str, forecast: Forecast, *, allows_interruption: bool) -> list[str]:
    moves = [f"{move.service_name}: {_count(move.replicas)}{_FATES[move.fate]}" for move in forecast.moves]
    objections = forecast.objections(allows_interruption=allows_interruption)
    vetoes = [
        f"against it: {veto.sentence}{' (--allow-interruption insists)' if veto.is_about_interruption else ''}"
        for veto in objections
    ]
    end = [f"{hostname} would be drained"] if not vetoes else []
    return [*(moves or [f"{hostname} runs nothing that would move"]), *vetoes, *end]


_FATES = {
    Fate.SURGED: ", others start elsewhere first",
    Fate.INTERRUPTED: ", interrupted: others start only afterwards",
    Fate.ENDED: ", global: ends with the node",
}


def _count(replicas: int) -> str:
    return "1 replica" if replicas == 1 else f"{replicas} replicas"


def _give(desk: Desk, order: NodeOrder, *, waits: bool, as_json: bool) -> None:
    """Send the order, pass on what the worker says, wait if asked to, and end as it did."""
    say = partial(click.echo, err=as_json)
    send(desk, [order], say)
    (outcome,) = await_verdicts(desk, [order], Deadline(desk.timer, VERDICT_PATIENCE), say)
    is_drained = None
    if waits and outcome.verdict in {"cordoned", "already"} and not order.gives_back:
        is_drained = _await_drained(desk, order, (order.deadline or _LONGEST_OF_A_POOL) + _PATIENCE_BEYOND)
    delivery = NodeDelivery(
        order=order.verb,
        node=order.hostname,
        node_id=order.node_id,
        task_id=order.task_id,
        verdict=outcome.verdict,
        sentence=outcome.sentence,
        is_drained=is_drained,
    )
    if as_json:
        show_json({"orders": [delivery]})
    raise click.exceptions.Exit(delivery.exit_code)


def _await_drained(desk: Desk, order: NodeOrder, patience: timedelta) -> bool:
    """Tell each change of what the drain waits for, until it is done or given up."""
    deadline = Deadline(desk.timer, patience)
    told = ""
    while not deadline.has_passed:
        node = next((node for node in desk.questions.nodes() if node.id == order.node_id), None)
        if node is None:
            click.echo(f"{order.hostname}: removed", err=True)
            return True
        state = "given back" if node.drain is None else node.drain.phase
        words = state if node.drain is None or not node.drain.waits_for else f"{state}, {node.drain.waits_for}"
        if words != told:
            click.echo(f"{order.hostname}: {words}", err=True)
            told = words
        if node.drain is None or node.drain.phase == "returning":
            return False
        if node.drain.phase == "drained" and not order.removes:
            return True
        desk.timer.sleep(_PAUSE_S)
    return False

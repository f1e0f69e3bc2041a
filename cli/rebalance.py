"""``skep rebalance``: move replicas onto the nodes of a pool that have room."""

from dataclasses import dataclass
from functools import partial

import click

from cli.delivery import VERDICT_PATIENCE, await_verdicts, new_task_id, send
from cli.desk import Desk, FillOrder, pass_desk
from cli.endings import ExitCode, Failed
from cli.notation import json_option
from cli.patience import Deadline
from cli.screen import show_json
from cli.signature import signed

__all__ = ["rebalance"]

_EPILOG = """\
\b
Exit codes:
  0  done
  1  refused, or the order could not be given
  2  typed wrongly
  3  no verdict within 10 s

\b
Examples:
  skep rebalance workers --dry-run
  skep rebalance workers --reason 'after maintenance'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillDelivery:
    """The order and what became of it, as ``--json`` writes it."""

    order: str
    pool: str
    task_id: str
    verdict: str
    sentence: str

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        if self.verdict == "queued":
            return ExitCode.TIMED_OUT
        return ExitCode.REFUSED if self.verdict in {"refused", "failed"} else ExitCode.DONE


@click.command(epilog=_EPILOG)
@click.argument("pool")
@click.option("--dry-run", "is_rehearsal", is_flag=True, help="Tell which replicas would move first.")
@signed
@json_option
@pass_desk
def rebalance(desk: Desk, *, pool: str, is_rehearsal: bool, reason: str, actor: str, as_json: bool) -> None:
    """Move replicas onto the nodes of a pool that have room.

    One replica at a time moves from where its service has most to where it has fewest, for an hour or until all is
    even. Another one runs before any ends.
    """
    if is_rehearsal:
        _rehearse(desk, pool, as_json=as_json)
        return
    say = partial(click.echo, err=as_json)
    order = FillOrder(pool=pool, reason=reason, actor=actor, task_id=new_task_id("rebalance", pool, desk.now()))
    send(desk, [order], say)
    (outcome,) = await_verdicts(desk, [order], Deadline(desk.timer, VERDICT_PATIENCE), say)
    delivery = FillDelivery(
        order="rebalance", pool=pool, task_id=order.task_id, verdict=outcome.verdict, sentence=outcome.sentence
    )
    if as_json:
        show_json({"orders": [delivery]})
    raise click.exceptions.Exit(delivery.exit_code)


def _rehearse(desk: Desk, pool: str, *, as_json: bool) -> None:
    moves = desk.questions.moves(pool)
    if moves is None:
        raise Failed(f"The policy file has no pool {pool}.")
    if as_json:
        show_json({"moves": moves})
        return
    for move in moves:
        click.echo(move.sentence)
    if not moves:
        click.echo("no replica would move: none is two ahead of a node that has room for it")

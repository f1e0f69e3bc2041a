"""``skep scale``: set the replicas of services by hand."""

import getpass
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from cli.convergence import Convergence
from cli.desk import Desk, ManualOrder, Outcome, pass_desk
from cli.endings import ExitCode
from cli.notation import SPAN, TARGET, Target, json_option
from cli.screen import show_json
from cli.services import find
from skep.core.action import AUTOSCALER
from skep.report.words import instant, span

__all__ = ["scale"]

#: A worker that is alive gives its verdict within a second or two; without --wait nobody waits longer than this.
VERDICT_PATIENCE = timedelta(seconds=10)
CONVERGENCE_PATIENCE = timedelta(minutes=2)
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What all orders of one command have in common."""

    hold_for: timedelta | None
    reason: str
    actor: str
    allow_beyond_bounds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What became of one order, as ``--json`` writes it.

    Attributes:
        verdict: that of the worker, or ``queued`` where it is not known yet.
        has_converged: whether as many replicas run as were wanted; ``None`` where nobody waited for it.
    """

    service: str
    service_id: str
    replicas: int
    task_id: str
    verdict: str
    sentence: str
    has_converged: bool | None = None


@click.command()
@click.argument("targets", nargs=-1, required=True, type=TARGET, metavar="SERVICE=REPLICAS...")
@click.option("--wait", "-w", "waits", is_flag=True, help="Wait until as many replicas run as were ordered.")
@click.option("--timeout", type=SPAN, default=None, help="With --wait: give up after this time.  [default: 2m]")
@click.option(
    "--for",
    "hold_for",
    type=SPAN,
    default="30m",
    show_default=True,
    help="For this long metrics have no say; 0 for not at all.",
)
@click.option("--reason", default="by hand", show_default=True, help="Why; shown in history, Flower and status.")
@click.option("--as", "actor", metavar="NAME", default=None, help="Who orders it.  [default: user@host]")
@click.option("--beyond-bounds", is_flag=True, help="Insist on a count outside the bounds of the labels.")
@json_option
@pass_desk
def scale(  # noqa: PLR0913 - one argument per option
    desk: Desk,
    *,
    targets: tuple[Target, ...],
    waits: bool,
    timeout: timedelta | None,
    hold_for: timedelta,
    reason: str,
    actor: str | None,
    beyond_bounds: bool,
    as_json: bool,
) -> None:
    """Set the replicas of services by hand.

    The orders go to skep's workers as tasks whose ids are printed at once; Flower shows them under these ids. Each
    service is then held at its count for the time of --for, so that the autoscaler does not undo it.

    \b
    Exit codes:
      0  done
      1  refused, or the order could not be given
      2  this command was typed wrongly
      3  timed out: no verdict within 10 s, or with --wait not converged in
         time; the order stays queued under its id

    \b
    Examples:
      skep scale web=5
      skep scale web=5 api=3 --wait --timeout 5m
      skep scale web=12 --for 2h --reason "the advert runs at eight"
    """
    if timeout is not None and not waits:
        raise click.UsageError("--timeout has a meaning with --wait only, for example skep scale web=5 --wait --timeout 5m")
    wish = _Wish(
        hold_for=hold_for or None,
        reason=_reason(reason),
        actor=_actor(actor),
        allow_beyond_bounds=beyond_bounds,
    )
    orders = _orders(desk, targets, wish)
    started_s = desk.timer.monotonic()
    _send(desk, orders, to_stderr=as_json)
    patience = timeout or CONVERGENCE_PATIENCE if waits else VERDICT_PATIENCE
    ...

"""``skep scale``: set the replicas of services by hand."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import click

from cli.completion import proposed_targets
from cli.convergence import Bars, Display, Lines
from cli.delivery import (
    VERDICT_PATIENCE,
    CountDelivery,
    await_running,
    await_verdicts,
    exit_code,
    new_task_id,
    send,
)
from cli.desk import Desk, ManualOrder, Outcome, pass_desk
from cli.notation import SPAN, TARGET, Target, json_option
from cli.patience import Deadline
from cli.screen import screen, show_json
from cli.services import find_each
from cli.signature import signed
from skep.operations.service_status import ServiceStatus
from skep.report.words import instant, span

__all__ = ["scale"]

_CONVERGENCE_PATIENCE = timedelta(minutes=2)
_EACH_ONCE = "skep scale web=5 api=3"

_EXIT_CODES_AND_EXAMPLES = """\
\b
Exit codes:
  0  done
  1  refused, or the order could not be given
  2  typed wrongly
  3  timed out: no verdict within 10 s (the order stays queued under its id
     for 100 s), or with --wait not converged in time

\b
Examples:
  skep scale web=5
  skep scale web=5 api=3 --wait --timeout 5m
  skep scale web=12 --for 2h --reason "the advert runs at eight"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What all orders of one command have in common."""

    hold_for: timedelta | None
    reason: str
    actor: str
    allow_beyond_bounds: bool


@click.command(epilog=_EXIT_CODES_AND_EXAMPLES)
@click.argument(
    "targets", nargs=-1, required=True, type=TARGET, metavar="SERVICE=REPLICAS...", shell_complete=proposed_targets
)
@click.option("--wait", "-w", "waits", is_flag=True, help="Wait until as many replicas run as were ordered.")
@click.option("--timeout", type=SPAN, help="With --wait: give up after this time.  [default: 2m]")
@click.option(
    "--for",
    "hold_for",
    type=SPAN,
    default="30m",
    show_default=True,
    help="For so long metrics have no say; 0 for no hold.",
)
@signed
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
    actor: str,
    beyond_bounds: bool,
    as_json: bool,
) -> None:
    """Set the replicas of services by hand.

    Each order goes to skep's workers as a task whose id is printed at once, and under which Flower shows it. The
    service is then held at its count for the time of --for, so that the autoscaler does not undo it.
    """
    if timeout is not None and not waits:
        raise click.UsageError("--timeout belongs to --wait, for example: skep scale web=5 --wait --timeout 5m")
    wish = _Wish(hold_for=hold_for or None, reason=reason, actor=actor, allow_beyond_bounds=beyond_bounds)
    services = find_each(desk.questions, [target.name for target in targets], example=_EACH_ONCE)
    ordered_at = desk.now()
    orders = [_order(t, s, wish, ordered_at) for t, s in zip(targets, services, strict=True)]
    say = partial(click.echo, err=as_json)
    send(desk, orders, say)
    deadline = Deadline(desk.timer, _patience(timeout) if waits else VERDICT_PATIENCE)
    outcomes = await_verdicts(desk, orders, deadline, say)
    deliveries = tuple(_delivery(order, outcome) for order, outcome in zip(orders, outcomes, strict=True))
    if waits:
        deliveries = await_running(desk, deliveries, deadline, _display(say, as_json=as_json))
    _tell(deliveries, services, wish, ordered_at, as_json=as_json)
    raise click.exceptions.Exit(exit_code(deliveries))


def _patience(given: timedelta | None) -> timedelta:
    return _CONVERGENCE_PATIENCE if given is None else given


def _order(target: Target, service: ServiceStatus, wish: _Wish, now: datetime) -> ManualOrder:
    return ManualOrder(
        service_id=service.id,
        service_name=service.name,
        replicas=target.replicas,
        reason=wish.reason,
        actor=wish.actor,
        hold_for=wish.hold_for,
        allow_beyond_bounds=wish.allow_beyond_bounds,
        task_id=new_task_id("scale", service.name, now),
    )


def _delivery(order: ManualOrder, outcome: Outcome) -> CountDelivery:
    return CountDelivery(
        order="scale",
        service=order.service_name,
        service_id=order.service_id,
        replicas=order.replicas,
        task_id=order.task_id,
        verdict=outcome.verdict,
        sentence=outcome.sentence,
    )


# --- what is shown -----------------------------------------------------------------------------------------------


def _display(say: Callable[[str], None], *, as_json: bool) -> AbstractContextManager[Display]:
    """Bars on a terminal, lines elsewhere."""
    console = screen()
    return Lines(say) if as_json or not console.is_terminal else Bars(console)


def _tell(
    deliveries: Sequence[CountDelivery],
    services: Sequence[ServiceStatus],
    wish: _Wish,
    ordered_at: datetime,
    *,
    as_json: bool,
) -> None:
    """What is left to say at the end."""
    for delivery in deliveries:
        if delivery.has_converged is False:
            click.echo(f"{delivery.service}: {delivery.replicas} running replicas were not reached in time", err=True)
    if as_json:
        show_json({"orders": deliveries})
    elif wish.hold_for is not None and any(
        d.was_carried_out and s.is_enabled for d, s in zip(deliveries, services, strict=True)
    ):
        end = instant(ordered_at + wish.hold_for, ordered_at)
        click.echo(f"held for {span(wish.hold_for)}: metrics have no say until {end}")

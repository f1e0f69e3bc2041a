"""``skep hold``, ``release``, ``pause`` and ``resume``: orders that go on standing, and their ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import click

from cli.completion import proposed_services
from cli.delivery import VERDICT_PATIENCE, Delivery, await_verdicts, exit_code, new_task_id, send
from cli.desk import Desk, Outcome, StandingOrder, pass_desk
from cli.notation import EVER, LASTING, json_option
from cli.patience import Deadline
from cli.screen import show_json
from cli.services import find_each
from cli.signature import signed
from skep.core.orders import ALL_SERVICES, EVERYTHING, OrderKind

__all__ = ["hold", "pause", "release", "resume"]

Command = TypeVar("Command", bound=Callable[..., Any])

_ALL = "all"

_EXIT_CODES = """\
\b
Exit codes:
  0  done
  1  refused, or the order could not be given
  2  typed wrongly
  3  no verdict within 10 s (the order stays queued under its id for 100 s)

\b
Examples:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What all orders of one command have in common."""

    kind: OrderKind
    reason: str
    actor: str
    lasts: timedelta | None = None


def _lasting(default: str) -> Callable[[Command], Command]:
    """The option ``--for`` of an order that goes on standing."""
    return click.option(
        "--for",
        "lasts",
        type=LASTING,
        default=default,
        show_default=True,
        help=f"For how long, such as 90m or 2h; {EVER} until it is ended.",
    )


_services = click.argument("names", nargs=-1, required=True, metavar="SERVICE...", shell_complete=proposed_services)
_services_or_all = click.argument("names", nargs=-1, metavar="[SERVICE]...", shell_complete=proposed_services)
_all_option = click.option("--all", "of_all", is_flag=True, help="Everything that skep scales, now and later.")


@click.command(epilog=f"{_EXIT_CODES}  skep hold web\n  skep hold web api --for {EVER} --reason 'the fair'\n")
@_services
@_lasting("30m")
@signed
@json_option
@pass_desk
def hold(
    desk: Desk, *, names: tuple[str, ...], lasts: timedelta | None, reason: str, actor: str, as_json: bool
) -> None:
    """Keep services at the count they have.

    More exactly at the goal that skep has for them now, which it may be about to reach; the answer says the count.
    Metrics, bounds and schedules have no say until the hold ends or is released. Another count: skep scale.
    """
    _give_each(desk, names, _Wish(kind=OrderKind.HOLD, reason=reason, actor=actor, lasts=lasts), as_json=as_json)


@click.command(epilog=f"{_EXIT_CODES}  skep release web\n")
@_services
@signed
@json_option
@pass_desk
def release(desk: Desk, *, names: tuple[str, ...], reason: str, actor: str, as_json: bool) -> None:
    """End the hold of services.

    Their metrics have a say again from the next evaluation on.
    """
    _give_each(desk, names, _Wish(kind=OrderKind.RELEASE, reason=reason, actor=actor), as_json=as_json)


@click.command(epilog=f"{_EXIT_CODES}  skep pause web --for 2h\n  skep pause --all --reason 'network maintenance'\n")
@_services_or_all
@_all_option
@_lasting(EVER)
@signed
@json_option
@pass_desk
def pause(
    desk: Desk,
    *,
    names: tuple[str, ...],
    of_all: bool,
    lasts: timedelta | None,
    reason: str,
    actor: str,
    as_json: bool,
) -> None:
    """Keep skep's hands off services.

    skep goes on deciding and recording what it would do, and does nothing. People may scale as before.
    """
    wish = _Wish(kind=OrderKind.PAUSE, reason=reason, actor=actor, lasts=lasts)
    _give_each_or_all(desk, names, wish, of_all=of_all, as_json=as_json)


@click.command(epilog=f"{_EXIT_CODES}  skep resume web\n  skep resume --all\n")
@_services_or_all
@_all_option
@signed
@json_option
@pass_desk
def resume(desk: Desk, *, names: tuple[str, ...], of_all: bool, reason: str, actor: str, as_json: bool) -> None:
    """End a pause.

    A pause of everything is ended by --all alone, and --all leaves the pauses of single services in force.
    """
    wish = _Wish(kind=OrderKind.RESUME, reason=reason, actor=actor)
    _give_each_or_all(desk, names, wish, of_all=of_all, as_json=as_json)


def _give_each_or_all(desk: Desk, names: Sequence[str], wish: _Wish, *, of_all: bool, as_json: bool) -> None:
    if of_all == bool(names):
        raise click.UsageError(
            f"Give services or --all, and not both: skep {wish.kind} web api, or skep {wish.kind} --all"
        )
    if not of_all:
        _give_each(desk, names, wish, as_json=as_json)
        return
    task_id = new_task_id(wish.kind, _ALL, desk.now())
    _give(desk, [_order(wish, service_id=ALL_SERVICES, service_name=_ALL, task_id=task_id)], as_json=as_json)


def _give_each(desk: Desk, names: Sequence[str], wish: _Wish, *, as_json: bool) -> None:
    services = find_each(desk.questions, names, example=f"skep {wish.kind} web api")
    now = desk.now()
    orders = [
        _order(wish, service_id=s.id, service_name=s.name, task_id=new_task_id(wish.kind, s.name, now))
        for s in services
    ]
    _give(desk, orders, as_json=as_json)


def _order(wish: _Wish, *, service_id: str, service_name: str, task_id: str) -> StandingOrder:
    return StandingOrder(
        kind=wish.kind,
        service_id=service_id,
        service_name=service_name,
        reason=wish.reason,
        actor=wish.actor,
        lasts=wish.lasts,
        task_id=task_id,
    )


def _give(desk: Desk, orders: Sequence[StandingOrder], *, as_json: bool) -> None:
    """Send the orders, pass on what workers say, and end as they did."""
    say = partial(click.echo, err=as_json)
    send(desk, orders, say)
    outcomes = await_verdicts(desk, orders, Deadline(desk.timer, VERDICT_PATIENCE), say)
    deliveries = [_delivery(order, outcome) for order, outcome in zip(orders, outcomes, strict=True)]
    if as_json:
        show_json({"orders": deliveries})
    raise click.exceptions.Exit(exit_code(deliveries))


def _delivery(order: StandingOrder, outcome: Outcome) -> Delivery:
    return Delivery(
        order=order.kind,
        service=EVERYTHING if order.service_id == ALL_SERVICES else order.service_name,
        service_id=order.service_id,
        task_id=order.task_id,
        verdict=outcome.verdict,
        sentence=outcome.sentence,
    )

"""Who gives an order, and why: the options that all orders share."""

import getpass
import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import click

from skep.core.action import AUTOSCALER, OUTSIDE
from skep.core.call import comes_by_webhook
from skep.report.words import one_line

__all__ = ["signed", "signer", "user_at_host"]

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST_REASON = 200
_LONGEST_ACTOR = 120


def signed(command: Command) -> Command:
    """Give a command the options ``--reason`` and ``--as``, which it takes as ``reason`` and ``actor``."""
    reason = click.option(
        "--reason",
        default="by hand",
        show_default=True,
        callback=_reason,
        help="Why; shown in history, status and Flower.",
    )
    return reason(signer(command))


def signer(command: Command) -> Command:
    """Give a command the option ``--as`` alone, which it takes as ``actor``."""
    # Inside a container, where the command line often runs, user and host say nothing about the person.
    return click.option(
        "--as",
        "actor",
        metavar="NAME",
        envvar="SKEP_ACTOR",
        callback=_actor,
        help="Who orders it.  [default: $SKEP_ACTOR, else user@host]",
    )(command)


def _reason(_context: click.Context, _option: click.Parameter, given: str) -> str:
    reason = one_line(given)
    if not reason or len(reason) > _LONGEST_REASON:
        raise click.UsageError(f"--reason needs 1 to {_LONGEST_REASON} characters, for example --reason 'load test'")
    return reason


def _actor(_context: click.Context, _option: click.Parameter, given: str | None) -> str:
    actor = one_line(user_at_host() if given is None else given)
    if not actor or len(actor) > _LONGEST_ACTOR:
        raise click.UsageError(f"--as needs 1 to {_LONGEST_ACTOR} characters, for example --as ada")
    if actor.casefold() in _TAKEN:
        raise click.UsageError(f"--as {actor} is {_TAKEN[actor.casefold()]}; give your own name, for example --as ada")
    if comes_by_webhook(actor.casefold()):
        raise click.UsageError(f"--as {actor} is the name of a program that calls; give your own, for example --as ada")
    return actor


_TAKEN = {
    AUTOSCALER: "the name of the autoscaler itself",
    OUTSIDE: "what skep calls whoever changes a service without asking it",
}


def user_at_host() -> str:
    """Whoever types, as the history names them: ``ada@desk``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"

"""``skep explain``: why a service has the replicas it has, or had; why a node stays."""

from datetime import datetime

import click

from cli.completion import proposed_nodes, proposed_services
from cli.desk import Desk, Questions, pass_desk
from cli.endings import Failed
from cli.notation import json_option, past_instant
from cli.screen import screen, show, show_json
from cli.services import find
from skep.operations.explain import Account
from skep.report.explanation import explain as explained
from skep.report.node_explanation import explain_node
from skep.report.past_explanation import explain_past
from skep.report.words import instant

__all__ = ["explain"]

#: Sentences in longer lines are hard to read, however wide the screen.
_LONGEST_LINE = 100

_EXAMPLES = """\
\b
Examples:
  skep explain web
  skep explain web --at 14:03
  skep explain shop_web --json
  skep explain node worker-3
"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", metavar="SERVICE | node NODE", shell_complete=proposed_services)
@click.argument("node", metavar="", required=False, shell_complete=proposed_nodes)
@click.option("--at", "then", metavar="TIME", help="As it was then: 14:03, 2026-11-23T14:03, or 2h for two hours ago.")
@json_option
@pass_desk
def explain(desk: Desk, name: str, node: str | None, then: str | None, as_json: bool) -> None:
    """Tell why a service has the replicas it has, or why a node stays.

    What others did to it, what holds for it and where that comes from, what was measured, the arithmetic of each
    metric, every guard that changed the outcome, what is done, and when the next change is possible. With --at the
    journal tells it of an instant of the past; it keeps how every service stands each five minutes.
    """
    if node is not None:
        if name != "node" or then is not None:
            raise click.UsageError("Expected one service, or: skep explain node NODE (without --at).")
        _explain_node(desk, node, as_json=as_json)
        return
    now = desk.now()
    at = None if then is None else past_instant(then, now, desk.zone)
    account = _account(desk.questions, name, at)
    if as_json:
        show_json(account)
        return
    console = screen()
    show(console, _text(account, now, width=min(console.width, _LONGEST_LINE)))


def _explain_node(desk: Desk, name: str, *, as_json: bool) -> None:
    account = desk.questions.explain_node(name)
    if account is None:
        raise Failed(f"There is no node {name}; skep nodes lists them.")
    if as_json:
        show_json(account)
        return
    console = screen()
    text = explain_node(
        account.node,
        drain=account.drain,
        verdict=account.verdict,
        at=account.at,
        halt=account.halt,
        pool=account.pool,
        idle_since=account.idle_since,
        entries=account.entries,
        now=desk.now(),
        width=min(console.width, _LONGEST_LINE),
    )
    show(console, text)


def _account(questions: Questions, name: str, at: datetime | None) -> Account:
    """All that explains the service of that name; in one question where it is given in full."""
    account = questions.explain(name, at=at)
    if account is None:
        (service,) = find(questions, [name])
        account = questions.explain(service.id, at=at)
    if account is None:
        raise Failed(f"{name} was removed while skep looked.")
    return account


def _text(account: Account, now: datetime, *, width: int) -> str:
    entry = account.entry
    if account.at is None and account.service is not None:
        return explained(account.service, now, settings=account.settings, asked=account.asked, width=width)
    if account.at is None or entry is None or entry.decision is None:
        when = "" if account.at is None else f" at {instant(account.at, now)} or before"
        raise Failed(
            f"The journal has no decision about {account.name}{when}; skep history tells how far back it goes."
        )
    return explain_past(entry, entry.decision, since=account.since, at=account.at, now=now, width=width)

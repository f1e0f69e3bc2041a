"""``skep tasks``: what is queued or running at the workers, and cancelling what has not begun."""

import click

from cli.desk import Cancellation, Desk, pass_desk
from cli.endings import ExitCode
from cli.notation import json_option
from cli.screen import screen, show, show_json
from cli.signature import signer
from skep.report.task_table import task_table
from skep.report.words import one_line

__all__ = ["tasks"]

_EPILOG = """\
\b
Exit codes:
  0  shown, or cancelled
  1  not cancelled: it is running, has ended, or never was
  2  typed wrongly

\b
Examples:
  skep tasks
  skep tasks cancel scale.web.20261123T140215Z-3fa2c1
"""

_SENTENCES = {
    Cancellation.DONE: "{id} is cancelled: nobody will carry it out",
    Cancellation.RUNNING: "{id} is running and cannot be cancelled: it ends within seconds. Order the opposite instead",
    Cancellation.UNKNOWN: "{id} is neither queued nor running: it has ended, or never was (skep history tells)",
}


@click.group(epilog=_EPILOG, invoke_without_command=True)
@json_option
@pass_desk
@click.pass_context
def tasks(context: click.Context, desk: Desk, *, as_json: bool) -> None:
    """Show what is queued or running, and cancel what has not begun.

    Tasks are Celery's: evaluations, orders, questions. FOR is how long one has been running. Beside or below it stand
    who ordered it and why, which worker has it, or after which time nobody takes it any more: orders of people are void
    100 seconds after they were given. No task runs for longer than half a minute.
    """
    if context.invoked_subcommand is not None:
        return
    found = desk.workforce.tasks()
    if as_json:
        show_json({"tasks": found})
        return
    console = screen()
    show(console, task_table(found, now=desk.now(), width=console.width))


@tasks.command()
@click.argument("task_id", metavar="ID")
@signer
@json_option
@pass_desk
@click.pass_context
def cancel(context: click.Context, desk: Desk, *, task_id: str, actor: str, as_json: bool) -> None:
    """Cancel a task that nobody has begun.

    It is taken out of its queue, and whoever waits for it is told. A running one is left to end: what it does is whole.
    """
    outcome = desk.workforce.cancel(task_id, actor=actor)
    sentence = _SENTENCES[outcome].format(id=one_line(task_id))
    is_done = outcome is Cancellation.DONE
    if as_json or (context.parent is not None and context.parent.params["as_json"]):
        show_json({"task_id": task_id, "outcome": outcome, "sentence": sentence})
    else:
        click.echo(sentence, err=not is_done)
    raise click.exceptions.Exit(ExitCode.DONE if is_done else ExitCode.REFUSED)

"""``skep notify``: try whether messages reach people."""

import click

from cli.desk import Desk, pass_desk
from cli.endings import ExitCode, Failed
from cli.notation import json_option
from cli.screen import show_json
from cli.signature import user_at_host

__all__ = ["notify"]

_EPILOG = """\
\b
Exit codes:
  0  every channel took the message
  1  one did not, or there is none, or nobody could be asked
  2  typed wrongly

\b
Examples:
  skep notify
"""


@click.command(epilog=_EPILOG)
@json_option
@pass_desk
def notify(desk: Desk, *, as_json: bool) -> None:
    """Try whether messages reach people.

    A worker sends a test by every channel that the settings give (SKEP_NOTIFY_...), and says what became of it. What
    skep tells by itself, and when, stands in docs/notifications.md.
    """
    troubles = desk.questions.try_channels(actor=user_at_host())
    if as_json:
        show_json({"channels": [{"channel": name, "trouble": trouble} for name, trouble in troubles.items()]})
    elif not troubles:
        raise Failed(
            "There is no channel: nobody is told anything. Give the observers SKEP_NOTIFY_SLACK_URL_FILE, "
            "SKEP_NOTIFY_WEBHOOK_URL_FILE, or SKEP_NOTIFY_MAIL_SERVER with SKEP_NOTIFY_MAIL_TO."
        )
    else:
        for name, trouble in troubles.items():
            click.echo(f"{name}: {'sent' if trouble is None else trouble}", err=trouble is not None)
    failed = not troubles or any(troubles.values())
    raise click.exceptions.Exit(ExitCode.REFUSED if failed else ExitCode.DONE)

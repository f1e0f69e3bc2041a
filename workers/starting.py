"""Starts a process with that part of Celery's command line which it needs.

``celery -A workers.app worker`` comes to the same. But it has all of Celery's commands in memory for as long as the
worker lives, with Flower and a prompt to type at: a fifth of what a worker holds (measured: 12 MiB).
"""

import click
from celery import Celery
from celery.bin.base import CLIContext

__all__ = ["start"]


def start(command: click.Command, app: Celery) -> None:
    """Run one of Celery's commands with the arguments of this process; returns when the process is to end.

    Args:
        command: ``celery worker`` or ``celery beat``.
        app: whose.
    """
    name = str(command.name)
    # As for `celery`, which takes options from variables like CELERY_WORKER_HOSTNAME, too.
    variables = f"CELERY_{name.upper()}"
    command.main(prog_name=name, obj=CLIContext(app=app, no_color=False, workdir=None), auto_envvar_prefix=variables)

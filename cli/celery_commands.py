"""``celery -A workers.app scale web=5``: the same command, for those who are at Celery's own prompt."""

import importlib
from typing import Any

import click

from cli.main import COMMANDS

__all__ = ["scale"]


class _Later(click.Command):
    """A command of skep that is imported when it is used: every worker's start loads what is registered with Celery."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's own signature
    ) -> click.Context:
        """The context of the command itself, which is run from here on."""
        command: click.Command = getattr(importlib.import_module(f"cli.{self.name}"), str(self.name))
        return command.make_context(info_name, args, parent=parent, **extra)


scale = _Later("scale", help=COMMANDS["scale"])

"""The console command ``skep``: which commands there are, and what happens when one fails."""

import importlib
from typing import Any

import click

from skep.errors import SkepError

__all__ = ["main", "skep"]

#: Each command with what `skep --help` says of it. A module is imported when its command is used, so that help,
#: completion and mistakes in typing do not wait for libraries.
COMMANDS = {
    "scale": "Set the replicas of services by hand.",
    "status": "Show how services stand.",
    "explain": "Tell why a service has the replicas it has.",
    "history": "Show what was scaled, by whom and why.",
    "lab": "Build a real Swarm on this machine to practise on.",
}


class Commands(click.Group):
    """Commands that are imported at first use, and whose troubles end in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which people meet them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(f"cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; what it does not catch ends in one sentence, and in a traceback with ``--debug``."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SkepError as error:
            raise _unless_debug(ctx, error, str(error)) from error
        except Exception as error:
            sentence = f"{type(error).__name__}: {error} (skep --debug shows where)"
            raise _unless_debug(ctx, error, sentence) from error


def _unless_debug(ctx: click.Context, error: Exception, sentence: str) -> Exception:
    return error if ctx.params.get("is_debug") else click.ClickException(sentence)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="skep", message="skep %(version)s")
@click.option("--debug", "is_debug", is_flag=True, help="Show where an error came from.")
def skep(is_debug: bool) -> None:
    """Scale the services of a Docker Swarm, and see why they were scaled.

    Commands speak to skep's workers through their broker and need nothing but its address:

    \b
        export SKEP_BROKER_URL=redis://:PASSWORD@HOST:6379/0

    All take --json, which writes one JSON document to standard output.
    """
    del is_debug


def main() -> None:
    """Run the console command."""
    skep(prog_name="skep")

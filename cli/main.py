"""The console command ``skep``: which commands there are, and what happens when one fails."""

import importlib
import traceback
from typing import Any

import click
from click.shell_completion import CompletionItem

from cli.endings import Failed
from skep.errors import SkepError
from workers.collector import calm_collector

__all__ = ["main", "skep"]

#: Each command with what `skep --help` says of it. Its module is imported when it is used, so that neither help nor
#: a mistake in typing waits for libraries.
COMMANDS = {
    "scale": "Set the replicas of services by hand.",
    "hold": "Keep services at the count they have.",
    "release": "End the hold of services.",
    "pause": "Keep skep's hands off services.",
    "resume": "End a pause.",
    "drain": "Empty a node without dropping what it serves.",
    "undrain": "Make a node active again.",
    "rebalance": "Move replicas onto the nodes of a pool that have room.",
    "status": "Show how services stand.",
    "top": "Show services, nodes and what is in flight, live.",
    "doctor": "Look at everything that skep stands on.",
    "nodes": "Show how nodes stand.",
    "explain": "Tell why a service has the replicas it has, or why a node stays.",
    "history": "Show what was scaled, by whom and why.",
    "plot": "Draw load, target, replicas and changes of a service over time.",
    "tasks": "Show what is queued or running, and cancel what has not begun.",
    "render": "Write the replicas of now into a Compose file.",
    "lint": "Find mistakes in labels and policy files.",
    "migrate": "Translate the labels of another autoscaler.",
    "notify": "Try whether messages reach people.",
    "dashboards": "Load, dump and compare the boards that show a Swarm.",
    "haproxy": "Write a configuration of HAProxy for SERVICES.",
    "simulate": "Try a policy on a recorded load.",
    "tune": "Propose bounds, price and target from history.",
    "completion": "Print the script that completes commands, options and names behind Tab.",
    "lab": "Build a Swarm on this machine to practise on.",
}

#: Where the commands are that share a module; all others have one of their own name.
_MODULES = dict.fromkeys(("hold", "release", "pause", "resume"), "standing_orders")
_MODULES["undrain"] = "drain"

_EXAMPLES = """\
\b
Examples:
  export SKEP_BROKER_URL=redis://:PASSWORD@HOST:6379/0
  skep status
  skep explain web
  skep scale web=5 --wait
"""


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
        module = importlib.import_module(f"cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What may stand here, without importing the commands."""
        if incomplete.startswith("-"):
            return super(click.Group, self).shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=about) for name, about in COMMANDS.items() if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; trouble ends in one sentence, after a traceback with ``--debug``."""
        try:
            return super().invoke(ctx)
        except (click.UsageError, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params["is_debug"]:
                traceback.print_exc()
            if isinstance(error, click.ClickException):
                raise
            raise Failed(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    """Expected trouble speaks for itself; anything else is a mistake in skep and says how to look into it."""
    return str(error) if isinstance(error, SkepError) else f"{type(error).__name__}: {error} (skep --debug shows where)"


@click.group(
    cls=Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="skep", message="skep %(version)s")
@click.option("--debug", "is_debug", is_flag=True, help="Show where an error came from.")
def skep(is_debug: bool) -> None:
    """Scale the services of a Docker Swarm, and see why they were scaled.

    Commands speak to skep's workers through their broker and need nothing but its address. All take --json, which
    writes one JSON document to standard output; messages then go to standard error.
    """
    del is_debug


def main() -> None:
    """Run the console command.

    What is imported makes very many objects and drops none of them: looking for garbage among them was a fifth of the
    time that a question took to begin (measured).
    """
    calm_collector()
    skep(prog_name="skep")

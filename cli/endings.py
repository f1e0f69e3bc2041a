"""How a command can end, besides well (0) and with a usage error (2)."""

import shutil
import sys
from enum import IntEnum
from textwrap import fill
from typing import IO, Any

import click

__all__ = ["ExitCode", "Failed"]


class ExitCode(IntEnum):
    """What scripts may rely on."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    TIMED_OUT = 3


class Failed(click.ClickException):
    """The command could not be carried out; the sentence says what is wrong and what to do."""

    exit_code = ExitCode.REFUSED

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it: in lines that fit on a terminal, and in one line where programs read it."""
        out = sys.stderr if file is None else file
        told = f"Error: {self.format_message()}"
        if out.isatty():
            width = shutil.get_terminal_size().columns
            # Paragraph by paragraph; an address or a command is never broken, so that it can be copied.
            told = "\n".join(
                fill(line, width, break_long_words=False, break_on_hyphens=False) for line in told.splitlines()
            )
        click.echo(told, file=out)

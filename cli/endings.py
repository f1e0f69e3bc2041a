"""How a command can end, besides well (0) and with a usage error (2)."""

from enum import IntEnum

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

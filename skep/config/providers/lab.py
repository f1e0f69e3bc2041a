"""Options of the provider ``lab``: engines of the lab on this machine, by the program that the lab brings for it."""

import sys
from datetime import timedelta
from pathlib import Path

from skep.config.providers.command import CommandOptions
from skep.config.providers.sheet import OptionProblems, Options, OptionSheet
from skep.config.providers.texts import word_reader
from skep.config.units import read_count

__all__ = ["read_lab_options"]

_PROGRAM = "lab.real.provider"
# `lab` stands beside `skep`, and is found there also where neither is installed.
_FOLDER = Path(__file__).parents[3]
# Engines are started one after the other, each in about two seconds.
_TIMEOUT = timedelta(seconds=25)
_MAXIMUM = 5
# As large as the lab's own net.
_MOST_MACHINES = 200

_read_name = word_reader("[a-z0-9][a-z0-9-]{0,30}", expected="the name of a lab", example="skep")


def read_lab_options(place: str, options: Options) -> CommandOptions | OptionProblems:
    """Read the options of a pool, or everything that is wrong with them.

    Args:
        place: whose options they are, as ``pool web, provider lab``.
        options: as they stand in the policy file.
    """
    sheet = OptionSheet(place, options)
    name = sheet.text("name", _read_name, example="skep", default="skep")
    maximum = sheet.text("maximum", _read_maximum, example="5", default=_MAXIMUM)
    problems = sheet.problems()
    if problems:
        return OptionProblems(problems=problems)
    return CommandOptions(
        argv=(sys.executable, "-m", _PROGRAM, "--lab", name, "--maximum", str(maximum)),
        timeout=_TIMEOUT,
        folder=str(_FOLDER),
    )


def _read_maximum(text: str) -> int:
    return read_count(text, least=1, most=_MOST_MACHINES)

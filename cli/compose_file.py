"""A Compose file on this machine, or from standard input."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from cli.endings import Failed
from skep.config.compose import ComposeFile, read_compose

__all__ = ["ComposeText", "compose_file_argument", "read_compose_file", "read_compose_text", "read_file"]

_STANDARD_INPUT = "-"

compose_file_argument = click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeText:
    """The text of a Compose file, exactly as it is.

    Attributes:
        name: of the file, for people.
    """

    name: str
    text: str

    def read(self) -> ComposeFile:
        """What it says, with the variables of the environment, as ``docker stack deploy`` would see it."""
        return read_compose(self.text.removeprefix("\ufeff"), path=self.name, variables=os.environ)


def read_compose_text(path: str) -> ComposeText:
    """Read the text of the file.

    Args:
        path: of the file, or ``-`` for standard input.

    Raises:
        Failed: it cannot be read, or is no text.
    """
    name, content = read_file(path)
    try:
        return ComposeText(name=name, text=content.decode())
    except UnicodeDecodeError as error:
        raise Failed(f"{name} is no text in UTF-8: byte {error.start + 1} cannot be read.") from error


def read_compose_file(path: str) -> ComposeFile:
    """What the file says.

    Args:
        path: of the file, or ``-`` for standard input.

    Raises:
        Failed: it cannot be read, or is no text.
    """
    return read_compose_text(path).read()


def read_file(path: str) -> tuple[str, bytes]:
    """The name of a file, for people, and what is in it.

    Args:
        path: of the file, or ``-`` for standard input.

    Raises:
        Failed: it cannot be read.
    """
    name = "standard input" if path == _STANDARD_INPUT else path
    try:
        return name, sys.stdin.buffer.read() if path == _STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise Failed(f"{name} cannot be read: {error.strerror}.") from error

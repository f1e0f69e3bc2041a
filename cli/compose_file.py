"""A Compose file on this machine, or from standard input."""

import os
import sys
from pathlib import Path

import click

from cli.endings import Failed
from skep.config.compose import ComposeFile, read_compose

__all__ = ["compose_file_argument", "read_compose_file"]

_STANDARD_INPUT = "-"

compose_file_argument = click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
)


def read_compose_file(path: str) -> ComposeFile:
    """Read the file, with the variables of the environment, as ``docker stack deploy`` would see it.

    Args:
        path: of the file, or ``-`` for standard input.

    Raises:
        Failed: it cannot be read, or is no text.
    """
    name = "standard input" if path == _STANDARD_INPUT else path
    try:
        content = sys.stdin.buffer.read() if path == _STANDARD_INPUT else Path(path).read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failed(f"{name} is no text in UTF-8: byte {error.start + 1} cannot be read.") from error
    except OSError as error:
        raise Failed(f"{name} cannot be read: {error.strerror}.") from error
    return read_compose(text, path=name, variables=os.environ)

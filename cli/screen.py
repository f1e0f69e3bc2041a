"""Standard output: tables for people, one JSON document for programs."""

import os

import click
import msgspec
from rich.console import Console
from rich.text import Text

__all__ = ["can_redraw", "screen", "show", "show_json", "show_json_line"]

#: Programs that read our lines are not helped by lines broken at the width of a screen nobody looks at.
_WIDTH_WITHOUT_SCREEN = 160


def screen() -> Console:
    """The terminal, in its width; wide where output goes elsewhere. NO_COLOR and COLUMNS are honoured."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDTH_WITHOUT_SCREEN
    return console


def can_redraw(console: Console) -> bool:
    """Whether what was shown can be shown anew in its place: on a terminal alone, whatever is forced upon colours."""
    return console.file.isatty() and not console.is_dumb_terminal


def show(console: Console, text: Text | str) -> None:
    """Print a text that is laid out already: as it is, without markup."""
    console.print(text, markup=False, soft_wrap=True)


def show_json(value: object) -> None:
    """Print values as one JSON document."""
    click.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str)).decode())


def show_json_line(value: object) -> None:
    """Print values as one line of JSON, for programs that read one line after the other."""
    click.echo(msgspec.json.encode(value, enc_hook=str).decode())

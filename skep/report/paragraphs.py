"""Lines of text set in paragraphs."""

from collections.abc import Iterable
from textwrap import fill

from skep.report.words import one_line

__all__ = ["set_story"]


def set_story(paragraphs: Iterable[Iterable[str]], width: int) -> str:
    """Paragraphs separated by blank lines, without a newline at the end.

    Args:
        paragraphs: of lines, each wrapped by itself; what is indented stays so, and its further lines a little more.
        width: characters per line.
    """
    return "\n\n".join("\n".join(_wrapped(line, width) for line in paragraph) for paragraph in paragraphs)


def _wrapped(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip(" ")))
    further = indent + ("  " if indent else "")
    # Names of labels and commands have hyphens, and are copied.
    return fill(one_line(line), width, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False)

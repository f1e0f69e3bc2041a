"""What to write in place of another autoscaler's labels: YAML to paste, with everything else in comments."""

import json
import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from skep.config.migration import Migration

__all__ = ["migration_text"]

_LABEL_INDENT = " " * 8
_SERVICE_INDENT = " " * 2
_LEAST_WIDTH = 40


def migration_text(migrations: Sequence[Migration], *, width: int) -> str:
    """A Compose file with nothing but the labels of the services, indented so that they can be pasted.

    What cannot be carried over stands in comments below the labels; what is wrong is marked ``PROBLEM``.

    Args:
        migrations: in this order.
        width: characters per line, for comments; labels are never broken.
    """
    lines = ["services:"]
    for migration in migrations:
        lines += _service_lines(migration, max(width, _LEAST_WIDTH))
    return "\n".join(lines)


def _service_lines(migration: Migration, width: int) -> Iterator[str]:
    """The labels of a service, or its name in a comment where there are none to write."""
    beginning = "" if migration.native else "# "
    yield f"{_SERVICE_INDENT}{beginning}{_key(migration.service)}:  # {migration.dialect or 'undecided'}"
    if migration.native:
        yield "    deploy:"
        yield "      labels:"
    for label, text in migration.native:
        yield f"{_LABEL_INDENT}{_key(label)}: {_quoted(text)}"
    indent = _LABEL_INDENT if migration.native else _SERVICE_INDENT
    for note in migration.notes:
        yield from _comment(note.sentence, indent, width)
    for problem in migration.problems:
        yield from _comment(f"PROBLEM {problem.sentence}", indent, width)


def _comment(sentence: str, indent: str, width: int) -> Iterator[str]:
    yield from wrap(
        sentence,
        width=width,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _quoted(text: str) -> str:
    """A text in double quotes, which YAML reads as JSON does, with the dollars that a Compose file wants doubled."""
    return json.dumps(text, ensure_ascii=False).replace("$", "$$")


def _key(text: str) -> str:
    return text if _PLAIN_KEY.fullmatch(text) and text.lower() not in _NO_TEXT else json.dumps(text)


_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: What YAML takes for something else than a text.
_NO_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

"""Every sentence, or part of one, that skep can say to people, found in the source: what it says is documented."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["BLANK", "ROOMS", "phrases", "spoken"]

#: What stands in the place of a name, a number or another sentence.
BLANK = "…"

#: Where sentences about services, orders and nodes are made.
ROOMS = (
    "skep/core/action.py",
    "skep/core/decision.py",
    "skep/core/demand.py",
    "skep/core/orders.py",
    "skep/core/outside.py",
    "skep/core/plan.py",
    "skep/core/record.py",
    "skep/core/capacity",
    "skep/core/guards",
    "skep/core/metrics",
    "skep/core/notices",
    "skep/core/saga",
    "skep/core/strategies",
    "skep/operations",
)

_TWO_WORDS = re.compile(r"[^\W\d_]{2,}[^\S\n]+\S*[^\W\d_]{2,}")


def spoken(path: Path) -> Iterator[str]:
    """The phrases of two words and more in one file: what a person reads as a sentence, or as part of one."""
    return (phrase for phrase in phrases(path) if _TWO_WORDS.search(phrase))


def phrases(path: Path) -> Iterator[str]:
    """Every text in one file, on one line, with :data:`BLANK` for what is filled in.

    Docstrings are for readers of the source, and what is raised says either what is wrong outside, in words of its own,
    or that skep has a mistake.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node) for node in _silent(tree)}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = None if id(node) in silent or id(node) in inner else _text(node)
        if text is not None:
            yield " ".join(text.split())


def _silent(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or isinstance(node, ast.Raise):
            yield from ast.walk(node)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else BLANK for part in node.values)
    return None

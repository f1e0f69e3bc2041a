"""Names as a pattern between slashes, in which nothing that a user wrote is anything but text.

Patterns are RE2's (1.x, 2.x) and those of Rust's regex crate (3 Core), which agree on all that is used here.
"""

import re
from collections.abc import Collection, Sequence
from itertools import groupby
from os.path import commonprefix

__all__ = ["pattern_of"]


def pattern_of(names: Collection[str]) -> str:
    """Alternatives that match exactly ``names``, for use between slashes.

    Whatever is not a letter, a digit, an underscore or a hyphen is written as its code point, so that neither the
    pattern nor the literal around it can be left. Names that no stored text can equal are left out.

    Many names share what they begin with: that is shorter, and a store that tries one alternative after the other has
    few to try at each character.
    """
    possible = [name for name in names if not _SURROGATE.search(name)]
    if len(possible) <= _MOST_APART:
        return "|".join(map(_literal, possible))
    return _shared(sorted(set(possible)), 0, _DEEPEST)


def _shared(names: Sequence[str], start: int, depth: int) -> str:
    """Alternatives for what follows after ``start``, up to where all of these names agree; they are sorted."""
    alternatives: list[str] = []
    for _, several in groupby(names, key=lambda name: name[start : start + 1]):
        alike = list(several)
        # Between the first and the last of sorted names there is none that has less in common with them.
        end = start + len(commonprefix([alike[0][start:], alike[-1][start:]]))  # noqa: RUF071 - these are no paths
        if len(alike) == 1 or depth == 0:
            alternatives += (_literal(name[start:]) for name in alike)
        else:
            alternatives.append(f"{_literal(alike[0][start:end])}(?:{_shared(alike, end, depth - 1)})")
    return "|".join(alternatives)


def _literal(text: str) -> str:
    return _NOT_PLAIN.sub(lambda match: f"\\x{{{ord(match[0]):x}}}", text)


_MOST_APART = 50
#: Stores limit how deep parentheses may be within each other: Go's at a thousand.
_DEEPEST = 100


_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

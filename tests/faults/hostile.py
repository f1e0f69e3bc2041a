"""Values that nobody expects, and documents in which some of them stand in the place of good ones."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

__all__ = ["HOSTILE", "HOSTILE_VALUES", "broken", "changed", "paths"]

_LONG = "x" * 10_000

#: One by one.
HOSTILE_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, -(2**63), 2**63, 10**30, 10**400),
    *(0.5, -0.0, 1e308, -1e308, 1e-320),
    *("", " ", _LONG, "NaN", "+Inf", "1e308", "-5", "\x00", "\u202e", "\ud83d\ude80", "'; DROP DATABASE telegraf"),
    *("9999-12-31T23:59:59.999999999-14:00", "0001-01-01T00:00:00+14:00", "2026-11-28T04:07:37", "running"),
    *([], {}, [None], [[]], {"": None}, [[[[{}]]]]),
)

HOSTILE: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(HOSTILE_VALUES),
    st.text(max_size=20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)

#: Names and places on the way to a part.
Path = tuple[Any, ...]


def broken(document: Any) -> st.SearchStrategy[Any]:
    """The document with up to three of its parts replaced, deep ones and whole branches."""
    changes = st.lists(st.tuples(st.sampled_from(list(paths(document))), HOSTILE), min_size=1, max_size=3)
    return changes.map(lambda chosen: changed(document, chosen))


def paths(part: Any, here: Path = ()) -> Iterator[Path]:
    """The ways to all parts of a document, each before those within it."""
    if here:
        yield here
    children = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, child in children:
        yield from paths(child, (*here, name))


def changed(document: Any, changes: list[tuple[Path, Any]]) -> Any:
    """A copy with other values at those places, as far as they are still there."""
    changed = copy.deepcopy(document)
    for path, value in changes:
        *way, last = path
        part: Any = changed
        for step in way:
            try:
                part = part[step]
            except (KeyError, IndexError, TypeError):
                break
        if isinstance(part, dict) or (isinstance(part, list) and isinstance(last, int) and last < len(part)):
            part[last] = copy.deepcopy(value)
    return changed

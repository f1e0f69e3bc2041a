"""JSON that stays JSON while its parts change: bytes changed at random seldom come past the first bracket."""

import json
import random
from collections.abc import Callable
from typing import Any

from tests.faults.hostile import HOSTILE_VALUES, changed, paths

__all__ = ["mutated"]

_Change = Callable[[Any, random.Random], Any]


def mutated(data: bytes, chance: random.Random) -> bytes | None:
    """The document with one to three of its parts replaced, moved, or left out.

    Args:
        data: what may be JSON.
        chance: decides; the same chance on the same data gives the same.

    Returns:
        JSON, or ``None`` where there is no document or nothing in it.
    """
    try:
        document = json.loads(data)
        for _ in range(chance.randrange(1, 4)):
            document = chance.choice(_CHANGES)(document, chance)
        # What is no Unicode stays escaped, as others may send it.
        return json.dumps(document).encode()
    except (ValueError, RecursionError, IndexError):
        return None


def _replaced(document: Any, chance: random.Random) -> Any:
    return changed(document, [(_place(document, chance), chance.choice(HOSTILE_VALUES))])


def _moved(document: Any, chance: random.Random) -> Any:
    """A part stands in the place of another."""
    way = _place(document, chance)
    part = document
    for step in way:
        part = part[step]
    return changed(document, [(_place(document, chance), part)])


def _without(document: Any, chance: random.Random) -> Any:
    *way, last = _place(document, chance)
    copied = changed(document, [])
    part = copied
    for step in way:
        part = part[step]
    del part[last]
    return copied


def _again(document: Any, chance: random.Random) -> Any:
    """A list has one of its parts twice."""
    copied = changed(document, [])
    lists = [part for part in _parts(copied) if isinstance(part, list) and part]
    found = chance.choice(lists)
    found.append(chance.choice(found))
    return copied


def _near(document: Any, chance: random.Random) -> Any:
    """A number is a little more or less, or much."""
    places = [way for way, part in zip(paths(document), _parts(document)[1:], strict=True) if _is_number(part)]
    way = chance.choice(places)
    part = document
    for step in way:
        part = part[step]
    return changed(document, [(way, chance.choice((part + 1, part - 1, -part, part * 1000, part // 7)))])


_CHANGES: tuple[_Change, ...] = (_replaced, _moved, _without, _again, _near)


def _place(document: Any, chance: random.Random) -> tuple[Any, ...]:
    return chance.choice(list(paths(document)))


def _parts(part: Any) -> list[Any]:
    """In the order of their paths, the whole first."""
    children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [part, *(each for child in children for each in _parts(child))]


def _is_number(part: Any) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool)

"""Vectors: what another autoscaler answers to an input, read from folders of JSON files.

A file holds ``vectors``, each with its group, or ``cases``, whose group is the name of the file, and perhaps
``errors``, cases that are refused. A file without any of them, such as an index, holds none.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Json", "Unreadable", "Vector", "load"]

Json = Mapping[str, Any]


class Unreadable(Exception):
    """A folder or file that holds no vectors of a form known here; its text is for the person who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One input and what the other autoscaler makes of it.

    Attributes:
        family: the folder it was in, which is named for the other autoscaler.
        fits_swarm: false where it is about something that a Swarm does not have.
        note: what whoever wrote it down had to say about it.
    """

    family: str
    group: str
    id: str
    given: Json
    expected: Json
    fits_swarm: bool = True
    note: str = ""

    @property
    def name(self) -> str:
        """Group and id, which together are unique within a family."""
        return f"{self.group}: {self.id}"


def load(folder: Path) -> list[Vector]:
    """All vectors below a folder, file by file.

    Raises:
        Unreadable: there are none, or a file is not JSON.
    """
    vectors = [vector for path in sorted(folder.rglob("*.json")) for vector in _read(path)]
    if not vectors:
        raise Unreadable(f"{folder}: no vectors in it, expected a folder like tests/conformance/vectors")
    return vectors


def _read(path: Path) -> Iterator[Vector]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        yield from _vectors(path, held)
        yield from _cases(path, held, "cases", group=path.stem)
        yield from _cases(path, held, "errors", group=f"{path.stem}_errors")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(f"{path}: {type(error).__name__}: {error}") from error


def _vectors(path: Path, held: Json) -> Iterator[Vector]:
    for vector in held.get("vectors", ()):
        yield Vector(
            family=path.parent.name,
            group=vector["group"],
            id=vector["id"],
            given={**held.get("constants", {}), **vector["input"]},
            expected=vector["expected"],
            fits_swarm=vector.get("applies_to_swarm", True),
            note=vector.get("note", ""),
        )


def _cases(path: Path, held: Json, key: str, *, group: str) -> Iterator[Vector]:
    for case in held.get(key, ()):
        outcome = {name: case[name] for name in ("valid", "error", "expected_error") if name in case}
        yield Vector(
            family=path.parent.name,
            group=group,
            id=case["id"],
            given={name: value for name, value in case.items() if name not in {"id", "expected", *outcome}},
            expected=case.get("expected", outcome),
            note=case.get("why", case.get("note", "")),
        )

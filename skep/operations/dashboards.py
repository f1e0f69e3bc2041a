"""Dashboards: put them into the program that shows them, take them out, and tell what differs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from skep.ports import Dashboards

__all__ = ["Difference", "Loaded", "differences", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One board that is there now; new, or in place of what was there."""

    title: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How the board that is there differs from the one at hand.

    Attributes:
        is_missing: there is none of that title.
        lines: of a unified difference, from there to here.
    """

    title: str
    is_missing: bool
    lines: tuple[str, ...] = ()


def load(program: Dashboards, boards: Sequence[Mapping[str, Any]]) -> Iterable[Loaded]:
    """Load boards one by one; each is told of when it is there.

    Raises:
        Temporary, Permanent: the program is out of reach, or refuses one; those before it are there.
    """
    for board in boards:
        yield Loaded(title=_title(board), is_new=program.load(board))


def differences(program: Dashboards, boards: Iterable[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """Those boards that are not there as they are here.

    Raises:
        Temporary, Permanent: the program is out of reach, or refuses.
    """
    found = (_difference(program, board) for board in boards)
    return tuple(difference for difference in found if difference is not None)


def _difference(program: Dashboards, board: Mapping[str, Any]) -> Difference | None:
    title = _title(board)
    there = program.dump(title)
    if there is None:
        return Difference(title=title, is_missing=True)
    lines = tuple(unified_diff(_lines(there), _lines(program.bare(board)), "there", "here", lineterm="", n=2))
    return Difference(title=title, is_missing=False, lines=lines) if lines else None


def _lines(board: Mapping[str, Any]) -> list[str]:
    return json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def _title(board: Mapping[str, Any]) -> str:
    """Grafana calls it title, Chronograf name; its export wraps the board."""
    inner = board.get("dashboard", board)
    return str(inner.get("title") or inner.get("name") or "")

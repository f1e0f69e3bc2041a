"""Dashboards in Chronograf, by its HTTP interface.

Chronograf knows boards by numbers that it gives itself; skep knows them by title, so that loading twice makes one.
Boards that it serves from files have numbers below zero and cannot be changed by its interface: they are seen, never
touched. Facts of the interface: ``tests/data/chronograf-dashboard-schema.json``.
"""

from collections.abc import Mapping
from typing import Any

from skep.adapters.http_line import Login
from skep.adapters.json_api import JsonApi

__all__ = ["Chronograf"]

_BOARDS = "/chronograf/v1/dashboards"
#: Made or rebuilt by the server in every answer.
_OF_BOARD = frozenset({"id", "links"})
_OF_CELL = frozenset({"i", "links"})
_OF_QUERY = frozenset({"queryConfig"})
_OF_TEMPLATE = frozenset({"links"})


class Chronograf:
    """Implements :class:`skep.ports.Dashboards`.

    Without a login of its own, or with a user of its ``--htpasswd`` file. Where people log in by OAuth it wants a
    cookie or a signed token, which this does not make: take the board from a file there.
    """

    def __init__(self, url: str, login: Login) -> None:
        self._api = JsonApi("Chronograf", url, login)

    def titles(self) -> tuple[str, ...]:
        """As :meth:`skep.ports.Dashboards.titles` says."""
        return tuple(str(board.get("name", "")) for board in self._boards())

    def dump(self, title: str) -> Mapping[str, Any] | None:
        """As :meth:`skep.ports.Dashboards.dump` says; one that a person may change comes before one from a file."""
        found = [board for board in self._boards() if board.get("name") == title]
        board = self._only(title, [board for board in found if not _is_from_file(board)]) or next(iter(found), None)
        return None if board is None else self.bare(board)

    def load(self, board: Mapping[str, Any]) -> bool:
        """As :meth:`skep.ports.Dashboards.load` says; a board from a file is left alone beside the new one."""
        board = _unwrapped(board)
        title = str(board.get("name") or "")
        if not title:
            raise self._api.refused("the board has no name; is it one of Chronograf's?")
        there = self._only(title, [b for b in self._boards() if b.get("name") == title and not _is_from_file(b)])
        if there is None:
            self._api.ask("POST", _BOARDS, {**board, "id": "0"})
            return True
        number = str(there["id"])
        if self._api.ask("PUT", f"{_BOARDS}/{number}", {**board, "id": number}) is None:
            raise self._api.refused(f"board {number} was removed by somebody else just now; load it again")
        return False

    def bare(self, board: Mapping[str, Any]) -> Mapping[str, Any]:
        """As :meth:`skep.ports.Dashboards.bare` says."""
        board = _unwrapped(board)
        return {
            **_without(board, _OF_BOARD),
            "cells": [
                {
                    **_without(cell, _OF_CELL),
                    "queries": [_without(query, _OF_QUERY) for query in cell.get("queries") or ()],
                }
                for cell in board.get("cells") or ()
            ],
            "templates": [_without(template, _OF_TEMPLATE) for template in board.get("templates") or ()],
        }

    def _boards(self) -> list[dict[str, Any]]:
        answer = self._api.ask("GET", _BOARDS)
        boards = answer.get("dashboards") if isinstance(answer, dict) else None
        if not isinstance(boards, list):
            raise self._api.misunderstood("it has no list of dashboards")
        return boards

    def _only(self, title: str, boards: list[dict[str, Any]]) -> dict[str, Any] | None:
        if len(boards) > 1:
            numbers = ", ".join(str(board["id"]) for board in boards)
            raise self._api.refused(
                f"{len(boards)} boards are called {title!r} (numbers {numbers}); rename or remove one"
            )
        return boards[0] if boards else None


def _is_from_file(board: Mapping[str, Any]) -> bool:
    return str(board.get("id", "")).startswith("-")


def _unwrapped(board: Mapping[str, Any]) -> Mapping[str, Any]:
    """The board itself, also out of what the page's own export wraps around it."""
    inner = board.get("dashboard")
    return inner if "meta" in board and isinstance(inner, dict) else board


def _without(values: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}

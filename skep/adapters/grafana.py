"""Dashboards in Grafana, by its HTTP interface.

Grafana knows a board by its ``uid``, which skep's boards bring along; one without a ``uid`` is looked for by title.
Source: grafana.com, "Dashboard HTTP API" and "Folder/Dashboard Search HTTP API".
"""

from collections.abc import Mapping
from typing import Any

from skep.adapters.http_line import Login
from skep.adapters.json_api import JsonApi, quoted

__all__ = ["Grafana"]

#: Made by the server, or counted up by it.
_OF_BOARD = frozenset({"id", "version", "iteration"})


class Grafana:
    """Implements :class:`skep.ports.Dashboards`; the login is a service account's token, or a user with a password."""

    def __init__(self, url: str, login: Login) -> None:
        self._api = JsonApi("Grafana", url, login)

    def titles(self) -> tuple[str, ...]:
        """As :meth:`skep.ports.Dashboards.titles` says."""
        return tuple(str(found.get("title", "")) for found in self._search())

    def dump(self, title: str) -> Mapping[str, Any] | None:
        """As :meth:`skep.ports.Dashboards.dump` says."""
        uid = self._uid_of(title)
        board = None if uid is None else self._board(uid)
        return None if board is None else self.bare(board)

    def load(self, board: Mapping[str, Any]) -> bool:
        """As :meth:`skep.ports.Dashboards.load` says."""
        title = str(board.get("title") or "")
        if not title:
            raise self._api.refused("the board has no title; is it one of Grafana's?")
        uid = str(board.get("uid") or self._uid_of(title) or "")
        is_new = not uid or self._board(uid) is None
        body = {
            "dashboard": {**self.bare(board), "id": None, **({"uid": uid} if uid else {})},
            "overwrite": True,
            "message": "loaded by skep",
        }
        if self._api.ask("POST", "/api/dashboards/db", body) is None:
            raise self._api.misunderstood("it has no dashboards")
        return is_new

    def bare(self, board: Mapping[str, Any]) -> Mapping[str, Any]:
        """As :meth:`skep.ports.Dashboards.bare` says."""
        return {key: value for key, value in board.items() if key not in _OF_BOARD}

    def _uid_of(self, title: str) -> str | None:
        found = [str(board["uid"]) for board in self._search(title) if board.get("title") == title]
        if len(found) > 1:
            raise self._api.refused(f"{len(found)} boards are called {title!r} ({', '.join(found)}); rename one")
        return found[0] if found else None

    def _board(self, uid: str) -> Mapping[str, Any] | None:
        answer = self._api.ask("GET", f"/api/dashboards/uid/{quoted(uid)}")
        board = answer.get("dashboard") if isinstance(answer, dict) else None
        return board if isinstance(board, dict) else None

    def _search(self, title: str = "") -> list[dict[str, Any]]:
        found = self._api.ask("GET", f"/api/search?type=dash-db&limit=5000&query={quoted(title)}")
        if not isinstance(found, list):
            raise self._api.misunderstood("it has no list of dashboards")
        return found

"""Stand-ins for Chronograf and Grafana: they keep boards and answer as the interfaces are documented, no more."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.adapters.stand_in import Asked, Reply

__all__ = ["ChronografStandIn", "GrafanaStandIn"]


class ChronografStandIn:
    """Answers ``/chronograf/v1/dashboards`` by ``tests/data/chronograf-dashboard-schema.json``.

    Attributes:
        boards: as the server holds them, by number.
    """

    def __init__(self, *, authorization: str | None = None, path: str = "") -> None:
        self.boards: dict[str, dict[str, Any]] = {}
        self._numbers = count(1)
        self._authorization = authorization
        self._path = f"{path}/chronograf/v1/dashboards"

    def put(self, name: str, *, number: int | None = None, **more: Any) -> str:
        """A board that somebody made, or that a file holds."""
        key = str(next(self._numbers) if number is None else number)
        self.boards[key] = {"name": name, "cells": [], "templates": [], "organization": "default", **more}
        return key

    def __call__(self, asked: Asked) -> Reply:
        if self._authorization and asked.headers.get("Authorization") != self._authorization:
            return Reply(status=401, body=b"Unauthorized")
        if asked.path == self._path:
            return self._list() if asked.method == "GET" else self._make(json.loads(asked.body))
        number = asked.path.removeprefix(f"{self._path}/")
        if asked.method == "PUT" and number in self.boards:
            self.boards[number] = self._stored(json.loads(asked.body))
            return _json(self._answered(number))
        return _json({"code": 404, "message": "not found"}, status=404)

    def _list(self) -> Reply:
        return _json({"dashboards": [self._answered(number) for number in self.boards]})

    def _make(self, board: dict[str, Any]) -> Reply:
        number = str(next(self._numbers))
        self.boards[number] = self._stored(board)
        location = {"Location": f"{self._path}/{number}"}
        return _json(self._answered(number), status=201, headers=location)

    def _stored(self, board: dict[str, Any]) -> dict[str, Any]:
        """Unknown keys are ignored; numbers and ids of cells are the server's own."""
        known: dict[str, Any] = {
            key: board[key] for key in ("name", "cells", "templates", "organization") if key in board
        }
        return {"name": "", "cells": [], "templates": [], "organization": "default", **known}

    def _answered(self, number: str) -> dict[str, Any]:
        board = self.boards[number]
        return {
            **board,
            "id": number,
            "cells": [
                {
                    **cell,
                    "i": f"uuid-{place}",
                    "links": {"self": "/chronograf/v1/…"},
                    "queries": [{**query, "queryConfig": {"rawText": query["query"]}} for query in cell["queries"]],
                }
                for place, cell in enumerate(board["cells"])
            ],
            "templates": [{**template, "links": {"self": "/chronograf/v1/…"}} for template in board["templates"]],
            "links": {"self": f"{self._path}/{number}"},
        }


class GrafanaStandIn:
    """Answers Grafana's routes for boards and the search for them, as its documentation says.

    Attributes:
        boards: as the server holds them, by uid.
    """

    def __init__(self, *, authorization: str | None = None) -> None:
        self.boards: dict[str, dict[str, Any]] = {}
        self._authorization = authorization

    def __call__(self, asked: Asked) -> Reply:
        if self._authorization and asked.headers.get("Authorization") != self._authorization:
            return _json({"message": "Invalid API key"}, status=401)
        if asked.path == "/api/search":
            words = asked.parameters.get("query", "")
            found = [board for board in self.boards.values() if words.lower() in board["title"].lower()]
            return _json([{"uid": board["uid"], "title": board["title"], "type": "dash-db"} for board in found])
        if (asked.method, asked.path) == ("POST", "/api/dashboards/db"):
            return self._save(json.loads(asked.body))
        board = self.boards.get(asked.path.removeprefix("/api/dashboards/uid/"))
        if board is None:
            return _json({"message": "Dashboard not found"}, status=404)
        return _json({"dashboard": board, "meta": {"slug": "swarm"}})

    def _save(self, body: Mapping[str, Any]) -> Reply:
        board = dict(body["dashboard"])
        uid = board.get("uid") or f"made-{len(self.boards)}"
        there = self.boards.get(uid)
        if there is not None and not body.get("overwrite"):
            return _json({"message": "version-mismatch", "status": "version-mismatch"}, status=412)
        version = there["version"] + 1 if there else 1
        self.boards[uid] = {**board, "uid": uid, "id": 7, "version": version}
        return _json({"id": 7, "uid": uid, "url": f"/d/{uid}/swarm", "status": "success", "version": version})


def _json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status=status, body=json.dumps(value).encode(), headers=headers or {})

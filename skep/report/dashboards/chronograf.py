"""A board as Chronograf's dashboard resource.

Everything that the server would add by itself is written out (all axes, all fields of them), so that what it gives back
can be compared with what it was given. Its queries name no source: they go to the one that the reader has chosen.
"""

from typing import Any

from skep.report.dashboards.board import Board, Cell, Kind, Unit, Variable

__all__ = ["chronograf_board"]

_STEP = "1m"
_TIME = "time > :dashboardTime: AND time < :upperDashboardTime:"
_ORGANIZATION = "default"

_TYPES = {Kind.LINES: "line", Kind.STEPS: "line-stepplot", Kind.NUMBER: "single-stat", Kind.TABLE: "table"}
_SUFFIXES = {
    Unit.PERCENT: "%",
    Unit.PER_SECOND: "/s",
    Unit.BYTES_PER_SECOND: " B/s",
    Unit.MILLISECONDS: " ms",
    Unit.SECONDS: " s",
}
_LABELS = {Unit.CORES: "cores"}

_LINE_COLORS = ("#31C0F6", "#A500A5", "#FF7E27")
_TEXT_COLOR = "#00C9FF"


def chronograf_board(board: Board) -> dict[str, Any]:
    """The board as JSON values.

    Its number lies below zero: a board from a file may not be mistaken for one that somebody makes.
    """
    return {
        "id": board.number,
        "name": board.title,
        "organization": _ORGANIZATION,
        "cells": [_cell(board, cell) for cell in board.cells],
        "templates": [_template(variable) for variable in board.variables],
    }


def _cell(board: Board, cell: Cell) -> dict[str, Any]:
    return {
        "x": cell.x,
        "y": cell.y,
        "w": cell.width,
        "h": cell.height,
        "name": cell.name,
        "queries": [
            {"query": statement.written(_words(board)), "source": "", "type": "influxql"}
            for statement in cell.statements
        ],
        "axes": {"x": _axis(), "y": _axis(_LABELS.get(cell.unit, ""), _SUFFIXES.get(cell.unit, "")), "y2": _axis()},
        "type": _TYPES[cell.kind],
        "colors": _colors(cell.kind),
        "legend": {},
        "tableOptions": {
            "verticalTimeAxis": True,
            "sortBy": {"internalName": "time", "displayName": "", "visible": True},
            "wrapping": "wrap" if cell.kind is Kind.TABLE else "truncate",
            "fixFirstColumn": True,
        },
        "fieldOptions": [{"internalName": "time", "displayName": "", "visible": True}],
        "timeFormat": "YYYY-MM-DD HH:mm:ss",
        "decimalPlaces": {"isEnforced": True, "digits": 0 if cell.unit is Unit.COUNT else 2},
        "note": cell.note,
        "noteVisibility": "default",
    }


def _words(board: Board) -> dict[str, str]:
    return {"time": _TIME, "every": _STEP, **{variable.name: f":{variable.name}:" for variable in board.variables}}


def _axis(label: str = "", suffix: str = "") -> dict[str, Any]:
    return {"bounds": ["", ""], "label": label, "prefix": "", "suffix": suffix, "base": "10", "scale": "linear"}


def _colors(kind: Kind) -> list[dict[str, str]]:
    if kind in (Kind.LINES, Kind.STEPS):
        return [
            {"id": str(place), "type": "scale", "hex": color, "name": "Nineteen Eighty Four", "value": str(place)}
            for place, color in enumerate(_LINE_COLORS)
        ]
    return [{"id": "base", "type": "text", "hex": _TEXT_COLOR, "name": "laser", "value": "-1000000000000000000"}]


def _template(variable: Variable) -> dict[str, Any]:
    """A text that stands in a pattern: Chronograf's lists of tag values have no entry for all of them."""
    return {
        "id": f"skep-{variable.name}",
        "tempVar": f":{variable.name}:",
        "label": variable.label,
        "sourceID": "dynamic",
        "type": "text",
        "values": [{"value": ".*", "type": "constant", "selected": True}],
    }

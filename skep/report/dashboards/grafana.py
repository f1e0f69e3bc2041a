"""A board as Grafana's dashboard JSON, for version 10 and later.

The data source is a variable, so that the file holds no name of an installation; queries are InfluxQL as it stands.
Source: grafana.com, "Dashboard JSON model", and "InfluxDB query editor" for aliases, annotations and variables.
"""

import re
from collections.abc import Iterator
from typing import Any

from skep.report.dashboards.board import Annotation, Board, Cell, Kind, Statement, Unit, Variable

__all__ = ["grafana_board"]

_SCHEMA_VERSION = 39
#: Grafana's grid is twice as fine.
_FINER = 2
_ROW_HEIGHT = 2
_LEAST_STEP = "1m"
_DATA_SOURCE = {"type": "influxdb", "uid": "${datasource}"}

_TYPES = {Kind.LINES: "timeseries", Kind.STEPS: "timeseries", Kind.NUMBER: "stat", Kind.TABLE: "table"}
_UNITS = {
    Unit.COUNT: "short",
    Unit.CORES: "short",
    Unit.PERCENT: "percent",
    Unit.PER_SECOND: "cps",
    Unit.BYTES_PER_SECOND: "Bps",
    Unit.MILLISECONDS: "ms",
    Unit.SECONDS: "s",
}


def grafana_board(board: Board) -> dict[str, Any]:
    """The board as JSON values; its ``uid`` never changes, so that loading it twice makes one board."""
    words = _words(board)
    return {
        "uid": board.key,
        "title": board.title,
        "tags": ["skep", "swarm"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_data_source(), *(_variable(variable) for variable in board.variables)]},
        "annotations": {"list": [_annotation(annotation, words) for annotation in board.annotations]},
        "panels": [_panel(number, cell, words) for number, cell in enumerate(board.cells, start=1)],
    }


def _words(board: Board) -> dict[str, str]:
    variables = {variable.name: f"${{{variable.name}:regex}}" for variable in board.variables}
    return {"time": "$timeFilter", "every": "$__interval", **variables}


def _panel(number: int, cell: Cell, words: dict[str, str]) -> dict[str, Any]:
    return {
        "id": number,
        "title": cell.name,
        "description": cell.note,
        "type": _TYPES[cell.kind],
        "datasource": _DATA_SOURCE,
        "gridPos": {
            "x": cell.x * _FINER,
            "y": cell.y * _ROW_HEIGHT,
            "w": cell.width * _FINER,
            "h": cell.height * _ROW_HEIGHT,
        },
        # Sums over proxies and replicas need all of them in each step.
        "interval": _LEAST_STEP,
        "targets": list(_targets(cell, words)),
        "fieldConfig": {"defaults": {"unit": _UNITS[cell.unit], "custom": _drawing(cell.kind)}, "overrides": []},
        "options": _options(cell.kind),
    }


def _targets(cell: Cell, words: dict[str, str]) -> Iterator[dict[str, Any]]:
    for letter, statement in zip("ABCDEFGH", cell.statements, strict=False):
        yield {
            "refId": letter,
            "datasource": _DATA_SOURCE,
            "query": statement.written(words),
            "rawQuery": True,
            "resultFormat": "table" if cell.kind is Kind.TABLE else "time_series",
            "alias": _alias(statement),
        }


def _alias(statement: Statement) -> str:
    return _IN_BRACES.sub(lambda tag: "[[col]]" if tag[1] == "col" else f"[[tag_{tag[1]}]]", statement.alias)


_IN_BRACES = re.compile(r"\{([^}]+)\}")


def _drawing(kind: Kind) -> dict[str, Any]:
    if kind is Kind.STEPS:
        return {"drawStyle": "line", "lineInterpolation": "stepAfter", "spanNulls": True}
    return {"drawStyle": "line", "spanNulls": False} if kind is Kind.LINES else {}


def _options(kind: Kind) -> dict[str, Any]:
    if kind is Kind.NUMBER:
        return {"reduceOptions": {"calcs": ["lastNotNull"], "values": False}, "colorMode": "value", "graphMode": "none"}
    if kind is Kind.TABLE:
        return {"showHeader": True, "sortBy": [{"displayName": "Time", "desc": True}]}
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}


def _data_source() -> dict[str, Any]:
    return {"name": "datasource", "label": "InfluxDB", "type": "datasource", "query": "influxdb"}


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": _DATA_SOURCE,
        "query": f'SHOW TAG VALUES ON "{variable.database}" FROM "{variable.measurement}" WITH KEY = "{variable.tag}"',
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _annotation(annotation: Annotation, words: dict[str, str]) -> dict[str, Any]:
    return {
        "name": annotation.name,
        "datasource": _DATA_SOURCE,
        "enable": True,
        "iconColor": "orange",
        "query": annotation.statement.written(words),
        "textColumn": annotation.text,
        "tagsColumn": ",".join(annotation.tags),
    }

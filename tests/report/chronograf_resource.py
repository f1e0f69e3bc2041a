"""Judges a dashboard by what is known of Chronograf's resource: data in ``tests/data``, and the server's checks."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["faults"]

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "chronograf-dashboard-schema.json").read_text(encoding="utf-8")
)
TYPES = SCHEMA["types"]
COLUMNS = 12


def faults(board: Mapping[str, Any]) -> list[str]:
    """What Chronograf would refuse, ignore, or store and then break on; nothing if the board is right."""
    return list(_of_board(board))


def _of_board(board: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(board, TYPES["Dashboard"], "dashboard")
    for cell in board["cells"]:
        yield from _of_cell(cell, f"cell {cell.get('name')!r}")
    variables = Counter(template["tempVar"] for template in board["templates"])
    yield from (f"{name} twice" for name, times in variables.items() if times > 1)
    for template in board["templates"]:
        yield from _of_template(template, f"template {template.get('tempVar')!r}")


def _of_cell(cell: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from _unknown(cell, TYPES["Cell"], place)
    yield from _not_one_of(cell["type"], TYPES["Cell"]["type"]["values"], f"{place}: type")
    yield from _not_one_of(cell["noteVisibility"], TYPES["Cell"]["noteVisibility"]["values"], f"{place}: visibility")
    if not (cell["x"] >= 0 and cell["x"] + cell["w"] <= COLUMNS and cell["w"] >= 1 and cell["h"] >= 1):
        yield f"{place}: off the grid"
    for query in cell["queries"]:
        yield from _unknown(query, TYPES["Query"], f"{place}: query")
        yield from _not_one_of(query["type"], TYPES["Query"]["type"]["values"], f"{place}: query type")
        if "{" in query["query"] or "}" in query["query"]:
            yield f"{place}: a word in braces is left in {query['query']}"
    for name, axis in cell["axes"].items():
        yield from _not_one_of(name, TYPES["Cell"]["axes"]["keys"], f"{place}: axis")
        yield from _of_axis(axis, f"{place}: axis {name}")
    for color in cell["colors"]:
        yield from _of_color(color, f"{place}: color")
    yield from _unknown(cell["tableOptions"], TYPES["Cell"]["tableOptions"], f"{place}: table options")
    for field in (cell["tableOptions"]["sortBy"], *cell["fieldOptions"]):
        yield from _unknown(field, TYPES["RenamableField"], f"{place}: field")
    if cell["legend"] and set(cell["legend"]) != {"type", "orientation"}:
        yield f"{place}: half a legend"


def _of_axis(axis: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from _unknown(axis, TYPES["Axis"], place)
    yield from _not_one_of(axis["base"], TYPES["Axis"]["base"], f"{place}: base")
    yield from _not_one_of(axis["scale"], TYPES["Axis"]["scale"], f"{place}: scale")
    if len(axis["bounds"]) != len(("least", "most")):
        yield f"{place}: bounds {axis['bounds']}"


def _of_color(color: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from _unknown(color, TYPES["Color"], place)
    yield from _not_one_of(color["type"], TYPES["Color"]["type"], f"{place}: type")
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", color["hex"]):
        yield f"{place}: {color['hex']}"


def _of_template(template: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from _unknown(template, TYPES["Template"], place)
    yield from _not_one_of(template["type"], TYPES["Template"]["type"], f"{place}: type")
    if not re.fullmatch(r":[a-z]+:", template["tempVar"]):
        yield f"{place}: a variable stands between colons"
    if template["type"] in ("influxql", "flux") and "query" not in template:
        yield f"{place}: no query"
    (value_type,) = TYPES["Template"]["values"]
    for value in template["values"]:
        yield from _unknown(value, value_type, f"{place}: value")
        yield from _not_one_of(value["type"], value_type["type"], f"{place}: value type")


def _unknown(given: Mapping[str, Any], known: Mapping[str, Any], place: str) -> Iterator[str]:
    return (f"{place}: unknown field {name}" for name in given if name not in known)


def _not_one_of(value: str, known: list[str], place: str) -> Iterator[str]:
    if value not in known:
        yield f"{place}: {value!r} is none of {known}"

"""The dashboards: one list of cells, and two programs that must understand what is made of it."""

import json
import re
from copy import deepcopy
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from skep.core.metrics.backends import Proxy
from skep.report.dashboards import Board, Cell, Kind, chronograf_board, dashboard_files, grafana_board, swarm
from skep.report.dashboards.board import COLUMNS
from tests.report.chronograf_resource import SCHEMA, faults

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "stacks" / "dashboards"

BOARDS = [pytest.param(swarm(proxy), id=proxy) for proxy in Proxy]


def test_the_files_of_the_stacks_are_the_ones_that_are_made() -> None:
    there = {str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.json")}
    assert there == dashboard_files(), "run `skep dashboards write stacks/dashboards`"


# --- the board -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("board", BOARDS)
def test_no_cell_lies_on_another_or_beyond_the_edge(board: Board) -> None:
    assert all(cell.x + cell.width <= COLUMNS for cell in board.cells)
    assert [(a.name, b.name) for a, b in combinations(board.cells, 2) if _overlap(a, b)] == []


def _overlap(one: Cell, other: Cell) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("board", BOARDS)
def test_every_cell_has_a_name_of_its_own(board: Board) -> None:
    names = [cell.name for cell in board.cells]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("board", BOARDS)
def test_every_variable_is_used_and_none_is_missing(board: Board) -> None:
    texts = "".join(statement.text for cell in board.cells for statement in cell.statements)
    used = set(re.findall(r"\{(\w+)\}", texts))
    assert used == {"time", "every", *(variable.name for variable in board.variables)}


@pytest.mark.parametrize("board", BOARDS)
def test_requests_are_counted_once_where_a_proxy_has_several_rows_for_them(board: Board) -> None:
    from_haproxy = [s.text for cell in board.cells for s in cell.statements if '"haproxy"' in s.text]
    assert all("\"type\" = 'backend'" in text for text in from_haproxy)


def test_what_traefik_does_not_tell_is_called_derived() -> None:
    (in_flight,) = (cell for cell in swarm(Proxy.TRAEFIK).cells if cell.name.startswith("In flight"))
    assert "derived: rate x mean duration" in in_flight.name


# --- Chronograf ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("board", BOARDS)
def test_chronograf_finds_no_fault_with_it(board: Board) -> None:
    assert faults(chronograf_board(board)) == []


def _misspell(board: dict[str, Any], *path: str | int, value: object) -> dict[str, Any]:
    place = board
    for step in path[:-1]:
        place = place[step]  # type: ignore[index] # a path through JSON
    place[path[-1]] = value  # type: ignore[index] # as above
    return board


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        pytest.param(("cells", 0, "type"), "single", "type: 'single'", id="a type of cell that does not exist"),
        pytest.param(("cells", 0, "color"), [], "unknown field color", id="a field that does not exist"),
        pytest.param(("cells", 0, "x"), 11, "off the grid", id="beyond the edge"),
        pytest.param(("cells", 0, "axes", "y", "base"), "8", "base: '8'", id="a base of axes that does not exist"),
        pytest.param(("cells", 0, "colors", 0, "hex"), "red", "color: red", id="a color by name"),
        pytest.param(("cells", 0, "queries", 0, "query"), "{time}", "in braces", id="a word that was not replaced"),
        pytest.param(("cells", 0, "legend"), {"type": "static"}, "half a legend", id="half a legend"),
        pytest.param(("templates", 0, "tempVar"), ":node:", ":node: twice", id="a variable twice"),
        pytest.param(("templates", 0, "type"), "texts", "type: 'texts'", id="a type of variable that does not exist"),
    ],
)
def test_the_judge_of_chronograf_boards_is_not_one_that_accepts_anything(
    path: tuple[str | int, ...], value: object, fault: str
) -> None:
    board = _misspell(deepcopy(chronograf_board(swarm(Proxy.HAPROXY))), *path, value=value)
    assert any(fault in found for found in faults(board)), faults(board)


@pytest.mark.parametrize("board", BOARDS)
def test_a_chronograf_board_from_a_file_cannot_be_taken_for_one_that_a_person_makes(board: Board) -> None:
    assert chronograf_board(board)["id"] < 0


def test_the_boards_have_numbers_and_keys_of_their_own() -> None:
    boards = [swarm(proxy) for proxy in Proxy]
    assert len({board.number for board in boards}) == len({board.key for board in boards}) == len(boards)


@pytest.mark.parametrize("board", BOARDS)
def test_a_chronograf_query_names_no_source_and_only_known_variables(board: Board) -> None:
    written = chronograf_board(board)
    known = {*SCHEMA["builtin_variables"], *(template["tempVar"] for template in written["templates"])}
    for cell in written["cells"]:
        for query in cell["queries"]:
            assert query["source"] == ""
            assert set(re.findall(r":[A-Za-z]+:", query["query"])) <= known


# --- Grafana -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("board", BOARDS)
def test_a_grafana_board_is_known_again_by_its_key(board: Board) -> None:
    assert grafana_board(board)["uid"] == board.key
    assert len(board.key) <= 40


@pytest.mark.parametrize("board", BOARDS)
def test_every_panel_asks_the_chosen_data_source_in_influxql(board: Board) -> None:
    for panel in grafana_board(board)["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert target["rawQuery"] is True
            assert target["query"].startswith("SELECT ")
            assert not re.search(r"(?<!\$)\{", target["query"])


@pytest.mark.parametrize("board", BOARDS)
def test_a_graph_of_grafana_keeps_to_the_time_that_is_shown(board: Board) -> None:
    written = grafana_board(board)
    graphs = [panel for panel in written["panels"] if panel["type"] in ("timeseries", "table")]
    assert graphs
    for panel in graphs:
        assert all("$timeFilter" in target["query"] for target in panel["targets"])


@pytest.mark.parametrize("board", BOARDS)
def test_scalings_are_drawn_over_every_graph_of_grafana(board: Board) -> None:
    (annotation,) = grafana_board(board)["annotations"]["list"]
    assert "$timeFilter" in annotation["query"]
    assert "\"kind\" = 'changed'" in annotation["query"]
    assert annotation["textColumn"] == "sentence"


@pytest.mark.parametrize("board", BOARDS)
def test_panels_lie_as_the_cells_do_and_have_numbers(board: Board) -> None:
    panels = grafana_board(board)["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(board.cells) + 1))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 2 * COLUMNS for panel in panels)


@pytest.mark.parametrize("board", BOARDS)
def test_each_kind_of_cell_is_on_the_board(board: Board) -> None:
    assert {cell.kind for cell in board.cells} == set(Kind)


def test_files_end_with_a_line_and_are_json() -> None:
    for text in dashboard_files().values():
        assert text.endswith("}\n")
        json.loads(text)

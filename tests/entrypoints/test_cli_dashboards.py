"""``skep dashboards`` and the script of old: what they do to the program that shows boards, and what they say."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.metrics.backends import Proxy
from skep.report.dashboards import chronograf_board, dashboard_files, grafana_board, swarm
from tests.adapters.dashboard_programs import ChronografStandIn, GrafanaStandIn
from tests.adapters.stand_in import StandIn

ROOT = Path(__file__).parents[2]
TITLE = "Swarm (HAProxy)"


@pytest.fixture
def kept() -> ChronografStandIn:
    return ChronografStandIn()


@pytest.fixture
def url(kept: ChronografStandIn) -> Iterator[str]:
    with StandIn(kept) as server:
        yield server.url


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(skep, ["dashboards", *arguments], input=text)


def test_the_board_of_the_swarm_is_loaded_and_loaded_again(url: str, kept: ChronografStandIn) -> None:
    assert run("load", "--url", url).output == f"{TITLE} is new\n"
    assert run("load", "--url", url).output == f"{TITLE} is replaced\n"
    assert len(kept.boards) == 1


def test_the_board_shows_the_proxy_that_one_has(url: str, kept: ChronografStandIn) -> None:
    assert run("load", "--url", url, "--proxy", "traefik").exit_code == 0
    assert [board["name"] for board in kept.boards.values()] == ["Swarm (Traefik)"]


def test_a_board_from_standard_input_is_loaded(url: str, kept: ChronografStandIn) -> None:
    done = run("load", "-", "--url", url, text=json.dumps({"name": "mine", "cells": [], "templates": []}))
    assert done.output == "mine is new\n"
    assert [board["name"] for board in kept.boards.values()] == ["mine"]


def test_what_was_done_can_be_read_by_programs(url: str) -> None:
    assert json.loads(run("load", "--url", url, "--json").output) == [{"title": TITLE, "is_new": True}]
    assert json.loads(run("list", "--url", url, "--json").output) == [TITLE]


def test_titles_are_listed(url: str, kept: ChronografStandIn) -> None:
    kept.put("mine")
    kept.put("yours")
    assert run("list", "--url", url).output == "mine\nyours\n"


def test_a_dump_can_be_loaded(url: str, tmp_path: Path) -> None:
    run("load", "--url", url)
    dumped = tmp_path / "board.json"
    dumped.write_text(run("dump", TITLE, "--url", url).output)
    assert run("load", str(dumped), "--url", url).output == f"{TITLE} is replaced\n"


def test_a_board_that_is_not_there_is_told_with_those_that_are(url: str, kept: ChronografStandIn) -> None:
    kept.put("mine")
    done = run("dump", "yours", "--url", url)
    assert done.exit_code == 1
    assert "no board called 'yours'; it has: mine" in done.output


def test_a_difference_is_shown_and_told_by_the_exit_code(url: str, kept: ChronografStandIn) -> None:
    missing = run("diff", "--url", url)
    assert (missing.exit_code, missing.output) == (1, f"{TITLE} is missing\n")
    run("load", "--url", url)
    assert run("diff", "--url", url).exit_code == 0
    (board,) = kept.boards.values()
    board["cells"][0]["name"] = "Renamed"
    differing = run("diff", "--url", url)
    assert differing.exit_code == 1
    assert '-      "name": "Renamed",' in differing.output


def test_grafana_is_another_program(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("t0ken\n")
    held = GrafanaStandIn(authorization="Bearer t0ken")
    with StandIn(held) as server:
        done = run("load", "--program", "grafana", "--url", server.url, "--token-file", str(token))
    assert done.output == f"{TITLE} is new\n"
    assert list(held.boards) == [grafana_board(swarm(Proxy.HAPROXY))["uid"]]


def test_a_login_is_read_from_a_file_and_not_from_the_command_line(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    with StandIn(ChronografStandIn(authorization="Basic c2tlcDpzZWNyZXQ=")) as server:
        done = run("load", "--url", server.url, "--user", "skep", "--password-file", str(password))
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--url", "localhost:8888"], "the address of Chronograf or Grafana", id="no address"),
        pytest.param(["--url", "http://a:b@localhost"], "without user", id="a login in the address"),
        pytest.param(["--user", "skep"], "belong together", id="a user without a password"),
        pytest.param(["--token-file", "/nowhere"], "cannot be read", id="a file that is not there"),
        pytest.param(["--program", "kibana"], "'kibana' is not one of", id="another program"),
    ],
)
def test_what_was_typed_wrong_is_a_usage_error(arguments: list[str], words: str) -> None:
    done = run("list", *arguments)
    assert done.exit_code == 2
    assert words in done.output


@pytest.mark.parametrize(("text", "words"), [("{", "is no JSON"), ("[]", "holds no board")], ids=["half", "a list"])
def test_a_file_that_holds_no_board_is_told(url: str, text: str, words: str) -> None:
    done = run("load", "-", "--url", url, text=text)
    assert done.exit_code == 1
    assert words in done.output


def test_trouble_is_one_sentence() -> None:
    with StandIn(ChronografStandIn(authorization="Basic eA==")) as server:
        done = run("load", "--url", server.url)
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        f"Error: Chronograf at {server.url} answered 401: Unauthorized (it wants a login, or another one)"
    ]


def test_all_boards_are_written_as_files(tmp_path: Path) -> None:
    assert run("write", str(tmp_path)).exit_code == 0
    written = {str(path.relative_to(tmp_path)): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.json")}
    assert written == dashboard_files()


def test_the_script_of_old_does_the_same(url: str, kept: ChronografStandIn) -> None:
    script = [sys.executable, str(ROOT / "stacks/dashboard.py"), "load", "--url", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, f"{TITLE} is new\n"), done.stderr
    (board,) = kept.boards.values()
    assert len(board["cells"]) == len(chronograf_board(swarm(Proxy.HAPROXY))["cells"])

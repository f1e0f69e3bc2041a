"""``python -m tests.conformance`` tells what passed and what failed, and ends as a program should."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conformance.__main__ import main

COOLDOWN = {
    "id": "ten-minutes-left",
    "group": "remaining_cooldown",
    "input": {"cooldown_s": 1200, "last_event_age_s": 600},
    "expected": {"remaining_s": 600},
}
WRONG = {**COOLDOWN, "id": "wrong", "expected": {"remaining_s": 7}}
MIN_ZERO = {"id": "min-zero", "config": {"serviceName": "a", "min": 0, "replicas": "x"}, "valid": False}


def write(folder: Path, family: str, name: str, held: object) -> None:
    (folder / family).mkdir(exist_ok=True)
    (folder / family / f"{name}.json").write_text(json.dumps(held), encoding="utf-8")


def run(folder: Path) -> Result:
    return CliRunner().invoke(main, [str(folder)])


def test_what_passes_is_counted_and_what_deviates_has_its_reason(tmp_path: Path) -> None:
    write(tmp_path, "nomad", "combine", {"vectors": [COOLDOWN]})
    write(tmp_path, "kapacitor", "validation", {"cases": [MIN_ZERO]})
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "Known deviations: 1\n    1 x kapacitor: a service may have no replicas" in result.output
    assert result.output.splitlines()[-1] == "1 passed, 0 failed"


def test_a_failure_is_shown_in_full(tmp_path: Path) -> None:
    write(tmp_path, "nomad", "combine", {"vectors": [COOLDOWN, WRONG]})
    result = run(tmp_path)
    assert result.exit_code == 1
    for line in (
        "FAILED nomad: remaining_cooldown: wrong",
        '  input    {"cooldown_s": 1200, "last_event_age_s": 600}',
        '  expected {"remaining_s": 7}',
        '  got      {"remaining_s": 600.0}',
    ):
        assert line in result.output.splitlines()
    assert result.output.splitlines()[-1] == "1 passed, 1 failed"


def test_the_folder_of_one_family_is_enough(tmp_path: Path) -> None:
    write(tmp_path, "nomad", "combine", {"vectors": [COOLDOWN]})
    assert run(tmp_path / "nomad").output.splitlines()[-1] == "1 passed, 0 failed"


@pytest.mark.parametrize(
    ("held", "because"),
    [
        pytest.param({"total": 3}, "no vectors in it", id="only an index"),
        pytest.param({"vectors": [{"id": "x"}]}, "KeyError: 'group'", id="a vector without a group"),
        pytest.param([1], "AttributeError", id="a list"),
    ],
)
def test_a_folder_without_vectors_is_a_wrong_argument(tmp_path: Path, held: object, because: str) -> None:
    write(tmp_path, "nomad", "index", held)
    result = run(tmp_path)
    assert result.exit_code == 2
    assert because in result.output

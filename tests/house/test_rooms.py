"""Rooms: every package at the top is known by name to all the tools, and none by a name that is taken."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT, python_files

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TOOLS = PYPROJECT["tool"]

ROOMS = frozenset(
    path.parts[0] for path in python_files() if path.name == "__init__.py" and len(path.parts) == len(("room", "file"))
)
PRODUCT = ROOMS - {"tests"}


def test_every_room_is_installed() -> None:
    installed = TOOLS["setuptools"]["packages"]["find"]["include"]
    assert set(installed) == {*PRODUCT, *(f"{room}.*" for room in PRODUCT)}


def test_every_room_is_under_the_import_contracts() -> None:
    assert set(TOOLS["importlinter"]["root_packages"]) == PRODUCT


def test_every_room_is_type_checked() -> None:
    assert {name for name in TOOLS["mypy"]["files"] if not name.endswith(".py")} == ROOMS


def test_every_folder_of_python_inside_a_room_is_a_package() -> None:
    """A folder without `__init__.py` is not installed, not linted for imports, and imported by accident."""
    folders = {path.parent for path in python_files() if path.parts[0] in ROOMS}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("folder", sorted(path.name for path in ROOT.iterdir() if path.is_dir()))
def test_no_folder_at_the_root_hides_a_dependency(folder: str) -> None:
    dependencies = {"celery", "click", "docker", "flower", "influxdb", "kombu", "msgspec", "redis", "requests", "rich"}
    assert folder not in dependencies


def test_no_folder_of_tests_is_named_like_a_room() -> None:
    """`tests/tasks` would answer to `import tasks` in some ways of running pytest."""
    folders = {path.parts[1] for path in python_files() if path.parts[0] == "tests" and path.name == "__init__.py"}
    assert folders.isdisjoint(PRODUCT), Path("tests")

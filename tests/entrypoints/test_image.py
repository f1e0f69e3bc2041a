"""The one image: what goes into it, and as whom it runs."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def admitted() -> set[str]:
    """The top-level names that .dockerignore lets into the build."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything is left out that is not let in by name"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def installed() -> set[str]:
    """The packages and modules that pyproject.toml installs."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {name for name in setuptools["packages"]["find"]["include"] if "." not in name}
    return packages | {f"{module}.py" for module in setuptools["py-modules"]}


def test_all_that_is_installed_is_let_into_the_image_and_what_installing_it_takes() -> None:
    assert admitted() == installed() | {"LICENSE", "pyproject.toml", "requirements.lock"}


def test_it_runs_as_a_user_who_is_not_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)

    assert users == [("10001", "10001")]


def test_its_base_is_pinned_and_can_be_replaced() -> None:
    assert re.search(r"^ARG BASE=python:3\.13\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}", "${BASE}"]


def test_nothing_is_installed_whose_hash_is_not_in_the_lock() -> None:
    installs = re.findall(r"pip install (.*?)(?: \\)?$", DOCKERFILE, re.MULTILINE)

    assert installs == [
        "--require-hashes --only-binary=:all: --requirement requirements.lock",
        "--no-deps --no-build-isolation --editable .",
    ]


def test_signals_reach_the_program_and_children_are_reaped() -> None:
    assert 'ENTRYPOINT ["tini", "--"]' in DOCKERFILE


def test_the_stack_runs_the_version_that_the_project_has() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert f"ARG VERSION={version}\n" in DOCKERFILE
    assert f"${{SKEP_IMAGE:-skep:{version}}}" in (ROOT / "docker-compose.yml").read_text()

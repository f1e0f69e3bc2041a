"""Names: a file says what it holds, and no file says where or on whose machine it was written."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

EMPTY_NAMES = frozenset(
    {"base", "bases", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
)

# Put together at run time, because this file is searched too.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"),
        ("files", "python" + "hosted", "org"),
        ("deb", "deb" + "ian", "org"),
        ("registry", "npm" + "js", "org"),
        ("proxy", "go" + "lang", "org"),
        ("static", "crates", "io"),
    )
)
# Where people and build machines keep their checkouts.
CHECKOUTS = ("ro" + "ot", "ho" + r"me/\w+", "Us" + r"ers/\w+", "wo" + "rk", "bui" + "lds")
MACHINE_PATH = re.compile(rf"(?<![\w.$}}~-])/(?:{'|'.join(CHECKOUTS)})/")


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in files() if _says_nothing(path)] == []


@pytest.mark.parametrize("name", ["skep/helpers.py", "lab/common/engine.py", "tests/utils.py", "cli/manager.py"])
def test_a_name_that_says_nothing_is_found(name: str) -> None:
    assert _says_nothing(Path(name))


def test_no_file_names_a_package_registry_or_a_path_of_this_machine() -> None:
    assert [f"{path}:{line}" for path in files() for line in _tell_tales(_text(path))] == []


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_a_registry_host_is_found(host: str) -> None:
    assert _tell_tales(f"first\n--index-url https://{host}/simple\n") == [2]


@pytest.mark.parametrize(
    "path",
    ["/ro" + "ot/.cache", "/ho" + "me/ada/skep", "/wo" + "rk/skep/x", "/bui" + "lds/skep/x"],
    ids=["root's home", "somebody's home", "a working folder", "a build machine"],
)
def test_a_path_of_this_machine_is_found(path: str) -> None:
    assert _tell_tales(f"cd {path}\n") == [1]


@pytest.mark.parametrize(
    "text", ["/var/lib/skep", "/run/secrets/redis", "https://example.org/ho" + "me/index", "$HOME/x"]
)
def test_paths_of_every_machine_are_left_alone(text: str) -> None:
    assert _tell_tales(text) == []


def _says_nothing(path: Path) -> bool:
    return not EMPTY_NAMES.isdisjoint({*path.parts[:-1], path.stem})


def _text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def _tell_tales(text: str) -> list[int]:
    """The numbers of the lines that name a package registry or a path of the machine they were written on."""
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if any(host in line for host in REGISTRY_HOSTS) or MACHINE_PATH.search(line)
    ]

"""The control groups of a lab's containers, in version 1 (one tree per controller) and version 2 (one tree)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from lab.real import waiting

_ROOT = Path("/sys/fs/cgroup")
_REMOVAL_PATIENCE = timedelta(seconds=10)


def folders(group: str) -> tuple[Path, ...]:
    """The folders of `group` (a path below the root of the trees) in every tree that has it."""
    return tuple(path for tree in _trees() if (path := tree / group).is_dir())


def pids(group: str) -> tuple[int, ...]:
    """Every process in `group` or below it."""
    return tuple(
        {pid for folder in folders(group) for members in folder.rglob("cgroup.procs") for pid in _read(members)}
    )


def remove(group: str) -> None:
    """Remove `group` and all below it; its processes must have ended.

    Raises:
        LabUnavailable: when the kernel still calls it busy after ten seconds.
    """

    def removed() -> bool:
        for folder in folders(group):
            _remove_tree(folder)
        return not folders(group)

    waiting.until(removed, patience=_REMOVAL_PATIENCE, what=f"the control groups of {group} to become empty")
    for tree in _trees():
        # The parent of all labs goes with the last of them; it is "not empty" while another lab is there.
        with contextlib.suppress(OSError):
            (tree / group).parent.rmdir()


def _trees() -> Iterator[Path]:
    if (_ROOT / "cgroup.controllers").exists():
        yield _ROOT
    else:
        yield from (path for path in _ROOT.iterdir() if path.is_dir() and not path.is_symlink())


def _read(members: Path) -> tuple[int, ...]:
    try:
        return tuple(int(line) for line in members.read_text().split())
    except OSError:
        return ()


def _remove_tree(folder: Path) -> None:
    for child in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            child.rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()

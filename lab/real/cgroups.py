"""The control groups of a lab's containers, in version 1 (one tree per controller) and version 2 (one tree)."""

from __future__ import annotations

import contextlib
import os
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
    return tuple({pid for tree in folders(group) for folder in _below(tree) for pid in _read(folder / "cgroup.procs")})


def favour(group: str) -> None:
    """Give `group` eight times the processor share of an ordinary process.

    Without it, all containers of all labs together would weigh as much as a single process of the machine, and a
    busy machine would starve what the lab is there to show. Where the machine has no such knob, nothing happens.
    """
    for tree in _trees():
        with contextlib.suppress(OSError):
            (tree / group).mkdir(exist_ok=True)
        for knob, value in (("cpu.shares", "8192"), ("cpu.weight", "800")):
            if (tree / group / knob).exists():
                (tree / group / knob).write_text(value)


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
    for path in sorted(_below(folder), reverse=True):
        with contextlib.suppress(OSError):
            path.rmdir()


def _below(folder: Path) -> list[Path]:
    """`folder` and all folders below it; those that vanish meanwhile are left out without a word."""
    return [Path(path) for path, _, _ in os.walk(folder)]

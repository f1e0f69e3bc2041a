"""The lab's processes: started so that they outlive us, recorded so that they can be found again, ended for certain.

A pid alone proves nothing, because pids are reused: a record holds the moment the kernel started the process as well.
Each process carries the lab's name in its environment, so that even one that was started a moment before we were
killed, and never recorded, is found by `members`.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from lab.real import waiting
from lab.real.layout import Layout

_MARK = "SKEP_LAB_MEMBER"
_PROC = Path("/proc")
_KILL_PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process the lab started; `started_ticks` since boot (`boot_id`) tell it from a later one with its pid."""

    name: str
    pid: int
    started_ticks: int
    boot_id: str
    argv: tuple[str, ...]

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return self.boot_id == _boot_id() and _started_ticks(self.pid) == self.started_ticks


def start(
    layout: Layout,
    name: str,
    argv: Iterable[str],
    *,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    folder: Path | None = None,
) -> Process:
    """Start a process in a session of its own and record it under `name`.

    Args:
        layout: the lab it belongs to.
        name: unique in the lab while the process lives; the record's and (without `log`) the log's file name.
        argv: program (looked up in PATH) and arguments.
        env: added to our own environment.
        log: where standard output and error are appended.
        folder: its working directory; the root folder, when not given.

    Raises:
        FileNotFoundError: when the program does not exist.
    """
    command = ("env", "-C", str(folder or "/"), *argv)
    log = log or layout.logs / f"{name}.log"
    for parent in (log.parent, layout.processes):
        parent.mkdir(parents=True, exist_ok=True)
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # Not subprocess: a Popen object complains when it is dropped before its child ends, and ours shall outlive us.
    pid = os.posix_spawnp(
        command[0],
        command,
        {**os.environ, **(env or {}), _MARK: layout.name},
        file_actions=(
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), appending, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ),
        setsid=True,
    )
    process = Process(name=name, pid=pid, started_ticks=_started_ticks(pid) or 0, boot_id=_boot_id(), argv=command[3:])
    _record(layout, name).write_bytes(msgspec.json.encode(process))
    return process


def recorded(layout: Layout) -> tuple[Process, ...]:
    """Every process the lab has a record of, alive or not, by name."""
    records = sorted(layout.processes.glob("*.json")) if layout.processes.is_dir() else []
    return tuple(process for record in records if (process := _read(record)) is not None)


def find(layout: Layout, name: str) -> Process | None:
    """The process recorded under `name`, if it still runs."""
    process = _read(_record(layout, name))
    return process if process is not None and process.alive else None


def forget(layout: Layout, name: str) -> None:
    """Remove the record of a process that has ended."""
    _record(layout, name).unlink(missing_ok=True)


def stop(layout: Layout, name: str, *, grace: timedelta) -> None:
    """End a process by its name, and forget it; no error when it does not run."""
    process = find(layout, name)
    if process is not None:
        end(process, grace=grace)
    forget(layout, name)


def living(layout: Layout) -> tuple[Process, ...]:
    """Those that were recorded and live."""
    return tuple(process for process in recorded(layout) if process.alive)


def end(process: Process, *, grace: timedelta) -> None:
    """Ask a process to stop; kill it, when it still runs after `grace`."""
    if process.alive:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(waiting.WaitedInVainError):
            waiting.until(lambda: not process.alive, patience=grace, what=f"{process.name} to stop")
    if process.alive:
        kill((process.pid,))


def kill(pids: Iterable[int]) -> None:
    """Kill -9 all of `pids` and wait until the kernel has taken them away."""
    targets = {pid: ticks for pid in pids if (ticks := _started_ticks(pid)) is not None}
    for pid in targets:
        _signal(pid, signal.SIGKILL)

    def gone() -> bool:
        return all(_started_ticks(pid) != ticks for pid, ticks in targets.items())

    waiting.until(gone, patience=_KILL_PATIENCE, what=f"the killed processes {sorted(targets)} to vanish")


def members(layout: Layout) -> tuple[int, ...]:
    """Pids of the processes that carry the lab's mark, except ourselves and those we descend from."""
    mark = f"{_MARK}={layout.name}".encode()
    family = set(_ancestry(os.getpid()))
    return tuple(pid for pid in all_pids() if pid not in family and mark in _environment(pid))


def all_pids() -> Iterator[int]:
    """Every process of the machine."""
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def children(pid: int) -> tuple[int, ...]:
    """The direct children of a process."""
    return tuple(other for other in all_pids() if _parent(other) == pid)


def _ancestry(pid: int) -> Iterator[int]:
    while pid > 0:
        yield pid
        pid = _parent(pid)


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _environment(pid: int) -> tuple[bytes, ...]:
    try:
        return tuple((_PROC / str(pid) / "environ").read_bytes().split(b"\0"))
    except OSError:
        return ()


def _started_ticks(pid: int) -> int | None:
    """When the kernel started `pid`, or None when nothing (or only a zombie) is there."""
    fields = _stat(pid)
    if fields is None:
        return None
    if fields[0] == "Z":
        _reap(pid)
        return None
    return int(fields[19])


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on; the name before them may hold blanks and brackets."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _boot_id() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _record(layout: Layout, name: str) -> Path:
    return layout.processes / f"{name}.json"


def _read(record: Path) -> Process | None:
    """A record that was cut short by kill -9 is as good as none: its process is found by its mark."""
    try:
        return msgspec.json.decode(record.read_bytes(), type=Process)
    except (OSError, msgspec.DecodeError):
        return None

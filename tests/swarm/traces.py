"""Everything on this machine that bears a lab's name: it is there while the lab is, and must be gone with it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["content", "living_processes", "traces"]

CGROUPS = Path("/sys/fs/cgroup")
FOLDERS = (Path("/run/skep-lab"), Path("/var/lib/skep-lab"))
NAMESPACES = Path("/run/netns")
# A process may be found by what it was told, by what was handed to it, by its control group, or by its mounts.
TELLING = ("cmdline", "environ", "cgroup", "mountinfo")


def traces(name: str) -> list[str]:
    """Every process, namespace, interface, mount, control group and folder of the lab called `name`."""
    return sorted([*_processes(name), *_namespaces(name), *_interfaces(name), *_mounts(name), *_folders(name)])


def living_processes() -> Iterator[Path]:
    """The folder of each process in /proc; not of the dead ones that their parent has not yet been told of."""
    for folder in Path("/proc").glob("[0-9]*"):
        if b") Z " not in content(folder / "stat"):
            yield folder


def _processes(name: str) -> Iterator[str]:
    for folder in living_processes():
        for file in TELLING:
            if name.encode() in content(folder / file):
                yield f"process {folder.name}, by its {file}"


def _namespaces(name: str) -> Iterator[str]:
    yield from (f"namespace {path.name}" for path in NAMESPACES.glob(f"*{name}*"))


def _interfaces(name: str) -> Iterator[str]:
    said = subprocess.run(["ip", "-json", "link", "show"], capture_output=True, text=True, check=True).stdout
    yield from (f"interface {link['ifname']}" for link in json.loads(said) if name in link.get("ifalias", ""))


def _mounts(name: str) -> Iterator[str]:
    yield from (f"mount {line}" for line in Path("/proc/mounts").read_text().splitlines() if name in line)


def _folders(name: str) -> Iterator[str]:
    for folder in FOLDERS:
        yield from (f"folder {path}" for path in folder.glob(f"*{name}*"))
    yield from (f"control group {path}" for path in CGROUPS.rglob(f"skep-lab/{name}"))


def content(file: Path) -> bytes:
    """What a file of /proc says, or nothing when its process has just ended."""
    try:
        return file.read_bytes()
    except OSError:
        return b""

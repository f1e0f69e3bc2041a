"""The files that make up the repository, as git sees them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every tracked or not yet ignored file, relative to the root of the repository."""
    listing = subprocess.run(
        # A checkout owned by another user, as in a container, is still this repository.
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = (Path(name) for name in listing.split("\0") if name)
    return tuple(sorted({name for name in names if (ROOT / name).is_file()}))


def python_files() -> tuple[Path, ...]:
    """The Python among `files()`."""
    return tuple(name for name in files() if name.suffix == ".py")

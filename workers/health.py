"""A sign of life in a file, and the check of its age that containers use as their health check.

Cheaper than asking the worker through the broker, and true while the broker is away: ``python -m workers.health
worker`` ends with 0 if the sign is young, else with 1 and a sentence. The file holds the machine's monotonic clock,
which all its processes share and nobody sets.
"""

import os
import sys
import time
from pathlib import Path

__all__ = ["OLDEST_SIGN_S", "age_s", "sign_of_life"]

#: Workers send a heartbeat every two seconds and beat wakes at least every five: a minute is trouble.
OLDEST_SIGN_S = 60.0


def sign_of_life(process: str, state_dir: Path) -> None:
    """Note that ``process`` (``worker`` or ``beat``) lives now."""
    state_dir.mkdir(parents=True, exist_ok=True)
    fresh = _file(process, state_dir).with_suffix(".new")
    fresh.write_text(str(time.monotonic()))
    fresh.replace(_file(process, state_dir))


def age_s(process: str, state_dir: Path) -> float | None:
    """How long ago the process last gave a sign; ``None`` if it never did since the machine started."""
    try:
        given_s = float(_file(process, state_dir).read_text())
    except (FileNotFoundError, ValueError):
        return None
    age = time.monotonic() - given_s
    return age if age >= 0 else None


def _file(process: str, state_dir: Path) -> Path:
    return state_dir / f"{process}.alive"


def main(arguments: list[str]) -> int:
    """Check one process; see the module's text."""
    if arguments not in (["worker"], ["beat"]):
        sys.stderr.write("usage: python -m workers.health worker|beat\n")
        return 2
    process = arguments[0]
    age = age_s(process, Path(os.environ.get("SKEP_STATE_DIR", "/var/lib/skep")))
    if age is None or age > OLDEST_SIGN_S:
        last = "never gave a sign of life" if age is None else f"gave its last sign of life {age:.0f} s ago"
        sys.stderr.write(f"the {process} {last}, at most {OLDEST_SIGN_S:.0f} s are allowed\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

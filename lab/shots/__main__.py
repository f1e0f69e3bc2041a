"""`python -m lab.shots`, which is what `make shots` runs: fills `build/shots/` with pictures of everything to look at.

Exit status: 0 when all were taken, 1 when they could not be, 130 when it was interrupted.
"""

import signal
import sys
from pathlib import Path

from rich.console import Console

from lab.demo.view import View
from lab.real import LabUnavailable, machine
from lab.shots.story import take_all

_FOLDER = Path(__file__).parents[2] / "build/shots"
_FAILED, _INTERRUPTED = 1, 130


def main() -> int:
    """Take all pictures; returns the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    view = View(Console(highlight=False))
    try:
        machine.require()
        take_all(_FOLDER, view)
    except LabUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing is left behind.\n")
        return _INTERRUPTED
    view.tell(f"The pictures: {len(list(_FOLDER.glob('*.png')))} in build/shots")
    return 0


if __name__ == "__main__":
    sys.exit(main())

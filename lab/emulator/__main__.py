"""``python -m lab.emulator --services 10000 --nodes 1000``: an emulated Swarm until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from lab.emulator.founding import Founding
from lab.emulator.serving import SOCKET, serve

__all__ = ["main"]


def main() -> None:
    """Read the arguments, and serve."""
    parser = argparse.ArgumentParser(prog="python -m lab.emulator", description="An emulated Swarm at a unix socket.")
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--replicas", type=int, default=3, help="of each service")
    parser.add_argument("--socket", type=Path, default=SOCKET)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    founding = Founding(services=asked.services, nodes=asked.nodes, replicas=asked.replicas, seed=asked.seed)
    serve(founding, asked.socket, tell=lambda engine: _say(engine.endpoint), complain=_say)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

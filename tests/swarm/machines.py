"""A provider's program with a will of its own: machines are engines of a lab, unless files in its folder say otherwise.

    python -m tests.swarm.machines --lab NAME --folder FOLDER [--maximum N] describe | increase | delete

It speaks the language of the provider `command`. In the folder, a file called

- `refuse` makes it refuse every order, with its text as the reason;
- `ghosts` lets it tell of machines that nobody ever sees;
- `before-increase`, `after-delete` and so on let an order hang before, or after, it is carried out, which `held` then
  tells.
"""

import argparse
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.real import Lab
from lab.real.provider import answer

__all__ = ["ASKED", "GHOSTS", "HELD", "NEVER_SEEN", "REFUSE", "main"]

REFUSE, GHOSTS, HELD = "refuse", "ghosts", "held"
#: What it has told of machines that nobody sees, one JSON object a line.
NEVER_SEEN = "never-seen"
#: The orders for machines that it was given, also those that it refused, one JSON object a line.
ASKED = "asked"


def main() -> int:
    """Answer one question of skep."""
    arguments = _arguments()
    question = json.load(sys.stdin)
    told = _Machines(Lab.attach(arguments.lab), arguments.folder, arguments.maximum).answer(arguments.word, question)
    sys.stdout.write(json.dumps(told))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--maximum", type=int, default=5)
    parser.add_argument("word", choices=("describe", "increase", "delete"))
    return parser.parse_args()


class _Machines:
    def __init__(self, lab: Lab, folder: Path, maximum: int) -> None:
        self._lab = lab
        self._folder = folder
        self._maximum = maximum

    def answer(self, word: str, question: dict[str, Any]) -> dict[str, Any]:
        if word == "increase":
            return self._increase(question)
        if word == "delete":
            self._forget(question["machine_ids"])
            return self._carried_out(word, question)
        told = answer(word, self._lab, self._maximum, question)
        told["machines"] += self._never_seen()
        return {**told, "target": len(told["machines"])}

    def _increase(self, question: dict[str, Any]) -> dict[str, Any]:
        with (self._folder / ASKED).open("a") as file:
            file.write(json.dumps({"request_id": question["request_id"], "machines": question["machines"]}) + "\n")
        refusal = self._folder / REFUSE
        if refusal.exists():
            return {"ordered": 0, "refusal": {"kind": "quota", "reason": refusal.read_text()}}
        if (self._folder / GHOSTS).exists():
            self._make_ghosts(question["machines"])
            return {"ordered": question["machines"]}
        return self._carried_out("increase", question)

    def _carried_out(self, word: str, question: dict[str, Any]) -> dict[str, Any]:
        self._hang_at(f"before-{word}")
        told = self._beside_us(word, question)
        self._hang_at(f"after-{word}")
        return told

    def _beside_us(self, word: str, question: dict[str, Any]) -> dict[str, Any]:
        """Carry an order out in a process that ends at once: a machine that is ours would die with who ordered it."""
        options = ["--lab", self._lab.name, "--maximum", str(self._maximum)]
        program = [sys.executable, "-m", "lab.real.provider", *options, word]
        ended = subprocess.run(program, input=json.dumps(question), stdout=subprocess.PIPE, text=True, check=True)
        told: dict[str, Any] = json.loads(ended.stdout)
        return told

    def _hang_at(self, point: str) -> None:
        if (self._folder / point).exists():
            (self._folder / HELD).touch()
            signal.pause()

    # --- machines that nobody sees ----------------------------------------------------------------------------------

    def _make_ghosts(self, machines: int) -> None:
        with (self._folder / NEVER_SEEN).open("a") as file:
            for _ in range(machines):
                number = len(self._never_seen()) + 1
                # An address of no lab.
                ghost = {"id": f"ghost-{number}", "state": "running", "addresses": [f"198.19.0.{number}"]}
                file.write(json.dumps({**ghost, "created_at": datetime.now(UTC).isoformat()}) + "\n")
                file.flush()

    def _never_seen(self) -> list[dict[str, Any]]:
        file = self._folder / NEVER_SEEN
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def _forget(self, machine_ids: list[str]) -> None:
        left = [json.dumps(ghost) for ghost in self._never_seen() if ghost["id"] not in machine_ids]
        (self._folder / NEVER_SEEN).write_text("".join(f"{line}\n" for line in left))


if __name__ == "__main__":
    sys.exit(main())

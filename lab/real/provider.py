"""Machines of a lab for skep: real engines that join cordoned. What the provider `lab` runs.

    python -m lab.real.provider --lab NAME [--maximum N] describe | increase | delete

It speaks the language of the provider `command` (docs/providers.md).
Its machines are the nodes that were added by it; those that `up` made are none of its business.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from lab.real import lock
from lab.real.errors import LabUnavailable
from lab.real.lab import Lab
from lab.real.layout import Layout
from lab.real.status import NodeStatus

__all__ = ["answer", "main"]

_MODULE = "lab.real.provider"
_MAXIMUM = 5
_TROUBLE_PASSES = 75


def main() -> int:
    """Answer one question of skep."""
    arguments = _arguments()
    question = msgspec.json.decode(sys.stdin.buffer.read())
    try:
        told = answer(arguments.word, Lab.attach(arguments.lab), arguments.maximum, question)
    except LabUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return _TROUBLE_PASSES
    sys.stdout.buffer.write(msgspec.json.encode(told))
    return 0


def answer(word: str, lab: Lab, maximum: int, question: dict[str, Any]) -> dict[str, Any]:
    """What the provider says.

    Args:
        word: `describe`, `increase` or `delete`.
        lab: whose nodes its machines are.
        maximum: how many of them there may be.
        question: as skep asks it.
    """
    if word == "describe":
        return _describe(lab, maximum)
    # One order at a time; the lab's own lock is held for one node only.
    with lock.held(Layout(lab.name).run / "provider.lock"):
        if word == "increase":
            return _increase(lab, maximum, question["machines"], question["request_id"])
        return _delete(lab, question["machine_ids"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {_MODULE}", description=__doc__)
    parser.add_argument("--lab", default="skep", help="the lab's name")
    parser.add_argument("--maximum", type=int, default=_MAXIMUM, help="how many machines there may be")
    parser.add_argument("word", choices=("describe", "increase", "delete"))
    return parser.parse_args()


def _describe(lab: Lab, maximum: int) -> dict[str, Any]:
    nodes = _machines(lab)
    return {"target": len(nodes), "maximum": maximum, "machines": [_machine(node) for node in nodes]}


def _machine(node: NodeStatus) -> dict[str, Any]:
    return {
        "id": node.hostname,
        "state": "failed" if node.state == "dead" else "running",
        "hostname": node.hostname,
        "addresses": [node.address],
        "detail": node.state,
    }


def _increase(lab: Lab, maximum: int, wanted: int, request_id: str) -> dict[str, Any]:
    ordered = len(lab.ordered(request_id))
    while ordered < wanted:
        if len(_machines(lab)) >= maximum:
            reason = f"lab {lab.name} may have {maximum} machines"
            return {"ordered": ordered, "refusal": {"kind": "at maximum", "reason": reason}}
        lab.add(availability="pause", request_id=request_id)
        ordered += 1
    return {"ordered": ordered}


def _delete(lab: Lab, machine_ids: list[str]) -> dict[str, Any]:
    there = {node.hostname for node in _machines(lab)}
    for machine_id in there.intersection(machine_ids):
        lab.remove(machine_id)
    return {"gone": machine_ids}


def _machines(lab: Lab) -> list[NodeStatus]:
    """The nodes that were ordered and are still there."""
    ordered = set(lab.ordered())
    return [node for node in lab.status().nodes if node.hostname in ordered]


if __name__ == "__main__":
    sys.exit(main())

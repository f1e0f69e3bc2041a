"""The targets by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

__all__ = ["TARGETS", "Target", "target"]

#: Modules of this folder.
TARGETS = (
    "docker_answers",
    "influx_answers",
    "labels",
    "own_queries",
    "policy_files",
    "schedules",
    "stored",
    "traces",
    "webhooks",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader under fire.

    Attributes:
        seeds: what it would be given on a good day, by a name for people.
        look: reads bytes; raises where a promise is broken.
    """

    name: str
    seeds: Mapping[str, bytes]
    look: Callable[[bytes], None]


def target(name: str) -> Target:
    """One of :data:`TARGETS`; imported now, so that a fuzzer can prepare what is imported."""
    module = import_module(f"tests.fuzz.{name}")
    return Target(name=name, seeds=module.SEEDS, look=module.look)

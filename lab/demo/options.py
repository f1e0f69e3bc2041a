"""What can be asked of the demo, by environment variables: `make demo KEEP=1 SHORT=1 NODES=1`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from skep.config.units import UnitError, complaint, read_count, read_flag

__all__ = ["DemoOptionError", "DemoOptions"]

_FEWEST_NODES, _MOST_NODES = 1, 10

Value = TypeVar("Value", bool, int)


class DemoOptionError(Exception):
    """An option of the demo is wrong; the text says which, and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How the demo is run.

    Attributes:
        keep: leave everything running at the end.
        short: about two minutes instead of five.
        nodes: the surge does not fit on the nodes that are there, so that more of them come and go.
        size: how many nodes the Swarm has at first.
        emulated: play without engines even where real ones can run.
        lab: the name of the lab it is played in; an older lab of that name is taken down.
    """

    keep: bool
    short: bool
    nodes: bool
    size: int
    lab: str
    emulated: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read KEEP, SHORT, NODES, SIZE, LAB and EMULATED; what is not set, or empty, keeps its default.

        Raises:
            DemoOptionError: for a value that is none.
        """
        return cls(
            keep=_read(environment, "KEEP", read_flag, default=False),
            short=_read(environment, "SHORT", read_flag, default=False),
            nodes=_read(environment, "NODES", read_flag, default=False),
            size=_read(environment, "SIZE", _read_size, default=3),
            lab=environment.get("LAB") or "demo",
            emulated=_read(environment, "EMULATED", read_flag, default=False),
        )


def _read(environment: Mapping[str, str], name: str, read: Callable[[str], Value], *, default: Value) -> Value:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        return read(text)
    except UnitError as error:
        raise DemoOptionError(complaint(name, text, error.expected, f"{name}={error.example}")) from None


def _read_size(text: str) -> int:
    return read_count(text, least=_FEWEST_NODES, most=_MOST_NODES)

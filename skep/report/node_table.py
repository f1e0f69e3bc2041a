"""How nodes stand, as a table: availability, what they run and have set aside, and what is being done to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rich.text import Text

from skep.core.cluster import Availability, Resources
from skep.report.layout import Column, Row, Styled, lay_out
from skep.report.words import age, instant, one_line

__all__ = ["DrainStanding", "NodeStanding", "node_table"]

_COLUMNS = (
    Column(title="NODE"),
    Column(title="POOL"),
    Column(title="STATE"),
    Column(title="TASKS", is_number=True),
    Column(title="CPU USED", is_number=True),
    Column(title="RESERVED", is_number=True),
    Column(title="MEM USED", is_number=True),
    Column(title="RESERVED", is_number=True),
)
_NOTHING = "-"
_GIB = 1 << 30
_AVAILABILITIES = {
    Availability.ACTIVE: Styled("active"),
    Availability.PAUSE: Styled("cordoned", style="yellow"),
    Availability.DRAIN: Styled("drained", style="magenta"),
}


class DrainStanding(Protocol):
    """What is told of a drain."""

    @property
    def phase(self) -> str: ...  # noqa: D102 - as :class:`skep.operations.node_status.DrainStatus` says, all of them
    @property
    def since(self) -> datetime: ...  # noqa: D102
    @property
    def deadline(self) -> datetime: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def waits_for(self) -> str: ...  # noqa: D102


class NodeStanding(Protocol):
    """What is told of a node."""

    @property
    def hostname(self) -> str: ...  # noqa: D102 - as :class:`skep.operations.node_status.NodeStatus` says, all of them
    @property
    def is_manager(self) -> bool: ...  # noqa: D102
    @property
    def is_ready(self) -> bool: ...  # noqa: D102
    @property
    def availability(self) -> Availability: ...  # noqa: D102
    @property
    def pool(self) -> str | None: ...  # noqa: D102
    @property
    def swarm_tasks(self) -> int: ...  # noqa: D102
    @property
    def reserved(self) -> Resources: ...  # noqa: D102
    @property
    def used(self) -> Resources: ...  # noqa: D102
    @property
    def capacity(self) -> Resources: ...  # noqa: D102
    @property
    def drain(self) -> DrainStanding | None: ...  # noqa: D102
    @property
    def verdict(self) -> str: ...  # noqa: D102


def node_table(nodes: Sequence[NodeStanding], *, now: datetime, width: int) -> Text:
    """All nodes, one row each.

    Args:
        nodes: in the order to show them.
        now: the present instant; ages are counted to it.
        width: characters per line; from 120 on remarks stand beside the rows, below that under them.
    """
    return lay_out(_COLUMNS, [_row(node, now) for node in nodes], remarks_title="WHY", width=width)


def _row(node: NodeStanding, now: datetime) -> Row:
    cells = (
        Styled(one_line(node.hostname), style="bold"),
        Styled(node.pool or _NOTHING),
        _state(node),
        Styled(str(node.swarm_tasks)),
        _used(node.used.cpu_cores, node.capacity.cpu_cores),
        Styled(f"{node.reserved.cpu_cores or 0:.3g}/{_cores(node.capacity.cpu_cores)}"),
        _used(node.used.memory_bytes, node.capacity.memory_bytes),
        Styled(f"{(node.reserved.memory_bytes or 0) / _GIB:.2g}/{_gib(node.capacity.memory_bytes)}"),
    )
    return Row(lines=(cells,), remarks=tuple(_remarks(node, now)))


def _remarks(node: NodeStanding, now: datetime) -> list[Styled]:
    drain = node.drain
    if drain is None:
        stays = node.verdict.removeprefix(f"{node.hostname} ")
        return [Styled(one_line(stays), style="dim")] if stays and node.pool else []
    why = f": {one_line(drain.reason)}" if drain.reason else ""
    waits = f"; waits, at most until {instant(drain.deadline, now)}: {drain.waits_for}" if drain.waits_for else ""
    return [Styled(f"for {age(drain.since, now)}, by {one_line(drain.actor)}{why}{waits}", style="dim")]


def _state(node: NodeStanding) -> Styled:
    """What is most worth knowing of it, in a word."""
    if not node.is_ready:
        return Styled("down", style="red")
    if node.drain is not None:
        return Styled(node.drain.phase, style="yellow")
    if node.availability is Availability.ACTIVE and node.is_manager:
        return Styled("manager")
    return _AVAILABILITIES[node.availability]


def _used(amount: float | None, whole: float | None) -> Styled:
    """What was measured, as a share; what nobody knows is not zero."""
    return Styled("unknown", style="dim") if amount is None or not whole else Styled(f"{amount / whole:.0%}")


def _cores(cores: float | None) -> str:
    return _NOTHING if cores is None else f"{cores:.3g}"


def _gib(memory_bytes: int | None) -> str:
    return _NOTHING if memory_bytes is None else f"{memory_bytes / _GIB:.3g} GiB"

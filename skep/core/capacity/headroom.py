"""How many machines more bring what is free in a pool to what its operator wants to be free."""

import math
from collections.abc import Iterable

from skep.core.capacity.node_room import NodeRoom
from skep.core.pools import Headroom

__all__ = ["headroom_words", "machines_for_headroom"]


def machines_for_headroom(headroom: Headroom, open_nodes: Iterable[NodeRoom], machine: NodeRoom) -> int:
    """How many machines are missing.

    What is free on several nodes is added up, as the operator does who says "20 %"; that it lies in one piece is not
    promised.

    Args:
        headroom: what is to be free.
        open_nodes: those of the pool, with what is left on each when all that waits has been placed.
        machine: an empty one of the pool.
    """
    nodes = tuple(open_nodes)
    by_cpu = _missing(
        headroom.nodes,
        headroom.cpu_ratio,
        free=sum(max(0, node.nano_cpus) for node in nodes),
        total=len(nodes) * machine.nano_cpus,
        whole=machine.nano_cpus,
    )
    by_memory = _missing(
        headroom.nodes,
        headroom.memory_ratio,
        free=sum(max(0, node.memory_bytes) for node in nodes),
        total=len(nodes) * machine.memory_bytes,
        whole=machine.memory_bytes,
    )
    return max(by_cpu, by_memory)


def headroom_words(headroom: Headroom) -> str:
    """Such as ``headroom of 2 nodes, 20% of CPU``."""
    parts = [f"{headroom.nodes} node{'' if headroom.nodes == 1 else 's'}"] if headroom.nodes else []
    parts += [f"{headroom.cpu_ratio:.0%} of CPU"] if headroom.cpu_ratio else []
    parts += [f"{headroom.memory_ratio:.0%} of memory"] if headroom.memory_ratio else []
    return f"headroom of {', '.join(parts)}"


def _missing(nodes: int, ratio: float, *, free: int, total: int, whole: int) -> int:
    """For one resource: each machine that is added brings its whole, and adds to what a share is taken of."""
    if whole <= 0:
        return 0
    for_nodes = -(-(nodes * whole - free) // whole)
    gain = whole * (1.0 - ratio)
    for_share = math.ceil((ratio * total - free) / gain - _ROUNDING) if gain > 0 else 0
    return max(0, for_nodes, for_share)


_ROUNDING = 1e-9

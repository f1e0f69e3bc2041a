"""How many machines more bring what is free in a pool to what its operator wants to be free."""

import math
from collections.abc import Iterable

from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.pool import Headroom

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
        headroom,
        free=sum(max(0, node.nano_cpus) for node in nodes),
        whole=machine.nano_cpus,
        total=len(nodes) * machine.nano_cpus,
    )
    by_memory = _missing(
        headroom,
        free=sum(max(0, node.memory_bytes) for node in nodes),
        whole=machine.memory_bytes,
        total=len(nodes) * machine.memory_bytes,
    )
    return max(by_cpu, by_memory)


def headroom_words(headroom: Headroom) -> str:
    """Such as ``headroom of 2 nodes``."""
    parts = [f"{headroom.nodes} node{'' if headroom.nodes == 1 else 's'}"] if headroom.nodes else []
    parts += [f"{headroom.ratio:.0%}"] if headroom.ratio else []
    return f"headroom of {' and '.join(parts)}"


def _missing(headroom: Headroom, *, free: int, whole: int, total: int) -> int:
    """For one resource: each machine that is added brings its whole, and adds to what a share is taken of."""
    if whole <= 0:
        return 0
    for_nodes = -(-(headroom.nodes * whole - free) // whole)
    gain = whole * (1.0 - headroom.ratio)
    for_share = math.ceil((headroom.ratio * total - free) / gain - _ROUNDING) if gain > 0 else 0
    return max(0, for_nodes, for_share)


_ROUNDING = 1e-9

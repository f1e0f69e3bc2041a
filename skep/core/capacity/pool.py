"""A pool of nodes as a plan for machines sees it."""

from dataclasses import dataclass

from skep.core.cluster import Node
from skep.core.pools import Headroom

__all__ = ["NO_HEADROOM", "Pool"]


#: A node is ordered when it is needed, and not before.
NO_HEADROOM = Headroom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a pool has, has on order, and can give.

    Attributes:
        members: ids of its nodes, whatever state they are in.
        template: a node as the next machine will join, ready and active; ``None`` where nobody can tell.
        room: how many more machines may be ordered, by its policy and its provider; 0 at the maximum.
        missing: how many machines it lacks to its minimum.
        joining: how many machines are on order or starting, and no nodes yet.
        arriving: ids of nodes that have joined and will be opened soon.
        leaving: ids of nodes that are being emptied because nobody needed them, and that might as well stay.
        standby: ids of nodes that only have to be opened, which costs no machine.
        price: of a machine for an hour, in any one currency; ``None`` where it is not known.
        priority: the pool with the highest is asked first.
    """

    name: str
    members: tuple[str, ...] = ()
    template: Node | None = None
    room: int = 0
    missing: int = 0
    joining: int = 0
    arriving: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    standby: tuple[str, ...] = ()
    price: float | None = None
    priority: int = 0
    headroom: Headroom = NO_HEADROOM

"""What the next machine of a pool will be like, as far as those that are there tell."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from skep.core.capacity.burden import of_each_kind
from skep.core.cluster import Availability, Node, Resources
from skep.core.requirements import UNKNOWN_PLATFORM, GenericResource

__all__ = ["copies", "template"]


def template(nodes: Iterable[Node], *, labels: Iterable[tuple[str, str]] = ()) -> Node | None:
    """The least that all nodes of a pool have in common: what fits there fits on any of them.

    Labels that somebody gave to nodes by hand are left out: a machine that was ordered for them would join without.

    Args:
        nodes: of one pool; those that told nothing of their capacity are left out.
        labels: what a node of the pool is labelled with when it joins.

    Returns:
        A node that is ready and active, without a name; ``None`` where no node tells anything.
    """
    known = [node for node in nodes if node.capacity.cpu_cores and node.capacity.memory_bytes]
    if not known:
        return None
    return replace(
        known[0],
        id="",
        hostname="",
        address="",
        is_manager=False,
        manager=None,
        is_ready=True,
        is_down=False,
        availability=Availability.ACTIVE,
        joined_at=None,
        version_index=0,
        capacity=Resources(
            cpu_cores=min(node.capacity.cpu_cores or 0.0 for node in known),
            memory_bytes=min(node.capacity.memory_bytes or 0 for node in known),
        ),
        platform=_if_common(known, lambda node: node.platform) or UNKNOWN_PLATFORM,
        labels=tuple(labels),
        engine_labels=_shared(node.engine_labels for node in known),
        plugins=None
        if all(node.plugins is None for node in known)
        else _shared(node.plugins for node in known if node.plugins is not None),
        generic=_least(known),
    )


def copies(of: Node, count: int, *, name: str) -> tuple[Node, ...]:
    """So many machines like that one, with names of their own: ``<name>+1``, ``<name>+2``."""
    names = (f"{name}+{number}" for number in range(1, count + 1))
    return tuple(replace(of, id=each, hostname=each) for each in names)


_Thing = TypeVar("_Thing")


def _if_common(nodes: Sequence[Node], read: Callable[[Node], _Thing]) -> _Thing | None:
    first = read(nodes[0])
    return first if all(read(node) == first for node in nodes) else None


def _shared(of_nodes: Iterable[tuple[_Thing, ...]]) -> tuple[_Thing, ...]:
    """What stands in each of them, in the order of the first."""
    first, *others = of_nodes
    return tuple(thing for thing in first if all(thing in other for other in others))


def _least(nodes: Sequence[Node]) -> tuple[GenericResource, ...]:
    """As many of each kind as every node has; only their number matters to what is to come."""
    first, *others = (of_each_kind(node.generic) for node in nodes)
    least = {
        kind: min(amount, *(other[kind] for other in others)) if others else amount for kind, amount in first.items()
    }
    return tuple(GenericResource(kind=kind, amount=amount) for kind, amount in least.items() if amount)

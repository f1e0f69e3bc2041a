"""Nodes by the values of the labels that a service is spread over."""

from collections.abc import Sequence
from dataclasses import dataclass

from skep.core.capacity.node_room import NodeRoom
from skep.core.requirements import LabelScope, SpreadOver

__all__ = ["Partition", "partition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """All nodes, in parts that have the same values.

    Attributes:
        values: of each part, one for each label, in ascending order.
        part_of: the part of each node, by the index of the node.
    """

    values: tuple[tuple[str, ...], ...]
    part_of: tuple[int, ...]


def partition(nodes: Sequence[NodeRoom], spreads: Sequence[SpreadOver]) -> Partition:
    """The parts of some nodes; without labels they are one. A node without a label counts under the empty value."""
    of_nodes = [tuple(_value(node, over) for over in spreads) for node in nodes]
    values = tuple(sorted(set(of_nodes))) or ((),)
    numbers = {each: number for number, each in enumerate(values)}
    return Partition(values=values, part_of=tuple(numbers[each] for each in of_nodes))


def _value(node: NodeRoom, over: SpreadOver) -> str:
    labels = node.labels if over.scope is LabelScope.NODE else node.engine_labels
    return labels.get(over.label, "")

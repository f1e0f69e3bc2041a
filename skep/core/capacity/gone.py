"""Nodes whose machines are gone for certain: Swarm calls them down, and their provider has no such machine any more.

Two that know nothing of each other say the same, so it is no network that is split, and such nodes do not count among
those that are away (:mod:`skep.core.capacity.breaker`). Else whoever loses half of his machines at once, as when a
provider takes back what it lent cheaply, would be left with the other half: none of those that are gone ever returns.
"""

from collections.abc import Iterable, Mapping

from skep.core.capacity.roster import MACHINE_LABEL, POOL_LABEL
from skep.core.cluster import Node
from skep.core.machines import MachineState, PoolMachines

__all__ = ["gone_nodes"]

_SERVE_NO_MORE = frozenset({MachineState.STOPPING, MachineState.FAILED})


def gone_nodes(nodes: Iterable[Node], asked: Mapping[str, PoolMachines | None]) -> frozenset[str]:
    """The ids of those nodes.

    Args:
        nodes: of the whole Swarm.
        asked: what the providers of pools say, by the names of the pools; ``None`` where one could not be asked, and
            nothing is gone for certain.
    """
    serving = {
        name: {machine.id for machine in described.machines if machine.state not in _SERVE_NO_MORE}
        for name, described in asked.items()
        if described is not None
    }
    return frozenset(node.id for node in nodes if _is_gone(node, serving))


def _is_gone(node: Node, serving: Mapping[str, set[str]]) -> bool:
    labels = dict(node.labels)
    machines = serving.get(labels.get(POOL_LABEL, ""))
    machine = labels.get(MACHINE_LABEL)
    return (
        node.is_down
        and not node.is_manager
        and machine is not None
        and machines is not None
        and machine not in machines
    )

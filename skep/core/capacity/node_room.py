"""One node in a simulation, and what is left on it."""

from collections import Counter

from skep.core.capacity.burden import Burden, nano_cpus, of_each_kind
from skep.core.cluster import Node
from skep.core.requirements import HostPort

__all__ = ["NodeRoom"]


class NodeRoom:
    """A node, and what is left on it: changed by swarm tasks that come and go.

    Attributes:
        index: its place in the room; where Swarm would choose by chance, the lower one is taken.
        is_open: whether the scheduler may put new swarm tasks there.
        nano_cpus: billionths of a core that are left; below zero where more was promised than there is.
        memory_bytes: what is left, likewise.
        generic: how many of each kind are left.
        ports: how many swarm tasks have each port of the node.
        tasks: how many swarm tasks are meant to run there.
        copies: how many of them each service has.
    """

    __slots__ = (
        "copies",
        "engine_labels",
        "generic",
        "index",
        "is_open",
        "labels",
        "memory_bytes",
        "nano_cpus",
        "node",
        "ports",
        "tasks",
    )

    def __init__(self, node: Node, index: int) -> None:
        self.node = node
        self.index = index
        self.is_open = node.takes_tasks
        self.nano_cpus = nano_cpus(node.capacity)
        self.memory_bytes = node.capacity.memory_bytes or 0
        self.generic = of_each_kind(node.generic)
        self.ports: Counter[HostPort] = Counter()
        self.tasks = 0
        self.copies: Counter[str] = Counter()
        self.labels = dict(node.labels)
        self.engine_labels = dict(node.engine_labels)

    def take(self, burden: Burden, *, counts: bool = True) -> None:
        """A swarm task comes; one that is to stop again takes room, but does not count."""
        self._change(burden, 1, counts=counts)

    def give_back(self, burden: Burden, *, counts: bool = True) -> None:
        """A swarm task that came before goes."""
        self._change(burden, -1, counts=counts)

    def _change(self, burden: Burden, sign: int, *, counts: bool) -> None:
        self.nano_cpus -= sign * burden.nano_cpus
        self.memory_bytes -= sign * burden.memory_bytes
        for kind, amount in burden.generic:
            self.generic[kind] -= sign * amount
        for port in burden.ports:
            self.ports[port] += sign
        if counts:
            self.tasks += sign
            self.copies[burden.service_id] += sign

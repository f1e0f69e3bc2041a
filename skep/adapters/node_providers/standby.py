"""Machines that joined the Swarm long ago and wait there: no cloud is needed.

All that is known stands on the nodes: ``skep.pool`` says whose a node is, ``skep.standby`` whether it is ``parked`` or
``used``, ``skep.standby.request`` under which request it was last taken into use. Swarm's own version of a node keeps
two workers from taking the same one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from skep.adapters.node_providers.ordering import check_order
from skep.core.cluster import Availability, Node
from skep.core.machines import Deletion, Increase, Machine, MachineState, PoolMachines, Refusal, RefusalKind
from skep.errors import Temporary
from skep.ports import NodeHandle, OutOfSequence, Swarm

__all__ = ["StandbyProvider"]

_POOL = "skep.pool"
_STANDBY = "skep.standby"
_REQUEST = "skep.standby.request"
_PARKED = "parked"
_USED = "used"
_MOST_TRIES = 3


class StandbyProvider:
    """Implements :class:`skep.ports.NodeProvider`; a machine's id is that of its node."""

    def __init__(self, pool: str, swarm: Swarm) -> None:
        self._pool = pool
        self._swarm = swarm

    def describe(self) -> PoolMachines:
        """As :meth:`skep.ports.NodeProvider.describe` says."""
        labelled = self._labelled()
        nodes = _workers(labelled)
        used = [node for node in nodes if _standby(node) == _USED]
        parked = [node for node in nodes if _standby(node) == _PARKED]
        return PoolMachines(
            target=len(used),
            maximum=len(used) + len(parked),
            machines=tuple(map(_machine, used)),
            cautions=tuple(caution for node in labelled for caution in _cautions(node)),
            stay_joined=True,
        )

    def target(self) -> int:
        """As :meth:`skep.ports.NodeProvider.target` says."""
        return sum(_standby(node) == _USED for node in _workers(self._labelled()))

    def increase(self, machines: int, *, request_id: str) -> Increase:
        """As :meth:`skep.ports.NodeProvider.increase` says.

        Nodes are tried in order of their names, so that two deliveries of one order meet at the same node. A node that
        was taken under this request and parked since counts as ordered, and is not taken under it once more.
        """
        check_order(machines, request_id)
        nodes = _workers(self._labelled())
        taken = sum(_request(node) == request_id for node in nodes)
        for node in nodes:
            if taken < machines and _may_be_taken(node) and _request(node) != request_id:
                taken += self._take(node.id, request_id)
        if taken >= machines:
            return Increase(ordered=machines)
        return Increase(ordered=taken, refusal=self._no_more(nodes))

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        """As :meth:`skep.ports.NodeProvider.delete` says: the nodes are parked.

        They keep the name of their request, so that an order delivered once more finds it fulfilled.
        """
        for machine_id in machine_ids:
            self._park(machine_id)
        return Deletion(gone=tuple(machine_ids))

    def _labelled(self) -> list[Node]:
        """The nodes that an operator meant for this, by name."""
        nodes = filter(self._is_labelled, self._swarm.read_nodes())
        return sorted(nodes, key=lambda node: (node.hostname, node.id))

    def _is_labelled(self, node: Node) -> bool:
        labels = dict(node.labels)
        return labels.get(_POOL) == self._pool and _STANDBY in labels

    def _take(self, node_id: str, request_id: str) -> bool:
        """Take a node into use, unless somebody else was faster; whether it works for this request now."""
        for handle in self._tries(node_id):
            if not _may_be_taken(handle.node):
                return _standby(handle.node) == _USED and _request(handle.node) == request_id
            with suppress(OutOfSequence):
                labels = {_STANDBY: _USED, _REQUEST: request_id}
                self._swarm.update_node(handle, availability=Availability.ACTIVE, labels=labels)
                return True
        return False

    def _park(self, node_id: str) -> None:
        for handle in self._tries(node_id):
            if _standby(handle.node) != _USED:
                return
            with suppress(OutOfSequence):
                self._swarm.update_node(handle, availability=Availability.DRAIN, labels={_STANDBY: _PARKED})
                return

    def _tries(self, node_id: str) -> Iterator[NodeHandle]:
        """The node as it is, read anew for each try, for as long as it is one of ours.

        Raises:
            Temporary: somebody else was faster each time.
        """
        for _ in range(_MOST_TRIES):
            handle = self._swarm.read_node(node_id)
            if handle is None or handle.node.is_manager or not self._is_labelled(handle.node):
                return
            yield handle
        raise Temporary(f"node {node_id} is changed by somebody else again and again")

    def _no_more(self, nodes: Iterable[Node]) -> Refusal:
        down = [node.hostname for node in nodes if _standby(node) == _PARKED and not node.is_ready]
        if down:
            reason = f"of pool {self._pool} only machines that are down are parked: {', '.join(down)}"
            return Refusal(kind=RefusalKind.NO_CAPACITY, reason=reason)
        return Refusal(kind=RefusalKind.AT_MAXIMUM, reason=f"no machine of pool {self._pool} is parked any more")


def _workers(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if not node.is_manager]


def _standby(node: Node) -> str:
    return dict(node.labels)[_STANDBY]


def _request(node: Node) -> str | None:
    return dict(node.labels).get(_REQUEST)


def _may_be_taken(node: Node) -> bool:
    return _standby(node) == _PARKED and node.is_ready


def _machine(node: Node) -> Machine:
    return Machine(
        id=node.id,
        state=MachineState.RUNNING if node.is_ready else MachineState.FAILED,
        hostname=node.hostname,
        addresses=(node.address,) if node.address else (),
        node_id=node.id,
        detail="" if node.is_ready else "its node is not ready",
    )


def _cautions(node: Node) -> Iterator[str]:
    """What an operator should mend about a node."""
    name = node.hostname or node.id
    if node.is_manager:
        yield f"{name} is a manager, so it is neither parked nor taken into use"
    elif _standby(node) not in {_PARKED, _USED}:
        yield f'{name}: {_STANDBY} is "{_standby(node)}", expected {_PARKED}'
    elif _standby(node) == _PARKED and node.availability is not Availability.DRAIN:
        yield f"{name} is parked and still takes swarm tasks, expected --availability drain"

"""The nodes and machines of one pool, told apart by how far each has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from skep.core.cluster import Node
from skep.core.machines import Machine, MachineState, PoolMachines, node_of
from skep.core.pools import PoolPolicy

__all__ = [
    "MACHINE_LABEL",
    "POOL_LABEL",
    "REPLACED_LABEL",
    "Roster",
    "as_joined",
    "labels_of",
    "machine_key",
    "roster",
    "unjoined",
]

POOL_LABEL = "skep.pool"
#: Which machine of its provider a node is, written when it joins.
MACHINE_LABEL = "skep.node.machine"
#: Since when a node that is down has been replaced.
REPLACED_LABEL = "skep.node.replaced"
_STANDBY_LABEL = "skep.standby"
_PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A pool, one by one. Managers are in none of these.

    Attributes:
        members: nodes with the pool's label, but for those that are parked.
        parked: nodes that stand by.
        arriving: nodes that have joined and have neither label nor work yet.
        joining: machines that are no nodes yet.
        overdue: machines that should have become nodes by now.
        failed: machines that will not serve by themselves and are no nodes.
        lost: those of the members that have been down for longer than the pool's grace.
        machine_of: the machine of a node, by the node's id.
    """

    policy: PoolPolicy
    described: PoolMachines
    members: tuple[Node, ...] = ()
    parked: tuple[Node, ...] = ()
    arriving: tuple[Node, ...] = ()
    joining: tuple[Machine, ...] = ()
    overdue: tuple[Machine, ...] = ()
    failed: tuple[Machine, ...] = ()
    lost: tuple[Node, ...] = ()
    machine_of: Mapping[str, Machine]

    @property
    def machines(self) -> int:
        """How many machines serve, or will; those that are lost count no more."""
        return len(self.members) - len(self.lost) + len(self.arriving) + len(self.joining)

    @property
    def room(self) -> int:
        """How many more may be ordered, by the pool's bounds and by its provider."""
        by_policy = self.policy.bounds.max_replicas - self.machines
        by_provider = by_policy if self.described.maximum is None else self.described.maximum - self.described.target
        return max(0, min(by_policy, by_provider))

    @property
    def missing(self) -> int:
        """How many it lacks to its minimum."""
        return max(0, self.policy.bounds.min_replicas - self.machines)


def roster(
    policy: PoolPolicy,
    described: PoolMachines,
    nodes: Sequence[Node],
    *,
    alone_since: Mapping[str, datetime],
    down_since: Mapping[str, datetime],
    now: datetime,
) -> Roster:
    """Tell the machines and nodes of a pool apart.

    Args:
        policy: of the pool.
        described: what its provider says.
        nodes: of the whole Swarm.
        alone_since: since when a machine has been there without a node, by :func:`machine_key`.
        down_since: since when a node has been down, by its id.
        now: the present instant.
    """
    workers = [node for node in nodes if not node.is_manager]
    mine = [node for node in workers if dict(node.labels).get(POOL_LABEL) == policy.name]
    members = tuple(node for node in mine if not _is_parked(node))
    matched = {machine.id: _node_of(machine, nodes) for machine in described.machines}
    there = [machine for machine in described.machines if machine.state is not MachineState.STOPPING]
    alone = [machine for machine in there if matched[machine.id] is None]
    works = [machine for machine in alone if machine.state is not MachineState.FAILED]
    late = {each.id for each in works if now - alone_since.get(machine_key(policy, each), now) >= policy.join_timeout}
    found = [node for machine in there if (node := matched[machine.id]) is not None]
    return Roster(
        policy=policy,
        described=described,
        members=members,
        parked=tuple(node for node in mine if _is_parked(node)),
        arriving=tuple(node for node in found if not node.is_manager and POOL_LABEL not in dict(node.labels)),
        joining=tuple(machine for machine in works if machine.id not in late),
        overdue=tuple(machine for machine in works if machine.id in late),
        failed=tuple(machine for machine in alone if machine.state is MachineState.FAILED),
        lost=tuple(node for node in members if _is_lost(node, policy, down_since, now)),
        machine_of={node.id: machine for machine in there if (node := matched[machine.id]) is not None},
    )


def unjoined(policy: PoolPolicy, described: PoolMachines, nodes: Sequence[Node]) -> tuple[str, ...]:
    """The keys of the machines that are no nodes."""
    return tuple(
        machine_key(policy, each)
        for each in described.machines
        if each.state is not MachineState.STOPPING and _node_of(each, nodes) is None
    )


def machine_key(policy: PoolPolicy, machine: Machine) -> str:
    """What a machine is remembered under; two providers may give the same id."""
    return f"{policy.name}/{machine.id}"


def as_joined(node: Node, policy: PoolPolicy) -> Node:
    """A node with the labels that it will have as one of the pool."""
    return replace(node, labels=tuple({**dict(node.labels), **dict(labels_of(policy))}.items()))


def labels_of(policy: PoolPolicy) -> tuple[tuple[str, str], ...]:
    """What a node of the pool is labelled with when it joins."""
    return ((POOL_LABEL, policy.name), *policy.node_labels)


def _node_of(machine: Machine, nodes: Iterable[Node]) -> Node | None:
    """The node of a machine; one that is known to be another machine is not meant, whatever address it had."""
    return node_of(machine, [node for node in nodes if dict(node.labels).get(MACHINE_LABEL, machine.id) == machine.id])


def _is_parked(node: Node) -> bool:
    return dict(node.labels).get(_STANDBY_LABEL) == _PARKED


def _is_lost(node: Node, policy: PoolPolicy, down_since: Mapping[str, datetime], now: datetime) -> bool:
    since = down_since.get(node.id)
    return node.is_down and policy.heal is not None and since is not None and now - since >= policy.heal.grace

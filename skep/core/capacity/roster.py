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
        unclear: machines that may have become nodes which nobody can tell to be theirs; they are left alone.
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
    unclear: tuple[Machine, ...] = ()
    failed: tuple[Machine, ...] = ()
    lost: tuple[Node, ...] = ()
    machine_of: Mapping[str, Machine]

    @property
    def machines(self) -> int:
        """How many machines serve, or will; those that are lost count no more."""
        coming = len(self.arriving) + len(self.joining) + len(self.unclear)
        return self.serving + coming

    @property
    def serving(self) -> int:
        """How many of its nodes serve; what is on order may never come."""
        return len(self.members) - len(self.lost)

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
    alone = [machine for machine in there if _is_alone(matched[machine.id])]
    works = [machine for machine in alone if machine.state is not MachineState.FAILED]
    since = {machine.id: alone_since.get(machine_key(policy, machine), now) for machine in works}
    late = [machine for machine in works if now - since[machine.id] >= policy.join_timeout]
    strangers = [node for node in workers if _is_stranger(node, matched.values())]
    unclear = [each for each in late if _may_be_one_of(each, strangers, since[each.id])]
    found = [node for machine in there if not _is_alone(node := matched[machine.id]) and node is not None]
    return Roster(
        policy=policy,
        described=described,
        members=members,
        parked=tuple(node for node in mine if _is_parked(node)),
        arriving=tuple(node for node in found if not node.is_manager and POOL_LABEL not in dict(node.labels)),
        joining=tuple(machine for machine in works if machine not in late),
        overdue=tuple(machine for machine in late if machine not in unclear),
        unclear=tuple(unclear),
        failed=tuple(machine for machine in alone if machine.state is MachineState.FAILED),
        lost=tuple(node for node in members if _is_lost(node, policy, down_since, now)),
        machine_of={node.id: machine for machine in there if (node := matched[machine.id]) is not None},
    )


def unjoined(policy: PoolPolicy, described: PoolMachines, nodes: Sequence[Node]) -> tuple[str, ...]:
    """The keys of the machines that are no nodes."""
    return tuple(
        machine_key(policy, each)
        for each in described.machines
        if each.state is not MachineState.STOPPING and _is_alone(_node_of(each, nodes))
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


def _is_alone(node: Node | None) -> bool:
    """Whether a machine is no node that serves or will: none at all, or one that went down before it was opened."""
    return node is None or (node.is_down and not node.is_manager and POOL_LABEL not in dict(node.labels))


def _is_stranger(node: Node, matched: Iterable[Node | None]) -> bool:
    """Whether a node that is ready is not known to be any machine."""
    ids = {each.id for each in matched if each is not None}
    return node.is_ready and node.id not in ids and MACHINE_LABEL not in dict(node.labels)


def _may_be_one_of(machine: Machine, strangers: Iterable[Node], since: datetime) -> bool:
    """Whether a machine may be serving already, under an address that its provider does not tell.

    To delete it would then end what runs there; so it is left alone if nothing could tell it, or if a node that nobody
    knows has joined since it was made.
    """
    if not (machine.node_id or machine.addresses or machine.hostname):
        return True
    made_at = machine.created_at or since
    return any(node.joined_at is not None and node.joined_at >= made_at for node in strangers)


def _is_parked(node: Node) -> bool:
    return dict(node.labels).get(_STANDBY_LABEL) == _PARKED


def _is_lost(node: Node, policy: PoolPolicy, down_since: Mapping[str, datetime], now: datetime) -> bool:
    since = down_since.get(node.id)
    return node.is_down and policy.heal is not None and since is not None and now - since >= policy.heal.grace

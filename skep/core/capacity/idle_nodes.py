"""Which nodes are idle at the moment; for how long that has to last is for :mod:`skep.core.capacity.idle`."""

from collections.abc import Iterable, Mapping

from skep.core.capacity.account import NodeAccount, accounts
from skep.core.capacity.loads import carried
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.capacity.situation import PoolStanding
from skep.core.cluster import Cluster, Resources
from skep.core.pools import UseLimits

__all__ = ["idle_nodes"]

_NOTHING_SEEN: Mapping[str, Resources] = {}


def idle_nodes(
    cluster: Cluster,
    pools: Iterable[PoolStanding],
    *,
    measured: Measured = NOTHING_MEASURED,
    used: Mapping[str, Resources] = _NOTHING_SEEN,
) -> tuple[str, ...]:
    """The ids of nodes on which hardly anything is set aside or used, by the limits of their pools.

    What counts is the larger of what their swarm tasks need and what was measured on the node. The limit itself is
    still idle; a use that is not known is not.

    Args:
        cluster: nodes, and services with their swarm tasks.
        pools: those that never shrink have no idle nodes.
        measured: what replicas use, by service.
        used: what was measured on nodes, by id.
    """
    limits = {node_id: pool.policy.scale_down for pool in pools for node_id in pool.members}
    return tuple(
        account.node.id
        for account in accounts(cluster, measured)
        if (limit := limits.get(account.node.id)) is not None and _is_idle(account, used.get(account.node.id), limit)
    )


def _is_idle(account: NodeAccount, used: Resources | None, limits: UseLimits) -> bool:
    needed, seen, capacity = account.needed, carried(account, used), account.node.capacity
    return _is_within(limits.cpu_ratio, capacity.cpu_cores, needed.cpu_cores, seen.cpu_cores) and _is_within(
        limits.memory_ratio, capacity.memory_bytes, needed.memory_bytes, seen.memory_bytes
    )


def _is_within(limit_ratio: float | None, whole: float | None, *amounts: float | None) -> bool:
    """Whether the largest amount lies within the limit; without a limit nothing matters."""
    if limit_ratio is None:
        return True
    known = [amount for amount in amounts if amount is not None]
    return bool(whole) and len(known) == len(amounts) and max(known) <= limit_ratio * (whole or 0.0)

"""One evaluation of nodes, in the same tick as that of services: decide, remember, and say what is to be done."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from skep.config.labels import LabelDefaults
from skep.core.action import AUTOSCALER
from skep.core.capacity.node_orders import NodeOrder
from skep.core.capacity.node_planning import FILL_FOR, NodesPlan, NodesSeen, plan_nodes
from skep.core.capacity.roster import POOL_LABEL, REPLACED_LABEL
from skep.core.cluster import Node
from skep.core.plan import Knowledge
from skep.core.record import of_pool
from skep.errors import SkepError
from skep.operations.foresee_pools import looking_ahead
from skep.operations.limits import lock_ttl
from skep.operations.survey import FILL_LABEL, IDLE_LABEL, Findings, is_everything_paused, survey
from skep.ports import Fleet, OutOfSequence, World

__all__ = ["evaluate_nodes"]

_LOOP = "loop:evaluate.nodes"
#: A node that is idle for a moment is not marked: each mark is a write to the managers.
_MARKED_AFTER = timedelta(minutes=2)


def evaluate_nodes(
    world: World, findings: Findings | None, fleet: Fleet, *, defaults: LabelDefaults, time_limit: timedelta
) -> tuple[NodeOrder, ...]:
    """Decide about all pools once and return the orders that follow.

    Without pools nothing is looked at. While a person keeps skep's hands off everything, or orders of people are being
    read back, all is decided and nothing done.

    Args:
        world: everything outside.
        findings: of the evaluation of services that has just been; ``None`` where there was none.
        fleet: the pools.
        defaults: what labels mean where they are silent.
        time_limit: after this the caller has been killed, so the lock may go.

    Raises:
        Temporary: the memory is out of reach. Nothing was decided.
    """
    if findings is None or not fleet.pools:
        return ()
    with world.locks.hold(_LOOP, ttl=lock_ttl(time_limit)) as is_ours:
        if not is_ours:
            return ()
        looking = looking_ahead(world, survey(world, findings, fleet, defaults=defaults))
        seen = looking.seen
        plan = plan_nodes(seen)
        _tell(world, plan, seen)
        world.memory.remember_nodes(looking.remembered(world, plan))
        if findings.knowledge is Knowledge.AWAITED or is_everything_paused(world, findings.now):
            return ()
        _mark(world, seen, plan.memory.idle_since)
        return plan.orders


def _tell(world: World, plan: NodesPlan, seen: NodesSeen) -> None:
    world.journal.append(
        [
            of_pool(
                notice.pool,
                at=seen.now,
                actor=AUTOSCALER,
                sentence=f"{notice.pool or 'nodes'}: {notice.sentence}",
                evaluation=seen.evaluation,
            )
            for notice in plan.notices
        ]
    )


def _mark(world: World, seen: NodesSeen, idle_since: Mapping[str, datetime]) -> None:
    """Write on the nodes of pools what must outlive the memory. Whoever writes a node meanwhile goes first."""
    pools = {pool.policy.name for pool in seen.pools}
    mine = (node for node in seen.cluster.nodes if dict(node.labels).get(POOL_LABEL) in pools and not node.is_manager)
    for node, changed in _marks(mine, idle_since, seen):
        with suppress(OutOfSequence, SkepError):
            handle = world.swarm.read_node(node.id)
            if handle is not None:
                world.swarm.update_node(handle, labels=changed)


def _marks(
    nodes: Iterable[Node], idle_since: Mapping[str, datetime], seen: NodesSeen
) -> Iterator[tuple[Node, Mapping[str, str | None]]]:
    for node in nodes:
        labels = dict(node.labels)
        changed: dict[str, str | None] = {}
        since = idle_since.get(node.id)
        if since is None and IDLE_LABEL in labels:
            changed[IDLE_LABEL] = None
        if since is not None and seen.now - since >= _MARKED_AFTER and labels.get(IDLE_LABEL) != since.isoformat():
            changed[IDLE_LABEL] = since.isoformat()
        if FILL_LABEL in labels and seen.now - seen.filling.get(node.id, seen.now - FILL_FOR) >= FILL_FOR:
            changed[FILL_LABEL] = None
        if REPLACED_LABEL in labels and node.is_ready:
            changed[REPLACED_LABEL] = None
        if changed:
            yield node, changed

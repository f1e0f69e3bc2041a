"""Fill the nodes of a pool by order of a person: replicas move one by one from where there are most."""

from contextlib import suppress

from skep.config.labels import LabelDefaults
from skep.core.capacity.node_planning import situation_of
from skep.core.capacity.rebalance import Move, rebalance
from skep.core.capacity.roster import POOL_LABEL
from skep.core.cluster import Node
from skep.core.record import of_pool
from skep.core.saga import drain_of
from skep.operations.node_acts import NodeOutcome, NodeVerdictWord
from skep.operations.survey import FILL_LABEL, find_out, survey
from skep.ports import Fleet, OutOfSequence, World

__all__ = ["fill_pool", "foresee_moves"]

#: So many moves are told; each changes what the next would be.
_MOST_TOLD = 20


def foresee_moves(world: World, fleet: Fleet, pool: str, *, defaults: LabelDefaults) -> tuple[Move, ...] | None:
    """The replicas that would move if the nodes of a pool were filled, at most one of each service.

    Returns:
        ``None`` where the policy file has no such pool.

    Raises:
        Temporary, Permanent: the Swarm or the memory is out of reach, or refuses us.
    """
    if fleet.pool(pool) is None:
        return None
    seen = survey(world, find_out(world), fleet, defaults=defaults)
    onto = [node.id for node in seen.cluster.nodes if _may_be_filled(node, pool)]
    return rebalance(situation_of(seen), onto, most=_MOST_TOLD, busy=seen.moving)


def fill_pool(
    world: World, fleet: Fleet, pool: str, *, actor: str, reason: str, task_id: str | None = None
) -> NodeOutcome:
    """Have the open nodes of a pool filled for an hour, as those that have just joined are.

    The next evaluations move the replicas, one at a time. Doing it twice begins the hour anew.

    Raises:
        Temporary, Permanent: the Swarm or the memory is out of reach, or refuses us.
    """
    if fleet.pool(pool) is None:
        return NodeOutcome(verdict=NodeVerdictWord.REFUSED, subject=pool, words="the policy file has no such pool")
    filled = [node for node in world.swarm.read_nodes() if _may_be_filled(node, pool) and _mark(world, node)]
    if not filled:
        return NodeOutcome(verdict=NodeVerdictWord.REFUSED, subject=pool, words="none of its nodes is open")
    nodes = "1 node" if len(filled) == 1 else f"{len(filled)} nodes"
    outcome = NodeOutcome(verdict=NodeVerdictWord.DONE, subject=pool, words=f"filled: {nodes} for an hour, {reason}")
    entry = of_pool(pool, at=world.clock.now(), actor=actor, sentence=outcome.sentence, task_id=task_id)
    world.journal.append([entry])
    return outcome


def _may_be_filled(node: Node, pool: str) -> bool:
    is_mine = dict(node.labels).get(POOL_LABEL) == pool and not node.is_manager
    return is_mine and node.takes_tasks and drain_of(node) is None


def _mark(world: World, node: Node) -> bool:
    """Whether it is marked now; a node that somebody else writes at this moment is left out."""
    handle = world.swarm.read_node(node.id)
    if handle is None:
        return False
    with suppress(OutOfSequence):
        world.swarm.update_node(handle, labels={FILL_LABEL: world.clock.now().isoformat()})
        return True
    return False

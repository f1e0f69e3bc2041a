"""Gather all that tells how a node stands, and why it stays or could go."""

from dataclasses import dataclass
from datetime import datetime

from skep.core.capacity.removal import NodeVerdict
from skep.core.cluster import Node
from skep.core.pool_report import PoolReport
from skep.core.record import Entry, node_name
from skep.core.saga import Drain, drain_of
from skep.errors import Permanent
from skep.ports import World

__all__ = ["NodeAccount", "explain_node"]

_MOST_ENTRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAccount:
    """All that tells how a node stands.

    Attributes:
        verdict: of the latest evaluation of nodes; ``None`` where there was none, or it did not see the node.
        at: when that was.
        halt: why nothing is done to any node; empty if it may be.
        pool: how its pool stands.
        idle_since: since when it has been idle.
        entries: what was done to it, the newest first.
    """

    node: Node
    drain: Drain | None = None
    verdict: NodeVerdict | None = None
    at: datetime | None = None
    halt: str = ""
    pool: PoolReport | None = None
    idle_since: datetime | None = None
    entries: tuple[Entry, ...] = ()


def explain_node(world: World, name: str) -> NodeAccount | None:
    """Gather it; ``None`` where there is no such node.

    Args:
        world: everything outside.
        name: its host name or id.

    Raises:
        Permanent: several nodes have that name.
        Temporary, Permanent: the Swarm, the memory or the journal is out of reach or refuses.
    """
    found = [node for node in world.swarm.read_nodes() if name in {node.hostname, node.id}]
    if not found:
        return None
    if len(found) > 1:
        raise Permanent(f"{len(found)} nodes are called {name}: name one by its id")
    (node,) = found
    memory = world.memory.recall_nodes()
    report = memory.report
    verdicts = () if report is None else report.verdicts
    verdict = next((each for each in verdicts if each.node_id == node.id), None)
    pools = () if report is None else report.pools
    return NodeAccount(
        node=node,
        drain=drain_of(node),
        verdict=verdict,
        at=None if report is None else report.at,
        halt="" if report is None else report.halt,
        pool=next((each for each in pools if verdict is not None and each.name == verdict.pool), None),
        idle_since=memory.idle_since.get(node.id),
        entries=world.journal.read(service=node_name(node.hostname), limit=_MOST_ENTRIES),
    )

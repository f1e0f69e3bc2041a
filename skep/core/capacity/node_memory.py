"""What is remembered of nodes between evaluations, and what the latest one found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from skep.core.capacity.removal import NodeVerdict
from skep.core.cluster import Node, Resources
from skep.core.pool_report import PoolReport

__all__ = ["NodeMemory", "NodeReport", "NodesUse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """What an evaluation of nodes found out.

    Attributes:
        halt: why nothing is done to any node; empty if it may be.
        verdicts: whether each node could go, and why not; of pools that were seen.
        notes: what concerns no single pool, a sentence each.
    """

    evaluation: int
    at: datetime
    halt: str = ""
    pools: tuple[PoolReport, ...] = ()
    verdicts: tuple[NodeVerdict, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodesUse:
    """What was measured on nodes when they were last evaluated.

    Attributes:
        by_node: by the id of a node; what is absent or ``None`` is not known, which is not zero.
    """

    at: datetime
    by_node: Mapping[str, Resources]


def _none() -> dict[str, datetime]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeMemory:
    """What is remembered; everything has one writer, the evaluation of nodes.

    Attributes:
        idle_since: since when a node has been idle without a break, by its id.
        down_since: since when it has been down.
        busy_since: since when a pool has been too busy, by its name.
        alone_since: since when a machine has been there without a node, by ``pool/machine``.
        templates: a node as the next machine of a pool would join, for when it has none any more.
        told: what the journal has been told and what still holds.
        report: of the latest evaluation.
        use: of nodes, as it was measured for that.
    """

    idle_since: Mapping[str, datetime] = field(default_factory=_none)
    down_since: Mapping[str, datetime] = field(default_factory=_none)
    busy_since: Mapping[str, datetime] = field(default_factory=_none)
    alone_since: Mapping[str, datetime] = field(default_factory=_none)
    templates: Mapping[str, Node] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    report: NodeReport | None = None
    use: NodesUse | None = None

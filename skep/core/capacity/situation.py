"""All that a verdict about nodes rests on: the Swarm, its pools, and what people and providers said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from skep.core.capacity.ahead import Ahead
from skep.core.capacity.needs import NOTHING_MEASURED, Measured
from skep.core.capacity.terms import Protection, ServiceTerms
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster, Node, Resources
from skep.core.pools import PoolPolicy

__all__ = ["AtOnce", "PoolStanding", "Situation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """How many nodes of a Swarm may be on their way out at the same time; the Cluster Autoscaler's defaults."""

    empty: int = 10
    with_tasks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStanding:
    """A pool as it stands.

    Attributes:
        members: ids of its nodes.
        machines: how many machines serve, those of nodes that are leaving until they are given back; what is on order
            does not count, since it may never come.
        provider_minimum: fewer machines its provider will not leave.
        template: a node as the next machine would join; ``None`` where nobody can tell.
        grown_at: when a node was last added; ``None`` where that is long ago.
        failed_at: when a removal last failed; ``None`` where that is long ago.
        ahead: what is expected of it, where its policy tunes itself.
        kept_by_provider: why its provider would not let a node go, by the id of the node.
    """

    policy: PoolPolicy
    members: tuple[str, ...]
    machines: int
    provider_minimum: int = 0
    template: Node | None = None
    grown_at: datetime | None = None
    failed_at: datetime | None = None
    ahead: Ahead | None = None
    kept_by_provider: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known at one instant.

    Attributes:
        wants: replicas that have no node yet, those just decided included; they take room before anything moves.
        measured: what replicas use, by service.
        used: what each node uses, measured on the node; where it is missing, the sum of what its swarm tasks need.
        idle_since: since when a node has been idle without a break (:mod:`skep.core.capacity.idle`), by node.
        terms: how carefully to handle services, by id.
        protections: of nodes, by id.
        leaving: ids of nodes whose removal is under way.
        gone: ids of nodes whose machines are gone for certain.
        at_once: how many may be.
    """

    now: datetime
    cluster: Cluster
    pools: tuple[PoolStanding, ...]
    wants: tuple[Want, ...] = ()
    measured: Measured = field(default_factory=lambda: NOTHING_MEASURED)
    used: Mapping[str, Resources] = field(default_factory=dict)
    idle_since: Mapping[str, datetime] = field(default_factory=dict)
    terms: Mapping[str, ServiceTerms] = field(default_factory=dict)
    protections: Mapping[str, Protection] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    at_once: AtOnce = AtOnce()

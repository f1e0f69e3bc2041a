"""Situations for tests: all nodes are in one pool that may shrink to nothing, idle for an hour; services may surge."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from skep.core.bounds import Bounds
from skep.core.capacity.situation import AtOnce, PoolStanding, Situation
from skep.core.capacity.terms import Protection, ServiceTerms
from skep.core.capacity.want import Want
from skep.core.cluster import Node, Resources, Service
from skep.core.pools import Budget, PoolPolicy
from tests.builders import NOW, ago
from tests.core.capacity.builders import GIB, cluster, node

__all__ = ["EMPTY_NODES", "FREELY", "MAY_SURGE", "situation", "standing"]

MAY_SURGE = ServiceTerms(may_surge=True)
EMPTY_NODES = (node("node-1"), node("node-2"), node("node-3"))
FREELY = PoolPolicy(
    name="workers", bounds=Bounds(min_replicas=0, max_replicas=99), provider="lab", budgets=(Budget(ratio=1.0),)
)


def standing(
    nodes: Sequence[Node],
    policy: PoolPolicy = FREELY,
    *,
    machines: int | None = None,
    provider_minimum: int = 0,
    template: Node | None = None,
    grown_at: datetime | None = None,
    failed_at: datetime | None = None,
    kept_by_provider: Mapping[str, str] | None = None,
) -> PoolStanding:
    members = tuple(each.id for each in nodes if not each.is_manager)
    return PoolStanding(
        policy=policy,
        members=members,
        machines=len(members) if machines is None else machines,
        provider_minimum=provider_minimum,
        template=template,
        grown_at=grown_at,
        failed_at=failed_at,
        kept_by_provider=kept_by_provider or {},
    )


def situation(
    *services: Service,
    nodes: Sequence[Node] = EMPTY_NODES,
    pool: PoolStanding | None = None,
    wants: Sequence[Want] = (),
    measured: Mapping[str, Resources] | None = None,
    used: Mapping[str, Resources] | None = None,
    idle: Sequence[str] | None = None,
    idle_s: float = 3600.0,
    terms: Mapping[str, ServiceTerms] | None = None,
    protections: Mapping[str, Protection] | None = None,
    leaving: Sequence[str] = (),
    at_once: AtOnce | None = None,
) -> Situation:
    """All nodes but the managers are in one pool that may shrink to nothing, idle for an hour; services may surge."""
    names = [each.hostname for each in nodes] if idle is None else idle
    known = {each.id: Resources(cpu_cores=0.1, memory_bytes=GIB // 8) for each in services}
    return Situation(
        now=NOW,
        cluster=cluster(nodes, *services),
        pools=(pool or standing(nodes),),
        wants=tuple(wants),
        measured=known if measured is None else measured,
        used=used or {},
        idle_since={f"{name}-id": ago(idle_s) for name in names},
        terms={each.id: MAY_SURGE for each in services} if terms is None else terms,
        protections=protections or {},
        leaving=tuple(f"{name}-id" for name in leaving),
        at_once=at_once or AtOnce(empty=99, with_tasks=99),
    )

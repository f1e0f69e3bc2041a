"""How much load a pool carries, in machines of its own: what its nodes run and what waits for them.

A number that does not depend on how many nodes there are, which is what makes the past of any rule known: so global
services, of which each node brings its share, are taken off the machine and not added to the load. It is what would
fill so many machines without a gap; how it really packs, and what cannot run here at all, is found out where nodes are
ordered for what waits.
"""

from collections.abc import Iterable, Mapping, Sequence

from skep.core.capacity.burden import Burden, burden
from skep.core.capacity.estimate import Estimates
from skep.core.capacity.needs import Measured
from skep.core.capacity.pool import Pool
from skep.core.capacity.want import Want
from skep.core.cluster import Cluster, Node, ServiceMode

__all__ = ["pool_loads"]


def pool_loads(
    cluster: Cluster, wants: Sequence[Want], pools: Sequence[Pool], measured: Measured
) -> Mapping[str, float]:
    """The load of each pool, by its name; those are left out of whose machines nobody knows what they are like.

    Args:
        cluster: services with their swarm tasks.
        wants: what has no node yet; it counts for the first pool whose machines would do.
        pools: in the order in which they are asked.
        measured: what replicas use.
    """
    estimates = Estimates(cluster.services, measured)
    known = [pool for pool in pools if pool.template is not None]
    burdens: dict[str, list[tuple[Burden, int]]] = {pool.name: [] for pool in known}
    pool_of = {node_id: pool.name for pool in known for node_id in pool.members}
    for service in cluster.services:
        if service.mode is ServiceMode.GLOBAL:
            continue
        for task in service.tasks:
            pool_name = pool_of.get(task.node_id or "")
            if pool_name is not None and task.is_wanted and task.takes_room:
                burdens[pool_name].append((burden(service, measured, task), 1))
    for want in wants:
        helper = next((pool for pool in known if estimates.refusal(pool, want.service) is None), None)
        if helper is not None:
            burdens[helper.name].append((burden(want.service, measured), want.replicas))
    return {
        pool.name: _in_machines(burdens[pool.name], pool.template, estimates)
        for pool in known
        if pool.template is not None
    }


def _in_machines(burdens: Iterable[tuple[Burden, int]], template: Node, estimates: Estimates) -> float:
    """By the resource of which there is least."""
    machine = estimates.empty_machine(template)
    taken = tuple(burdens)
    shares = (
        (sum(each.nano_cpus * count for each, count in taken), machine.nano_cpus),
        (sum(each.memory_bytes * count for each, count in taken), machine.memory_bytes),
    )
    return max((amount / whole for amount, whole in shares if whole > 0), default=0.0)

"""A pool never has fewer nodes than its operator or its provider allows; and a provider may keep a single machine.

Asked before anything is drained: a machine that its provider will not give up was drained for nothing
(nomad-autoscaler#911).
"""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["at_minimum", "kept_by_provider"]


def at_minimum(candidate: Candidate) -> Veto | None:
    """Keep a node that its pool could not do without; those on their way out count as gone."""
    pool = candidate.pool
    if pool is None:
        return None
    after = pool.machines - candidate.pool_leavers - 1
    if after < pool.policy.bounds.min_replicas:
        return Veto(by="minimum", reason=f"min of the pool {pool.policy.name} is {pool.policy.bounds.min_replicas}")
    if after < pool.provider_minimum:
        return Veto(by="provider", reason=f"its provider leaves no fewer than {pool.provider_minimum} machines")
    return None


def kept_by_provider(candidate: Candidate) -> Veto | None:
    """Keep a node whose machine its provider would not let go."""
    reason = candidate.pool.kept_by_provider.get(candidate.node.id) if candidate.pool is not None else None
    return None if reason is None else Veto(by="provider", reason=reason)

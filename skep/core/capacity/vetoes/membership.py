"""Only workers of a pool that may shrink are ever removed."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["is_manager", "not_of_a_pool"]


def is_manager(candidate: Candidate) -> Veto | None:
    """Keep managers, always."""
    return Veto(by="manager", reason="it is a manager") if candidate.node.is_manager else None


def not_of_a_pool(candidate: Candidate) -> Veto | None:
    """Keep what belongs to no pool, or to one that never shrinks."""
    if candidate.pool is None:
        return Veto(by="pool", reason="it belongs to no pool")
    policy = candidate.pool.policy
    return Veto(by="pool", reason=f"the pool {policy.name} never shrinks") if policy.scale_down is None else None

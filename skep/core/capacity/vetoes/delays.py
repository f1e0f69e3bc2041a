"""A pool that has just grown does not shrink, and a removal that failed is not tried again at once."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["too_soon"]


def too_soon(candidate: Candidate) -> Veto | None:
    """Keep the nodes of a pool for a while after one was added, and after a removal failed."""
    pool = candidate.pool
    if pool is None:
        return None
    policy = pool.policy
    waits = [
        (pool.grown_at, policy.delay_after_up, "a node was added to its pool"),
        (pool.failed_at, policy.delay_after_failure, "a removal in its pool failed"),
    ]
    ends = [(at + delay, what) for at, delay, what in waits if at is not None and candidate.situation.now < at + delay]
    if not ends:
        return None
    until, what = max(ends)
    return Veto(by="delay", reason=f"{what} a short while ago", until=until)

"""A pool whose policy tunes itself keeps the nodes that its load is expected to need."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["expected"]


def expected(candidate: Candidate) -> Veto | None:
    """Keep a node that is expected to be needed; those on their way out count as gone."""
    pool = candidate.pool
    if pool is None or pool.ahead is None or not pool.ahead.acts:
        return None
    if pool.machines - candidate.pool_leavers - 1 >= pool.ahead.nodes:
        return None
    nodes = f"{pool.ahead.nodes} {'node' if pool.ahead.nodes == 1 else 'nodes'}"
    return Veto(by="expected", reason=f"its pool is expected to need {nodes}: {pool.ahead.sentence}")

"""Only so many nodes are disturbed at once: of a pool by its budgets, of the whole Swarm by what is being moved."""

import math
from datetime import datetime

from skep.core.capacity.situation import PoolStanding
from skep.core.capacity.vetoes.veto import Candidate, Veto
from skep.core.pools import Budget, RemovalCause
from skep.core.schedule import is_active, next_change

__all__ = ["out_of_budget", "too_many_at_once"]


def out_of_budget(candidate: Candidate) -> Veto | None:
    """Keep a node when a budget of its pool is used up.

    Of all budgets that count now, and for such a node, the tightest holds. What is going, and what is not ready, uses
    it up (the rules are Karpenter's).
    """
    pool = candidate.pool
    if pool is None:
        return None
    now = candidate.situation.now
    cause = RemovalCause.EMPTY if candidate.is_empty else RemovalCause.UNDERUSED
    active = [each for each in pool.policy.budgets if _counts(each, cause, now)]
    if not active:
        return None
    tightest = min(active, key=lambda budget: _allowed(budget, pool))
    disturbed = candidate.pool_leavers + _away(candidate, pool)
    if disturbed < _allowed(tightest, pool):
        return None
    allowed = _allowed(tightest, pool)
    return Veto(
        by="budget",
        reason=f"{disturbed} of its pool's nodes are disturbed, and its budget{_clause(tightest)} allows {allowed}",
        until=None if tightest.schedule is None else next_change(tightest.schedule, now),
    )


def too_many_at_once(candidate: Candidate) -> Veto | None:
    """Keep a node while as many are going as may go at once; those with swarm tasks go one by one."""
    at_once = candidate.situation.at_once
    limit = at_once.empty if candidate.is_empty else at_once.with_tasks
    going = sum(leaver.is_empty == candidate.is_empty for leaver in candidate.leavers)
    if going < limit:
        return None
    kind = "empty nodes" if candidate.is_empty else "nodes with swarm tasks"
    return Veto(by="budget", reason=f"no more than {limit} {kind} may go at once")


def _counts(budget: Budget, cause: RemovalCause, now: datetime) -> bool:
    return budget.cause in (None, cause) and (budget.schedule is None or is_active(budget.schedule, now))


def _clause(budget: Budget) -> str:
    return "" if budget.cause is None else f" for {budget.cause} nodes"


def _allowed(budget: Budget, pool: PoolStanding) -> int:
    if budget.nodes is not None:
        return budget.nodes
    return math.ceil((budget.ratio or 0.0) * pool.machines - _ROUNDING)


_ROUNDING = 1e-9


def _away(candidate: Candidate, pool: PoolStanding) -> int:
    """Nodes of the pool that are not ready, and not going."""
    going = {leaver.node_id for leaver in candidate.leavers}
    members = set(pool.members) - going
    return sum(node.id in members and not node.is_ready for node in candidate.situation.cluster.nodes)

"""Pools whose policies tune themselves, around an evaluation of nodes: what looks ahead, and what is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from skep.core.capacity.node_memory import NodeMemory
from skep.core.capacity.node_planning import NodesPlan, NodesSeen
from skep.core.foresight.following import Followed
from skep.core.foresight.history import HISTORY
from skep.core.foresight.pools import PoolForesight, PoolMoment, followed_pool, pool_in_force
from skep.core.policy import Tune
from skep.core.strategies.tuning import Tuning
from skep.ports import World

__all__ = ["MOST_LOADS", "LookingAhead", "looking_ahead"]

#: As many loads as a week has at the shortest usual interval between evaluations.
MOST_LOADS = HISTORY // timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookingAhead:
    """What is seen, with what looks ahead for each pool that has a rule."""

    seen: NodesSeen
    foresights: Mapping[str, PoolForesight]

    def remembered(self, world: World, plan: NodesPlan) -> NodeMemory:
        """Keep what pools carry and what their rules came to; what is to be remembered of nodes, with it in the report.

        Raises:
            Temporary: the memory is out of reach.
        """
        tuned = {pool.policy.name: pool.policy for pool in self.seen.pools if pool.policy.tune is not Tune.OFF}
        followed: dict[str, Followed] = {}
        tunings: dict[str, Tuning] = {}
        for name, ahead in plan.ahead.items():
            moment = PoolMoment(
                at=self.seen.now,
                load_nodes=plan.loads[name],
                machines=plan.machines[name],
                serving=plan.serving[name],
                ahead=ahead,
            )
            tunings[name], followed[name] = followed_pool(self.foresights[name], moment, price=tuned[name].price)
        loads = {name: load for name, load in plan.loads.items() if name in tuned}
        world.memory.remember_pools(loads, followed, at=self.seen.now, most=MOST_LOADS)
        report = plan.memory.report
        if report is None or not tunings:
            return plan.memory
        pools = tuple(replace(pool, tuning=tunings.get(pool.name)) for pool in report.pools)
        return replace(plan.memory, report=replace(report, pools=pools))


def looking_ahead(world: World, seen: NodesSeen) -> LookingAhead:
    """Give each pool whose policy tunes itself the rule that was chosen for it.

    Raises:
        Temporary: the memory is out of reach.
    """
    names = [pool.policy.name for pool in seen.pools if pool.policy.tune is not Tune.OFF]
    known = world.memory.recall_pools(names)
    foresights: dict[str, PoolForesight] = {}
    for pool in seen.pools:
        found = known.get(pool.policy.name)
        if found is None:
            continue
        tuned = pool_in_force(pool.policy, found.choice, found.followed, now=seen.now)
        if tuned is not None:
            foresights[pool.policy.name] = PoolForesight(
                tuned=tuned, mode=pool.policy.tune, bounds=pool.policy.bounds, before=found.followed
            )
    pools = tuple(replace(pool, foresight=foresights.get(pool.policy.name)) for pool in seen.pools)
    return LookingAhead(seen=replace(seen, pools=pools), foresights=foresights)

"""An evaluation in shares, as tasks do it: the first is decided where they were dealt out, the others are taken."""

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.operations.evaluate import Evaluated, Pace
from skep.operations.shards import decide_share, gather_findings, share_out, take_share
from skep.ports import Shards, World

__all__ = ["evaluate_in_shares"]


def evaluate_in_shares(
    world: World, shards: Shards, *, count: int, pace: Pace, measures_nodes: bool = False
) -> Evaluated:
    """All shares one after the other, those that were handed out before the one that stayed."""
    defaults = LabelDefaults()
    first = share_out(world, shards, pace=pace, count=count, measures_nodes=measures_nodes)
    if first is None:
        return Evaluated()
    orders: list[ScaleOrder] = []
    others = (
        take_share(shards, evaluation=first.evaluation, number=number, pace=pace) for number in range(count - 1, 0, -1)
    )
    plans_nodes = False
    for share in (*others, first):
        assert share is not None
        done = decide_share(world, shards, share, defaults=defaults, pace=pace)
        assert not plans_nodes, "only the last one plans"
        orders += done.orders
        plans_nodes = done.plans_nodes
    assert plans_nodes is measures_nodes
    return Evaluated(orders=tuple(orders), findings=gather_findings(shards, first.evaluation))

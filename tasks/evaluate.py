"""Decide all services and nodes once and enqueue what follows."""

from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.nodes import evaluate_nodes
from skep.operations.shards import decide_share, gather_findings, share_out, take_share
from skep.operations.survey import Findings
from skep.ports import Share
from skep.wiring import fleet, label_defaults, settings, shards, world
from tasks.nodes import enqueue as enqueue_node_order
from tasks.scale import enqueue
from workers.app import app

__all__ = ["plan", "services", "shard"]


@app.task(name="evaluate.services", send_events=False)
def services() -> None:
    """One evaluation; the next tick repairs what this one could not do. Services come first, whatever nodes do."""
    if settings().shards > 1:
        _share_out()
        return
    done = evaluate_services(world(), defaults=label_defaults(), pace=_pace(), measures_nodes=bool(fleet().pools))
    for order in done.orders:
        enqueue(order)
    _plan_nodes(done.findings)


@app.task(name="evaluate.shard", send_events=False)
def shard(*, evaluation: int, number: int) -> None:
    """One worker's share of an evaluation; nothing, where somebody else has it or a newer evaluation has begun."""
    share = take_share(shards(), evaluation=evaluation, number=number, pace=_pace())
    if share is not None:
        _decide(share)


@app.task(name="evaluate.plan", send_events=False)
def plan(*, evaluation: int) -> None:
    """The one plan for all nodes, from what the shares of an evaluation want."""
    _plan_nodes(gather_findings(shards(), evaluation))


def _share_out() -> None:
    """Hand out all shares but the first, and decide that one here: whoever has read the Swarm need not wait."""
    measures_nodes = bool(fleet().pools)
    first = share_out(world(), shards(), pace=_pace(), count=settings().shards, measures_nodes=measures_nodes)
    if first is None:
        return
    for number in range(1, first.of):
        shard.apply_async(
            kwargs={"evaluation": first.evaluation, "number": number}, expires=settings().interval.total_seconds()
        )
    _decide(first)


def _decide(share: Share) -> None:
    done = decide_share(world(), shards(), share, defaults=label_defaults(), pace=_pace())
    for order in done.orders:
        enqueue(order)
    if done.plans_nodes:
        plan.apply_async(kwargs={"evaluation": share.evaluation}, expires=settings().interval.total_seconds())


def _plan_nodes(findings: Findings | None) -> None:
    pace = _pace()
    for order in evaluate_nodes(world(), findings, fleet(), defaults=label_defaults(), time_limit=pace.time_limit):
        enqueue_node_order(order)


def _pace() -> Pace:
    return Pace(interval=settings().interval, time_limit=settings().task_time_limit)

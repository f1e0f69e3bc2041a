"""Decide all services and nodes once and enqueue what follows."""

from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.nodes import evaluate_nodes
from skep.wiring import fleet, label_defaults, settings, world
from tasks.nodes import enqueue as enqueue_node_order
from tasks.scale import enqueue
from workers.app import app

__all__ = ["services"]


@app.task(name="evaluate.services", send_events=False)
def services() -> None:
    """One evaluation; the next tick repairs what this one could not do. Services come first, whatever nodes do."""
    pace = Pace(interval=settings().interval, time_limit=settings().task_time_limit)
    defaults, pools = label_defaults(), fleet()
    done = evaluate_services(world(), defaults=defaults, pace=pace, measures_nodes=bool(pools.pools))
    for order in done.orders:
        enqueue(order)
    for node_order in evaluate_nodes(world(), done.findings, pools, defaults=defaults, time_limit=pace.time_limit):
        enqueue_node_order(node_order)

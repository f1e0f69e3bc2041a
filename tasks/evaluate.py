"""Decide all services once and enqueue what follows."""

from skep.operations.evaluate import Pace, evaluate_services
from skep.wiring import label_defaults, settings, world
from tasks.scale import enqueue
from workers.app import app

__all__ = ["services"]


@app.task(name="evaluate.services", send_events=False)
def services() -> None:
    """One evaluation; the next tick repairs what this one could not do."""
    pace = Pace(interval=settings().interval, time_limit=settings().task_time_limit)
    for order in evaluate_services(world(), defaults=label_defaults(), pace=pace).orders:
        enqueue(order)

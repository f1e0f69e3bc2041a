"""Look where things stand and pick up what a dead worker left."""

from skep.operations.reconcile import AGAIN_AFTER, due_drains
from skep.operations.reconcile import reconcile as find_unfinished
from skep.wiring import settings, world
from tasks.drain import drain_rules, enqueue_step
from tasks.scale import enqueue
from workers.app import app

__all__ = ["drains", "reconcile"]


@app.task(name="reconcile", send_events=False)
def reconcile() -> None:
    """One pass; the next one repairs what this one could not do."""
    for pending in find_unfinished(world(), time_limit=settings().task_time_limit):
        enqueue(pending.order, task_id=pending.task_id, hold_for=pending.hold_for, expires=AGAIN_AFTER)


@app.task(name="reconcile.drains", send_events=False)
def drains() -> None:
    """One look at the nodes that are being emptied or given back: whoever began, their next steps are due here."""
    for node in due_drains(world(), drain_rules()):
        enqueue_step(node.id, node.hostname)

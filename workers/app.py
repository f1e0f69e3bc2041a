"""The Celery application: ``celery -A workers.app worker|flower``. Beat, which runs no task, has ``beat.app``."""

from celery import Celery

__all__ = ["app"]

app = Celery(
    "skep",
    task_cls="workers.formats:FormattedTask",
    include=[
        "tasks.ask",
        "tasks.drain",
        "tasks.evaluate",
        "tasks.health",
        "tasks.learn",
        "tasks.nodes",
        "tasks.notify",
        "tasks.orders",
        "tasks.reconcile",
        "tasks.scale",
        "workers.counting",
        "workers.failures",
        "workers.lifecycle",
    ],
)
app.config_from_object("celeryconfig")
app.steps["consumer"].add("workers.fitness:Fitness")

"""The Celery application of workers, which ``python -m workers`` starts, and of Flower; beat has its own."""

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

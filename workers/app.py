"""The Celery application: ``celery -A workers.app worker|beat|flower``."""

from celery import Celery

__all__ = ["app"]

app = Celery("skep", include=["tasks.evaluate", "tasks.scale", "tasks.reconcile", "tasks.ask", "workers.lifecycle"])
app.config_from_object("celeryconfig")

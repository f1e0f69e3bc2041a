"""The Celery application of beat, which ``python -m beat`` starts.

Beat names tasks and runs none, so it loads none of them: those of ``workers.app`` would be most of what it holds.
"""

from celery import Celery

__all__ = ["app"]

app = Celery("skep", include=["workers.lifecycle"])
app.config_from_object("celeryconfig")

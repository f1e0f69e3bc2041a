"""``python -m workers --queues=act``: a worker, with the options of ``celery worker``."""

from celery.bin.worker import worker

from workers.app import app
from workers.starting import start

__all__ = ["app"]

if __name__ == "__main__":
    start(worker, app)

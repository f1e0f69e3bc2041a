"""``python -m beat``: beat, with the options of ``celery beat``."""

from celery.bin.beat import beat

from beat.app import app
from workers.starting import start

__all__ = ["app"]

if __name__ == "__main__":
    start(beat, app)

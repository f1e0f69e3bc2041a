"""Counts the running replicas again and again: how few there ever were."""

import threading
import time
from typing import Self

from tests.swarm.service import SERVICE
from tests.swarm.stage import Stage

__all__ = ["Lookout"]

_PAUSE_S = 0.02


class Lookout:
    """Counts in a thread of its own. Use it as a context manager.

    Attributes:
        fewest: replicas that ran at one moment; ``None`` before the first look.
    """

    def __init__(self, stage: Stage) -> None:
        self.fewest: int | None = None
        self._stage = stage
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="lookout", daemon=True)

    def __enter__(self) -> Self:
        """Begin to count."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Count no more."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        with self._stage.lab.client() as client:
            while not self._is_over.is_set():
                tasks = client.tasks(filters={"service": SERVICE, "desired-state": "running"})
                running = sum(task["Status"]["State"] == "running" for task in tasks)
                self.fewest = running if self.fewest is None else min(self.fewest, running)
                time.sleep(_PAUSE_S)

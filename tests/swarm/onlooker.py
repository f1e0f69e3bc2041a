"""Who looks on while something happens."""

import threading
import time
from abc import ABC, abstractmethod
from typing import Self

from docker import APIClient

from lab.real import Lab

__all__ = ["Onlooker"]


class Onlooker(ABC):
    """Looks again and again, in a thread of its own, for the length of a `with` block."""

    def __init__(self, lab: Lab, hostname: str | None = None, *, pause_s: float) -> None:
        """Say where to look; the block begins it.

        Args:
            lab: whose Swarm is looked at.
            hostname: the manager that is asked; a living one where left out.
            pause_s: between two looks.
        """
        self._lab = lab
        self._hostname = hostname
        self._pause_s = pause_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    @abstractmethod
    def look(self, client: APIClient) -> None:
        """Look once, and keep what was seen."""

    def _look_on(self) -> None:
        with self._lab.client(self._hostname) as client:
            while not self._is_over.is_set():
                self.look(client)
                time.sleep(self._pause_s)

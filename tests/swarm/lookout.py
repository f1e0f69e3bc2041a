"""Counts the running replicas again and again: how few there ever were."""

from docker import APIClient

from lab.real import swarm
from tests.swarm.onlooker import Onlooker
from tests.swarm.service import SERVICE
from tests.swarm.stage import Stage

__all__ = ["Lookout"]


class Lookout(Onlooker):
    """Counts while the block lasts.

    Attributes:
        fewest: replicas that ran at one moment; ``None`` before the first look.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.lab, pause_s=0.02)
        self.fewest: int | None = None

    def look(self, client: APIClient) -> None:
        """Count once."""
        running = len(swarm.running_tasks(client, SERVICE))
        self.fewest = running if self.fewest is None else min(self.fewest, running)

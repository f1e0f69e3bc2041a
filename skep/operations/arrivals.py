"""What people order later is not undone by what they ordered before, however long that has been tried.

An order that finds the service or the node busy is tried again some seconds later, and another one about the same may
have been carried out meanwhile. What counts is when a worker first took it.
"""

from __future__ import annotations

from dataclasses import dataclass

from skep.core.action import AUTOSCALER, Refusal, RefusalReason
from skep.ports import World

__all__ = ["Arrival", "availability_of", "count_of", "pause_of"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """When an order came in among the others.

    Attributes:
        number: among all orders of people; ``None`` for one of skep's own, or without an id, which nothing overtakes.
        actor: who gave it.
    """

    world: World
    number: int | None
    actor: str

    @classmethod
    def of(cls, world: World, task_id: str | None, *, actor: str) -> Arrival:
        """Note that an order came in, before anything could make it wait.

        Raises:
            Temporary: the memory is out of reach.
        """
        if task_id is None or actor == AUTOSCALER:
            return cls(world, None, actor)
        return cls(world, world.memory.arrive(task_id), actor)

    def overtaken(self, subject: str) -> str | None:
        """Why it may not be carried out any more; ``None`` if it may, and then it overtakes those before it.

        Args:
            subject: what it is about. To be asked under the lock of that.

        Raises:
            Temporary: the memory is out of reach.
        """
        if self.number is None:
            return None
        later = self.world.memory.go_ahead(subject, self.number, actor=self.actor)
        return None if later is None else f"refused: a later order of {later} has been carried out"

    def refusal(self, subject: str, *, order: str) -> Refusal | None:
        """The same as a refusal, whose sentence begins with what was ordered.

        Raises:
            Temporary: the memory is out of reach.
        """
        why_not = self.overtaken(subject)
        return None if why_not is None else Refusal(reason=RefusalReason.OVERTAKEN, sentence=f"{order} {why_not}")


def count_of(service_id: str) -> str:
    """Orders of counts, holds and their ends are about the same."""
    return f"count:{service_id}"


def pause_of(service_id: str) -> str:
    """Pauses and their ends are about the same."""
    return f"pause:{service_id}"


def availability_of(node_id: str) -> str:
    """Drains and their ends are about the same."""
    return f"availability:{node_id}"

"""The account of what happened in a Swarm, as `docker events` tells it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Event", "EventLog"]

# The engine remembers as many for those who ask with `since`.
_REMEMBERED = 256 * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one thing.

    Attributes:
        number: grows by one with each event.
        kind: ``service``, ``node``, ``config``.
        action: ``create``, ``update``, ``remove``.
    """

    number: int
    at: datetime
    kind: str
    action: str
    id: str
    attributes: Mapping[str, str]


class EventLog:
    """The latest events."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=_REMEMBERED)
        self.count = 0

    def add(self, at: datetime, kind: str, action: str, of: str, attributes: Mapping[str, str]) -> None:
        """Write down what happened."""
        self.count += 1
        self._events.append(
            Event(number=self.count, at=at, kind=kind, action=action, id=of, attributes=dict(attributes))
        )

    def after(self, number: int) -> list[Event]:
        """All that came after the event of that number."""
        new = self.count - number
        return list(self._events)[-new:] if new > 0 else []

    def since(self, instant: datetime) -> list[Event]:
        """All that is remembered from an instant on."""
        return [event for event in self._events if event.at >= instant]

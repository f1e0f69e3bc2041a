"""Lessons that live as long as the test."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from skep.core.foresight.replay import Tuned
from skep.core.foresight.study import Study
from tests.fakes.memory import FakeMemory

__all__ = ["FakeLessons"]


class FakeLessons:
    """Implements :class:`skep.ports.Lessons` beside a memory, which hands the choices to evaluations."""

    def __init__(self, memory: FakeMemory | None = None) -> None:
        self._memory = memory or FakeMemory()
        self._studies: dict[str, Study] = {}
        self._looked_at: dict[str, datetime] = {}

    def looked_at(self) -> Mapping[str, datetime]:
        return dict(self._looked_at)

    def recall(self, service_ids: Sequence[str]) -> Mapping[str, Study]:
        return {service_id: self._studies[service_id] for service_id in service_ids if service_id in self._studies}

    def remember(
        self, studies: Mapping[str, Study], choices: Mapping[str, Tuned], *, looked_at: Mapping[str, datetime]
    ) -> None:
        self._studies.update(studies)
        self._memory.choices.update(choices)
        self._looked_at.update(looked_at)

    def forget(self, service_ids: Iterable[str]) -> None:
        for service_id in service_ids:
            self._studies.pop(service_id, None)
            self._memory.choices.pop(service_id, None)
            self._looked_at.pop(service_id, None)

    def lose_study(self, service_id: str) -> None:
        """As where what is kept cannot be read."""
        del self._studies[service_id]

"""A translation while it is written: labels of the peer go in, native labels, notes and problems come out."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from skep.config.dialects.translation import Note, ServiceFacts, Translation
from skep.config.problem import LabelSheet

__all__ = ["Draft"]

T = TypeVar("T")

#: How native labels are best read: whether, how many, by what, how calmly.
_READING_ORDER = (
    "skep.enable",
    "skep.min",
    "skep.max",
    "skep.cpu",
    "skep.memory",
    "skep.requests",
    "skep.inflight",
    "skep.latency",
    "skep.queue",
    "skep.metric.",
    "skep.window",
    "skep.tolerance",
    "skep.scale-up",
    "skep.scale-down",
    "skep.cooldown",
    "skep.schedule.",
)
_OFF = ("skep.enable", "false")


class Draft:
    """The labels of one service on their way from a dialect to skep's own.

    Attributes:
        facts: of the service.
    """

    def __init__(self, labels: Mapping[str, str], facts: ServiceFacts) -> None:
        self.facts = facts
        self._sheet = LabelSheet(facts.name, labels.items())
        self._native: dict[str, str] = {}
        self._notes: list[Note] = []

    @property
    def labels(self) -> Sequence[str]:
        """The names of all labels of the service, the peer's or not."""
        return tuple(self._sheet.labels)

    def text(self, label: str) -> str | None:
        """What was given for a label, if anything."""
        return self._sheet.text(label)

    def read(self, label: str, reader: Callable[[str], T], default: T) -> T:
        """The value of a label; the default where it is not given, or is wrong, which is then a problem."""
        value = self._sheet.read(label, reader)
        return default if value is None else value

    def require(self, label: str, reader: Callable[[str], T], *, expected: str, example: str) -> T | None:
        """The value of a label; ``None`` where it is missing or wrong, which is then a problem."""
        return self._sheet.require(label, reader, expected=expected, example=example)

    def say(self, native: str, text: str) -> None:
        """Write a native label."""
        self._native[native] = text

    def note(self, label: str, why: str, *, instead: str) -> None:
        """Tell what is lost or changed."""
        self._notes.append(Note(label=label, why=why, instead=instead))

    def note_given(self, label: str, why: str, *, instead: str) -> None:
        """Tell what is lost or changed, if the service has that label at all."""
        if self.text(label) is not None:
            self.note(label, why, instead=instead)

    def note_if_missing(self, label: str, why: str, *, instead: str) -> None:
        """Tell what holds because the service does not have that label."""
        if self.text(label) is None:
            self.note(label, why, instead=instead)

    def object_to(self, label: str, *, expected: str, example: str) -> None:
        """Tell that a label, given or missing, is wrong."""
        self._sheet.object_to(label, expected=expected, example=example)

    def finished(self, prefixes: tuple[str, ...], peer: str) -> Translation:
        """The translation as it stands, with a note on each label of the peer that nobody asked for.

        Of a service that is switched off nothing but that is said.
        """
        if _OFF in self._native.items():
            return Translation(native=(_OFF,), notes=tuple(self._notes))
        for label in self._sheet.not_asked_for:
            if label.startswith(prefixes):
                self.note(label, f"is no label that {peer} reads", instead="look whether it is misspelt")
        native = sorted(self._native.items(), key=lambda pair: _place(pair[0]))
        return Translation(native=tuple(native), notes=tuple(self._notes), problems=self._sheet.problems)


def _place(native: str) -> int:
    return next(place for place, beginning in enumerate(_READING_ORDER) if native.startswith(beginning))

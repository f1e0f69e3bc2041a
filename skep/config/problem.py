"""What is wrong with the labels of a service, and the sheet on which it is gathered while they are read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from skep.config.units import UnitError, complaint, shortened

__all__ = ["LabelSheet", "Problem", "Problems"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One label of one service that is wrong, and how it would be right.

    Attributes:
        given: the value of the label; ``None`` where the label is missing.
        expected: completes "expected …".
        example: completes "for example …".
    """

    service: str
    label: str
    given: str | None
    expected: str
    example: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence, with at most 60 characters of any name or value."""
        place = f"{shortened(self.service)}: {shortened(self.label)}"
        return complaint(place, self.given, self.expected, self.example)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """All that is wrong with the labels of one service; at least one problem."""

    problems: tuple[Problem, ...]


class LabelSheet:
    """The labels of one service while they are read: which were asked for, and what was wrong with them."""

    def __init__(self, service: str, labels: Iterable[tuple[str, str]]) -> None:
        self._service = service
        self._given: Mapping[str, str] = dict(labels)
        self._asked_for: set[str] = set()
        self._problems: list[Problem] = []

    @property
    def labels(self) -> Iterable[str]:
        """The names of all labels that were given."""
        return self._given.keys()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that was wrong so far, in the order in which it was found."""
        return tuple(self._problems)

    @property
    def not_asked_for(self) -> tuple[str, ...]:
        """The labels that nobody has wanted to read so far."""
        return tuple(label for label in self._given if label not in self._asked_for)

    def text(self, label: str) -> str | None:
        """What was given for a label, if anything."""
        self._asked_for.add(label)
        return self._given.get(label)

    def read(self, label: str, reader: Callable[[str], T]) -> T | None:
        """The value of a label; ``None`` where it is not given, or is wrong, which is then noted."""
        text = self.text(label)
        if text is None:
            return None
        try:
            return reader(text)
        except UnitError as error:
            self.object_to(label, expected=error.expected, example=error.example)
            return None

    def require(self, label: str, reader: Callable[[str], T], *, expected: str, example: str) -> T | None:
        """The value of a label; ``None`` where it is missing or wrong, which is then noted."""
        if label not in self._given:
            self.object_to(label, expected=expected, example=example)
        return self.read(label, reader)

    def object_to(self, label: str, *, expected: str, example: str) -> None:
        """Note that a label, given or missing, is not as it should be."""
        given = self.text(label)
        problem = Problem(service=self._service, label=label, given=given, expected=expected, example=example)
        self._problems.append(problem)

    def accept_only(self, label: str, value: str) -> None:
        """Note a label that asks for anything but what this version does in any case."""
        given = self.text(label)
        if given is not None and given.strip().lower() != value:
            self.object_to(
                label, expected=f"{value}, since anything else is not supported by this version", example=value
            )

    def refuse_unsupported(self, label: str) -> None:
        """Note a label that is reserved for a later version, if it is given."""
        if self.text(label) is not None:
            self.object_to(
                label,
                expected="no such label, since it is not supported by this version",
                example="the service without it",
            )

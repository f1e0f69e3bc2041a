"""What is wrong with the policy of a service, and the sheet on which it is gathered while it is read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from skep.config.origin import Origin
from skep.config.units import UnitError, complaint, shortened

__all__ = ["LabelSheet", "Problem", "Problems"]

T = TypeVar("T")

_ENABLE = "skep.enable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One label that is wrong, or what stands for it in the policy file, and how it would be right.

    Attributes:
        service: whose it is; ``None`` where it is wrong for everybody.
        given: the value of the label; ``None`` where the label is missing.
        expected: completes "expected …".
        example: completes "for example …".
        origin: where it stands; ``None`` for a label of the service itself.
    """

    service: str | None
    label: str
    given: str | None
    expected: str
    example: str
    origin: Origin | None = None

    @property
    def place(self) -> str:
        """The label of the service, or the place in a file, with at most 60 characters of any name."""
        return shortened(self.label) if self.origin is None else str(self.origin)

    @property
    def sentence(self) -> str:
        """All of it in one sentence, with at most 60 characters of any name or value."""
        complained = complaint(self.place, self.given, self.expected, self.example)
        return complained if self.service is None else f"{shortened(self.service)}: {complained}"

    @property
    def complaint(self) -> str:
        """The same without service, file and line, for who tells these beside it."""
        place = self.label if self.origin is None else self.origin.place
        return complaint(shortened(place), self.given, self.expected, self.example)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """All that is wrong with the policy of one service, or with a file; at least one problem."""

    problems: tuple[Problem, ...]


_NO_ORIGINS: Mapping[str, Origin] = MappingProxyType({})


class LabelSheet:
    """The labels of one service while they are read: which were asked for, and what was wrong with them.

    What a policy file says for a label stands here as that label, and knows where it came from.
    """

    def __init__(
        self, service: str, labels: Iterable[tuple[str, str]], *, origins: Mapping[str, Origin] = _NO_ORIGINS
    ) -> None:
        """Begin with nothing asked for.

        Args:
            service: its name.
            labels: names and values.
            origins: of those that are not labels of the service.
        """
        self._service = service
        self._given: Mapping[str, str] = dict(labels)
        self._origins = origins
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

    def origin(self, label: str) -> Origin | None:
        """Where what was given for a label stands in a file; ``None`` for a label of the service itself."""
        return self._origins.get(label)

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
        self._problems.append(
            Problem(
                service=self._service,
                label=label,
                given=self.text(label),
                expected=expected,
                example=example,
                origin=self._origins.get(label) or self._where_it_would_stand(label),
            )
        )

    def _where_it_would_stand(self, label: str) -> Origin | None:
        """Beside what enables the service, for what is missing where a file enables it."""
        beside = self._origins.get(_ENABLE)
        return replace(beside, place=label) if beside is not None and label not in self._given else None

    def refuse_unsupported(self, label: str) -> None:
        """Note a label that is reserved for a later version, if it is given."""
        if self.text(label) is not None:
            self.object_to(
                label,
                expected="no such label, since it is not supported by this version",
                example="the service without it",
            )

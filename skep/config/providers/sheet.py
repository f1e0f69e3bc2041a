"""The options of a provider while they are read, and what was wrong with them.

They come out of a policy file, so a value is whatever YAML or JSON made of it: a text, a number, a flag, a list, a
mapping. What an operator may have meant as a secret is never shown.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from skep.config.units import UnitError, complaint, shortened

__all__ = ["OptionProblem", "OptionProblems", "OptionSheet", "Options"]

#: What a policy file says under the name of a provider.
Options = Mapping[str, object]

T = TypeVar("T")

_HIDDEN = "***"
_NAMES_A_FILE = "-file"
_LEAST_LIKENESS = 0.6
_MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionProblem:
    """One option that is wrong, and how it would be right.

    Attributes:
        place: whose option, as ``pool web, provider hcloud``.
        given: as it was written; ``None`` where the option is missing.
        expected: completes "expected …".
        example: completes "for example …".
    """

    place: str
    option: str
    given: str | None
    expected: str
    example: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        return complaint(f"{shortened(self.place)}: {shortened(self.option)}", self.given, self.expected, self.example)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionProblems:
    """All that is wrong with the options of one provider; at least one problem."""

    problems: tuple[OptionProblem, ...]


class OptionSheet:
    """The options of one provider: which were asked for, and what was wrong with them."""

    def __init__(self, place: str, options: Options) -> None:
        self._place = place
        self._options = options
        self._asked_for: list[str] = []
        self._problems: list[OptionProblem] = []

    def text(self, option: str, read: Callable[[str], T], *, example: str, default: T) -> T:
        """A single value; the default where it is not given, or is wrong, which is then noted."""
        self._asked_for.append(option)
        given = self._options.get(option)
        if given is None:
            return default
        text = _scalar(given)
        if text is None:
            self._object(option, given, "one value", example)
            return default
        try:
            return read(text)
        except UnitError as error:
            self._object(option, given, error.expected, example)
            return default

    def required(self, option: str, read: Callable[[str], T], *, expected: str, example: str, stand_in: T) -> T:
        """A single value that must be given; ``stand_in`` where it is missing or wrong, which is then noted."""
        if self._options.get(option) is None:
            self._object(option, None, expected, example)
        return self.text(option, read, example=example, default=stand_in)

    def several(
        self, option: str, read: Callable[[str], T], *, expected: str, example: str, least: int = 0
    ) -> tuple[T, ...]:
        """A list of values, or one value alone; nothing where it is wrong, which is then noted."""
        self._asked_for.append(option)
        given = self._options.get(option)
        listed = [] if given is None else given if isinstance(given, list | tuple) else [given]
        texts = [_scalar(each) for each in listed]
        if len(texts) < least or len(texts) > _MOST_ENTRIES or None in texts:
            self._object(option, given, expected, example)
            return ()
        try:
            return tuple(read(text) for text in texts if text is not None)
        except UnitError as error:
            self._object(option, error.given, expected, example)
            return ()

    def pairs(
        self,
        option: str,
        read_name: Callable[[str], str],
        read_value: Callable[[str], str],
        *,
        expected: str,
        example: str,
    ) -> tuple[tuple[str, str], ...]:
        """A mapping from text to text, in order of its names, without what is wrong, which is then noted.

        The values are not shown: in an environment or in labels may be what nobody should see.
        """
        self._asked_for.append(option)
        given = self._options.get(option)
        if given is None:
            return ()
        if not isinstance(given, Mapping) or len(given) > _MOST_ENTRIES:
            self._object(option, given, expected, example)
            return ()
        pairs = []
        for name, value in given.items():
            try:
                pairs.append((read_name(_text(name)), read_value(_text(value))))
            except UnitError:
                self._object(f"{option}.{name}", None if value is None else _HIDDEN, expected, example)
        return tuple(sorted(pairs))

    def is_given(self, option: str) -> bool:
        """Whether there is anything under this name."""
        return self._options.get(option) is not None

    def object_to(self, option: str, *, expected: str, example: str, part: str | None = None) -> None:
        """Note that an option, given or missing, does not agree with another one; or a part of it is to blame."""
        self._object(option, self._options.get(option) if part is None else part, expected, example)

    def problems(self) -> tuple[OptionProblem, ...]:
        """All that was wrong, at the end of reading: also options that nobody asked for."""
        return (*self._problems, *self._unknown())

    def _unknown(self) -> Iterable[OptionProblem]:
        """Only their names: a value may be a secret that was not meant to stand here."""
        known = sorted(set(self._asked_for))
        for name in self._options:
            if name not in known:
                likely = difflib.get_close_matches(str(name)[:60], known, n=1, cutoff=_LEAST_LIKENESS)
                yield OptionProblem(
                    place=self._place,
                    option="an option",
                    given=str(name),
                    expected=f"one of {', '.join(known)}" if known else "none, since this provider has no options",
                    example=likely[0] if likely else known[0] if known else "the pool without it",
                )

    def _object(self, option: str, given: object, expected: str, example: str) -> None:
        shown = None if given is None else _shown(given)
        if shown and option.endswith(_NAMES_A_FILE) and not shown.startswith("/"):
            shown = _HIDDEN  # perhaps the secret itself, pasted in place of its path
        self._problems.append(
            OptionProblem(place=self._place, option=option, given=shown, expected=expected, example=example)
        )


def _text(value: object) -> str:
    """A value as text.

    Raises:
        UnitError: it is a list or a mapping.
    """
    text = _scalar(value)
    if text is None:
        raise UnitError(_shown(value), "one value", "text")
    return text


def _scalar(value: object) -> str | None:
    """What an operator would have written for this value; ``None`` for lists, mappings and nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _shown(value: object) -> str:
    scalar = _scalar(value)
    if scalar is not None:
        return scalar
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)}"
    return f"a list of {len(value)}" if isinstance(value, list | tuple) else type(value).__name__

"""Texts that have parts, such as ``50/s activation=2/s`` or ``window=5m rate=4/1m``.

All parts that are wrong are named in one error, so that nobody has to mend them one by one.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from skep.config.units import UnitError

__all__ = ["Parts"]

_LONGEST_TEXT = 200

T = TypeVar("T")


class Parts:
    """The ``key=value`` parts of a text, and what was expected of those that are wrong."""

    def __init__(
        self,
        text: str,
        *keys: str,
        example: str,
        words: tuple[str, ...] = (),
        one_for_all: bool = False,
        has_head: bool = False,
        longest: int = _LONGEST_TEXT,
    ) -> None:
        """Split a text.

        Args:
            text: what was given.
            keys: of the parts that it may have.
            example: of a text that is right.
            words: parts that may also stand without a value; empty texts stand for theirs.
            one_for_all: whether a text without any ``=`` is the value of every part.
            has_head: whether something without a key stands first, as a target does.
            longest: in characters.
        """
        self._text = text
        self._example = example
        self._keys = keys
        self._bare_words = words
        self._longest = longest
        self._expected: list[str] = []
        self._head: str | None = None
        self._stands_for_all = one_for_all and "=" not in text
        self._values = dict.fromkeys(keys, text.strip()) if self._stands_for_all else self._split(has_head=has_head)

    @property
    def names(self) -> tuple[str, ...]:
        """The keys and words that the text has, in its order; ones that it may not have among them."""
        return tuple(self._values)

    def read_head(self, read: Callable[[str], T], default: T) -> T:
        """The value of what stands first; the default where it is wrong."""
        if self._head is None:
            return default
        return self._read(self._head, read, default, place="")

    def read(self, key: str, read: Callable[[str], T], default: T) -> T:
        """The value of one part; the default where it is left out or wrong."""
        value = self._values.get(key)
        if value is None:
            return default
        return self._read(value, read, default, place="" if self._stands_for_all else f"{key}= to be ")

    def require(self, key: str, read: Callable[[str], T], default: T) -> T:
        """The value of one part; the default where it is missing or wrong, which is then noted."""
        if key not in self._values:
            self.expect(f"{key}= behind it")
        return self.read(key, read, default)

    def expect(self, expected: str) -> None:
        """Note what is not as it should be."""
        self._expected.append(expected)

    def check(self) -> None:
        """Raise one error for all that was wrong, if anything was."""
        if self._expected:
            raise UnitError(self._text, ", and ".join(dict.fromkeys(self._expected)), self._example)

    def _read(self, value: str, read: Callable[[str], T], default: T, *, place: str) -> T:
        try:
            return read(value)
        except UnitError as error:
            self.expect(place + error.expected)
            return default

    def _split(self, *, has_head: bool) -> dict[str, str]:
        if len(self._text) > self._longest:
            self.expect(f"at most {self._longest} characters")
            return {}
        words = _AROUND_COMMA.sub(",", self._text).split()
        if has_head:
            words = self._behind_head(words)
        pairs = [word.partition("=") for word in words]
        if not (pairs or has_head) or not all(self._is_part(key, equals) for key, equals, _ in pairs):
            self.expect(f"only {_listed(self._keys, self._bare_words)} separated by spaces")
        keys = [key for key, _, _ in pairs]
        if len(set(keys)) < len(keys):
            self.expect("each part only once")
        return {key: value for key, _, value in pairs}

    def _behind_head(self, words: list[str]) -> list[str]:
        """What is left of the words behind the head: its first word, and those up to the next with a key."""
        length = next((place for place, word in enumerate(words) if place and "=" in word), len(words))
        self._head = " ".join(words[:length])
        return words[length:]

    def _is_part(self, key: str, equals: str) -> bool:
        return key in self._keys if equals else key in self._bare_words


_AROUND_COMMA = re.compile(r"\s*,\s*")


def _listed(keys: tuple[str, ...], words: tuple[str, ...]) -> str:
    """``the parts up= and down=``, ``the part activation=``."""
    *first, last = (*words, *(f"{key}=" for key in keys if key not in words))
    return f"the parts {', '.join(first)} and {last}" if first else f"the part {last}"

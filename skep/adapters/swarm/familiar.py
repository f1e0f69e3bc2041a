"""What was read before in the same words is not read again.

A large Swarm says at every look almost exactly what it said at the last one, and finding a text again takes a small
part of the time that reading it takes.
"""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

__all__ = ["Familiar"]

_LOG = logging.getLogger(__name__)

_Value = TypeVar("_Value")


class Familiar(Generic[_Value]):
    """Reads lists of one kind of object, one answer after the other, and knows those of the last answer again.

    They are known by Python's keyed hash of their text: the texts themselves take many times the memory. In a Swarm of
    forty thousand objects, a text that has changed is mistaken for another one once in some 10^14 times.
    """

    def __init__(self, read: Callable[[msgspec.Raw], _Value]) -> None:
        """Nothing is known yet.

        Args:
            read: makes a value of one object, out of its text alone, which nobody changes afterwards. Raises
                :class:`msgspec.ValidationError` where it cannot; that object is left out and named in the log.
        """
        self._read = read
        self._known: dict[int, _Value] = {}

    def read(self, body: bytes) -> list[_Value]:
        """The values of a list, in its order; the same ones as last time where the text is the same.

        Raises:
            msgspec.DecodeError: if it is no list, or holds what is no JSON.
        """
        values: list[_Value] = []
        known: dict[int, _Value] = {}
        for raw in msgspec.json.decode(body, type=list[msgspec.Raw] | None) or ():
            text = hash(bytes(raw))
            if text in self._known:
                value = self._known[text]
            else:
                try:
                    value = self._read(raw)
                except msgspec.ValidationError as error:
                    _LOG.warning("%s left out, because the engine's answer cannot be read: %s", _id(raw), error)
                    continue
            known[text] = value
            values.append(value)
        self._known = known
        return values


def _id(raw: msgspec.Raw) -> str:
    """The id alone: a spec may hold what no log should."""
    thing = msgspec.json.decode(raw)
    return repr(thing.get("ID")) if isinstance(thing, dict) else "something without an id"

"""One delivery to a webhook, before anybody knows what it means, and the words that all dialects share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from skep.config.units import MOST_REPLICAS, UnitError, complaint, read_count
from skep.core.call import Call

__all__ = ["CallDialect", "CallError", "Delivery", "asks", "field_text", "mapping_at", "read_wish", "whole_reason"]

_LONGEST_NAME = 255
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came in.

    Attributes:
        path: behind the name of the webhook, such as ``/v1/scale-service``; mostly empty.
        query: behind the question mark.
        body: the JSON value; ``None`` where there was none.
    """

    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body where it is an object; else nothing."""
        return self.body if isinstance(self.body, dict) else {}


class CallError(ValueError):
    """What came in cannot be understood.

    Attributes:
        problems: a sentence for each thing that is wrong.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep them all.

        Args:
            problems: at least one.
        """
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDialect:
    """How one program calls.

    Attributes:
        is_spoken: whether a delivery is of that program.
        read: what it asks for; raises :class:`CallError`.
    """

    name: str
    is_spoken: Callable[[Delivery], bool]
    read: Callable[[Delivery], tuple[Call, ...]]


def asks(given: Mapping[str, Any]) -> bool:
    """Whether the fields say how many replicas are wanted, in skep's own words."""
    return any(field_text(given, name) is not None for name in ("replicas", "scale", "by"))


def read_wish(given: Mapping[str, Any], *, place: str, reason: str, scale: str | None = None) -> Call:
    """One call from ``service`` with ``replicas``, or with ``scale`` (up, down) and ``by`` (1).

    Args:
        given: the fields, or labels, or the query.
        place: where they stand, for problems.
        reason: why, in the words of the caller.
        scale: the direction where none is given; ``None`` where one has to be.

    Raises:
        CallError: with everything that is wrong with them.
    """
    problems: list[str] = []
    service = _name(given, place, problems)
    replicas = _count(given, "replicas", place, problems)
    direction = _direction(given, place, problems) or scale
    by = _count(given, "by", place, problems)
    if replicas is None and direction is None and not problems:
        problems.append(complaint(f"scale of {place}", None, "up or down, or a count in replicas", "up"))
    if replicas is not None and (field_text(given, "scale") or by is not None) and not problems:
        problems.append(complaint(f"replicas of {place}", str(replicas), "either a count or a step, not both", "7"))
    if problems:
        raise CallError(problems)
    if replicas is not None:
        return Call(service=service, replicas=replicas, reason=reason)
    step = 1 if by is None else by
    return Call(service=service, step=-step if direction == "down" else step, reason=reason)


def field_text(given: Mapping[str, Any], name: str) -> str | None:
    """What a field says, as text; ``None`` where it is missing or empty, or holds more than one value."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def mapping_at(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; an empty one where there is none."""
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def whole_reason(*parts: str | None) -> str:
    """What is given of a reason, in one line that a person would still read."""
    words = " ".join(": ".join(part for part in parts if part).split())
    text = "".join(character if character.isprintable() else "�" for character in words)
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"


def _name(given: Mapping[str, Any], place: str, problems: list[str]) -> str:
    name = field_text(given, "service")
    if name is None or len(name) > _LONGEST_NAME or not name.isprintable():
        problems.append(complaint(f"service of {place}", name, "the name of a service", "shop_web"))
    return name or ""


def _count(given: Mapping[str, Any], name: str, place: str, problems: list[str]) -> int | None:
    if given.get(name) is None:
        return None
    text = field_text(given, name)
    least = 0 if name == "replicas" else 1
    try:
        return read_count(str(given[name]) if text is None else text, least=least, most=MOST_REPLICAS)
    except UnitError as error:
        problems.append(complaint(f"{name} of {place}", error.given, error.expected, error.example))
        return None


def _direction(given: Mapping[str, Any], place: str, problems: list[str]) -> str | None:
    text = field_text(given, "scale")
    if text is None or text.lower() in {"up", "down"}:
        return None if text is None else text.lower()
    problems.append(complaint(f"scale of {place}", text, "up or down", "up"))
    return None

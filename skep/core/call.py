"""What a webhook may ask for: a count or a step of one service, never more than its bounds allow."""

from collections.abc import Iterable
from dataclasses import dataclass

from skep.core.bounds import Bounds

__all__ = ["Call", "called_count", "caller", "comes_by_webhook", "one_per_service"]

_CALLER = "webhook:"


def caller(webhook: str) -> str:
    """The actor of everything that comes in by a webhook of that name."""
    return f"{_CALLER}{webhook}"


def comes_by_webhook(actor: str) -> bool:
    """Whether an order was given by a program that called, and not by a person."""
    return actor.startswith(_CALLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One wish of a program that called.

    Attributes:
        service: whom it concerns, by name or id.
        replicas: the count it wants; ``None`` where it wants a step.
        step: so many replicas more, or fewer where negative; ``None`` where it wants a count.
        reason: why, in the words of the caller.
    """

    service: str
    replicas: int | None = None
    step: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what asks for two things, or for nothing.

        Raises:
            ValueError: both or neither of count and step.
        """
        if (self.replicas is None) == (self.step is None):
            raise ValueError(f"a call of {self.service} wants either a count or a step, got {self}")


def called_count(call: Call, *, replicas: int, bounds: Bounds) -> int:
    """The absolute count that a call comes to: a step ends at the bounds and never moves against its direction.

    Args:
        call: what is wanted.
        replicas: the present count, which may lie outside the bounds.
        bounds: those in force now.
    """
    if call.step is None:
        return bounds.clamp(call.replicas or 0)
    wanted = bounds.clamp(replicas + call.step)
    return max(wanted, replicas) if call.step > 0 else min(wanted, replicas)


def one_per_service(calls: Iterable[Call]) -> tuple[Call, ...]:
    """The call that asks for most of each service, in the order in which services were first called for.

    Ten alerts about one service are one wish, not ten steps. A count says more than a step.
    """
    most: dict[str, Call] = {}
    for call in calls:
        known = most.get(call.service)
        if known is None or _asks_for_more(call, known):
            most[call.service] = call
    return tuple(most.values())


def _asks_for_more(call: Call, known: Call) -> bool:
    return _weight(call) > _weight(known)


def _weight(call: Call) -> tuple[bool, int]:
    return (True, call.replicas) if call.replicas is not None else (False, call.step or 0)

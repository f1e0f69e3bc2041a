"""A target for a total of the whole service, and the activation above which it keeps the service from zero replicas."""

from collections.abc import Callable
from dataclasses import dataclass

from skep.config.parts import Parts
from skep.config.target import Target, read_inflight_target, read_requests_target
from skep.config.units import read_number, read_rate
from skep.core.policy import Unit

__all__ = ["Total", "read_inflight", "read_requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What one replica should carry, and what the whole service must exceed to be active, in the same unit."""

    target: Target
    activation: float = 0.0


def read_requests(text: str) -> Total:
    """Read ``50/s`` or ``50/s activation=2/s``.

    Raises:
        UnitError: anything else; it names all that is wrong.
    """
    return _read_total(text, read_requests_target, read_rate, example="50/s or 50/s activation=2/s")


def read_inflight(text: str) -> Total:
    """Read ``8`` or ``8 activation=1``.

    Raises:
        UnitError: anything else; it names all that is wrong.
    """
    return _read_total(text, read_inflight_target, read_number, example="8 or 8 activation=1")


def _read_total(
    text: str, read_target: Callable[[str], Target], read_amount: Callable[[str], float], *, example: str
) -> Total:
    parts = Parts(text, "activation", example=example, has_head=True)
    total = Total(
        target=parts.read_head(read_target, Target(value=1.0, unit=Unit.PLAIN)),
        activation=parts.read("activation", read_amount, 0.0),
    )
    parts.check()
    return total

"""The set point of a metric, in the unit in which people say it."""

from collections.abc import Callable
from dataclasses import dataclass

from skep.config.units import UnitError, read_bytes, read_cores, read_number, read_percent, read_rate
from skep.core.policy import Unit

__all__ = [
    "Target",
    "read_cpu_target",
    "read_inflight_target",
    "read_memory_target",
    "read_own_amount",
    "read_own_target",
    "read_requests_target",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A value and its unit; above zero where it is a set point."""

    value: float
    unit: Unit


def read_cpu_target(text: str) -> Target:
    """Read ``70%`` of the limit, or ``0.5 cores``.

    Raises:
        UnitError: anything else, and zero (as for all targets).
    """
    return _read_use(text, read_cores, Unit.CORES, example="70% or 0.5 cores")


def read_memory_target(text: str) -> Target:
    """Read ``70%`` of the limit, or ``300MiB``."""
    return _read_use(text, read_bytes, Unit.BYTES, example="70% or 300MiB")


def _read_use(text: str, read_amount: Callable[[str], float], unit: Unit, *, example: str) -> Target:
    try:
        if _ends(text, "%"):
            target = Target(value=read_percent(text), unit=Unit.RATIO)
        else:
            target = Target(value=read_amount(text), unit=unit)
    except UnitError:
        raise UnitError(text, "a percentage of the limit or an absolute amount", example) from None
    return _above_zero(text, target, example)


def read_requests_target(text: str) -> Target:
    """Read ``50/s``, requests per second and replica."""
    return _above_zero(text, Target(value=read_rate(text), unit=Unit.PER_SECOND), "50/s")


def read_inflight_target(text: str) -> Target:
    """Read ``8``, concurrent requests per replica."""
    try:
        target = Target(value=read_number(text), unit=Unit.CONCURRENT)
    except UnitError:
        raise UnitError(text, "a number of concurrent requests, without a unit", "8") from None
    return _above_zero(text, target, "8")


def read_own_target(text: str) -> Target:
    """Read the target of an operator's own query: an amount above zero."""
    return _above_zero(text, read_own_amount(text), "30")


def read_own_amount(text: str) -> Target:
    """Read an amount as an operator's own query has it: ``30``, ``70%``, ``50/s``, ``0.5 cores`` or ``300MiB``.

    The query answers in the base unit (per second, cores, bytes; 70 for ``70%``). A rate per minute is therefore
    refused, because it would be compared with a value per second, and so is ``5m``, which has too many meanings.
    Zero is an amount.
    """
    read_amount, unit = next((read, unit) for endings, read, unit in _OWN_TARGETS if _ends(text, *endings))
    try:
        return Target(value=read_amount(text), unit=unit)
    except UnitError:
        expected = "a number, a percentage, or an amount per second, in cores or in bytes"
        raise UnitError(text, expected, "30, 70%, 50/s, 0.5 cores or 300MiB") from None


_OWN_TARGETS: tuple[tuple[tuple[str, ...], Callable[[str], float], Unit], ...] = (
    (("%",), read_percent, Unit.RATIO),
    (("/s",), read_rate, Unit.PER_SECOND),
    (("core", "cores", "cpu", "cpus"), read_cores, Unit.CORES),
    (("b",), read_bytes, Unit.BYTES),
    (("",), read_number, Unit.PLAIN),
)


def _ends(text: str, *endings: str) -> bool:
    return text.rstrip().lower().endswith(endings)


def _above_zero(text: str, target: Target, example: str) -> Target:
    if target.value <= 0:
        raise UnitError(text, "more than zero", example)
    return target

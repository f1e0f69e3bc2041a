"""Numbers as peers write them, and as native labels have them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from skep.config.dialects.translation import ServiceFacts
from skep.config.units import UnitError, read_count, read_number

__all__ = [
    "CPU_CORES",
    "CPU_SHARE",
    "MEMORY_BYTES",
    "MEMORY_SHARE",
    "TOO_MANY_BYTES",
    "Measure",
    "bytes_text",
    "number_text",
    "read_decimal",
    "read_hundredths",
    "read_minutes",
    "read_positive_count",
    "read_seconds",
    "read_share",
]

#: No memory has so much, and labels cannot hold more digits.
TOO_MANY_BYTES = Decimal(10**15)
_MOST_DECIMALS = Decimal("1e-9")
_MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a threshold is a threshold of.

    Attributes:
        native: the label for it.
        text: writes an amount for that label.
        most: the amount that use never exceeds; ``None`` where there is no limit.
        needs_limit: whether the amount is a share of the limit, and means nothing without.
        limit: where a Compose file has the limit.
        example_limit: a limit as it is written there.
    """

    native: str
    text: Callable[[Decimal], str]
    most: Callable[[ServiceFacts], Decimal | None]
    needs_limit: bool
    limit: str
    example_limit: str


def number_text(value: Decimal) -> str:
    """A number without exponent or needless zeros, rounded up to what labels can hold."""
    rounded = value.quantize(_MOST_DECIMALS, rounding=ROUND_CEILING)
    return f"{rounded.normalize():f}"


def bytes_text(value: Decimal) -> str:
    """Bytes in the largest unit that keeps them whole: ``300MiB``, ``1500000b``."""
    amount = int(value.to_integral_value(rounding=ROUND_CEILING))
    for size, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return f"{amount}b"


def _cores_text(value: Decimal) -> str:
    return f"{number_text(value)} cores"


def _share_text(value: Decimal) -> str:
    return f"{number_text(value * 100)}%"


def _cores_limit(facts: ServiceFacts) -> Decimal | None:
    return Decimal(repr(facts.limits.cpu_cores)) if facts.limits.cpu_cores else None


def _bytes_limit(facts: ServiceFacts) -> Decimal | None:
    return Decimal(facts.limits.memory_bytes) if facts.limits.memory_bytes else None


_CPU_LIMIT, _A_CPU_LIMIT = "deploy.resources.limits.cpus", "0.5"
_MEMORY_LIMIT, _A_MEMORY_LIMIT = "deploy.resources.limits.memory", "512M"

#: Processor in cores, whatever the limit: what many peers call 100 % is one core.
CPU_CORES = Measure(
    native="skep.cpu",
    text=_cores_text,
    most=_cores_limit,
    needs_limit=False,
    limit=_CPU_LIMIT,
    example_limit=_A_CPU_LIMIT,
)
#: Processor as a share of the limit.
CPU_SHARE = Measure(
    native="skep.cpu",
    text=_share_text,
    most=lambda facts: Decimal(1) if facts.limits.cpu_cores else None,
    needs_limit=True,
    limit=_CPU_LIMIT,
    example_limit=_A_CPU_LIMIT,
)
#: Memory as a share of the limit.
MEMORY_SHARE = Measure(
    native="skep.memory",
    text=_share_text,
    most=lambda facts: Decimal(1) if facts.limits.memory_bytes else None,
    needs_limit=True,
    limit=_MEMORY_LIMIT,
    example_limit=_A_MEMORY_LIMIT,
)
#: Memory in bytes.
MEMORY_BYTES = Measure(
    native="skep.memory",
    text=bytes_text,
    most=_bytes_limit,
    needs_limit=False,
    limit=_MEMORY_LIMIT,
    example_limit=_A_MEMORY_LIMIT,
)


def read_decimal(text: str) -> Decimal:
    """Read a number such as ``0.2``, exactly.

    Raises:
        UnitError: anything else, also a sign, an exponent, or what is not a number.
    """
    return Decimal(repr(read_number(text)))


def read_hundredths(text: str) -> Decimal:
    """Read ``70`` or ``70%`` as 0.7.

    Raises:
        UnitError: anything else.
    """
    try:
        return read_decimal(text.strip().removesuffix("%")) / 100
    except UnitError:
        raise UnitError(text, "a number in percent", "70") from None


def read_share(text: str) -> Decimal:
    """Read ``70`` or ``70%`` as 0.7, at most 1.

    Raises:
        UnitError: anything else.
    """
    share = read_hundredths(text)
    if share > 1:
        raise UnitError(text, "a percentage from 0 to 100", "70")
    return share


def read_seconds(text: str) -> timedelta:
    """Read a whole number of seconds, at most a day."""
    return timedelta(seconds=read_count(text, most=_MOST_SECONDS))


def read_minutes(text: str) -> timedelta:
    """Read a whole number of minutes, at most a day."""
    return timedelta(minutes=read_count(text, most=_MOST_SECONDS // 60))


def read_positive_count(text: str) -> int:
    """Read a whole number of replicas, 1 or more."""
    return read_count(text, least=1)

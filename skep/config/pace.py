"""How far and how fast a service may move, as operators write it: tolerance, cooldown, flaps, and each direction."""

from dataclasses import dataclass, replace
from datetime import timedelta

from skep.config.parts import Parts
from skep.config.units import UnitError, duration_text, read_count, read_duration, read_percent
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    DirectionPolicy,
    RateLimit,
    RateUnit,
    Select,
    Tolerance,
)

__all__ = [
    "Cooldown",
    "read_cooldown",
    "read_direction",
    "read_flaps",
    "read_scale_down",
    "read_scale_up",
    "read_span",
    "read_tolerance",
]

#: Window and period have the limits of the Kubernetes HorizontalPodAutoscaler.
_LONGEST_WINDOW = timedelta(hours=1)
_LONGEST_PERIOD = timedelta(minutes=30)
_SHORTEST_PERIOD = timedelta(milliseconds=1)
_LONGEST_COOLDOWN = timedelta(days=1)
_SHORTEST_SPAN = timedelta(seconds=1)
_MOST_FLAPS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """The least time between two changes in the same direction."""

    up: timedelta = timedelta(0)
    down: timedelta = timedelta(0)


def read_tolerance(text: str) -> Tolerance:
    """Read ``10%`` (both directions) or any of ``up=5% down=20%``; a direction left out keeps its default.

    Raises:
        UnitError: anything else, or more than 100%.
    """
    parts = Parts(text, "up", "down", example="10% or up=5% down=20%", one_for_all=True)
    default = Tolerance()
    tolerance = Tolerance(
        up_ratio=parts.read("up", _read_share, default.up_ratio),
        down_ratio=parts.read("down", _read_share, default.down_ratio),
    )
    parts.check()
    return tolerance


def read_cooldown(text: str) -> Cooldown:
    """Read ``3m`` (both directions) or any of ``up=0s down=3m``; a direction left out has no cooldown.

    Raises:
        UnitError: anything else, or more than a day.
    """
    parts = Parts(text, "up", "down", example="3m or up=0s down=3m", one_for_all=True)
    none = timedelta(0)
    cooldown = Cooldown(
        up=parts.read("up", _read_wait, none),
        down=parts.read("down", _read_wait, none),
    )
    parts.check()
    return cooldown


def read_direction(text: str, default: DirectionPolicy) -> DirectionPolicy:
    """Read ``off`` or any of ``window=5m rate=50%/1m,4/1m select=max``; a part left out is that of ``default``.

    Raises:
        UnitError: anything else, a window beyond an hour, a period beyond 30 minutes, or a rate of nothing.
    """
    if text.strip().lower() == "off":
        return replace(default, select=Select.DISABLED)
    parts = Parts(text, "window", "rate", "select", example="window=5m rate=50%/1m,4/1m select=max, or off")
    policy = replace(
        default,
        window=parts.read("window", _read_window, default.window),
        rates=parts.read("rate", _read_rates, default.rates),
        select=parts.read("select", _read_select, default.select),
    )
    parts.check()
    return policy


def read_scale_up(text: str) -> DirectionPolicy:
    """Read how a service may grow, with the defaults of growing."""
    return read_direction(text, DEFAULT_SCALE_UP)


def read_scale_down(text: str) -> DirectionPolicy:
    """Read how a service may shrink, with the defaults of shrinking."""
    return read_direction(text, DEFAULT_SCALE_DOWN)


def read_span(text: str) -> timedelta:
    """Read a span over which data is taken or trusted.

    Raises:
        UnitError: anything that is not a duration from one second to one hour.
    """
    return read_duration(text, least=_SHORTEST_SPAN, most=_LONGEST_WINDOW)


def read_flaps(text: str) -> int:
    """Read how many changes of direction an hour may have.

    Raises:
        UnitError: anything that is not a whole number from 1 to 1000.
    """
    return read_count(text, least=1, most=_MOST_FLAPS)


def _read_share(text: str) -> float:
    return read_percent(text, most=1.0)


def _read_wait(text: str) -> timedelta:
    return read_duration(text, most=_LONGEST_COOLDOWN)


def _read_window(text: str) -> timedelta:
    return read_duration(text, most=_LONGEST_WINDOW)


def _read_rates(text: str) -> tuple[RateLimit, ...]:
    """Read ``4/1m`` as four replicas and ``50%/1m`` as half of those at its start, within any minute; or several."""
    try:
        return tuple(_read_rate_limit(limit) for limit in text.split(","))
    except UnitError:
        limits = f"from {duration_text(_SHORTEST_PERIOD)} to {duration_text(_LONGEST_PERIOD)}"
        expected = f"1 or more replicas or percent per period {limits}, several of them with commas"
        raise UnitError(text, expected, "50%/1m,4/1m") from None


def _read_rate_limit(text: str) -> RateLimit:
    amount, _, period = text.partition("/")
    return RateLimit(
        amount=read_count(amount.removesuffix("%"), least=1),
        unit=RateUnit.PERCENT if amount.endswith("%") else RateUnit.REPLICAS,
        period=read_duration(period, least=_SHORTEST_PERIOD, most=_LONGEST_PERIOD),
    )


def _read_select(text: str) -> Select:
    select = _SELECTS.get(text.lower())
    if select is None:
        raise UnitError(text, "max or min", "max")
    return select


_SELECTS = {"max": Select.MAX, "min": Select.MIN}

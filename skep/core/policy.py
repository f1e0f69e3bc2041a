"""What an operator wants of one service: bounds, metrics with targets, and how fast it may move.

Everything here is a value in base units. Text such as ``70%``, ``5m`` or ``50/s`` is read by ``skep.config``
and never reaches this package. The defaults are those of the Kubernetes HorizontalPodAutoscaler.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

__all__ = [
    "DEFAULT_SCALE_DOWN",
    "DEFAULT_SCALE_UP",
    "Bounds",
    "DirectionPolicy",
    "MetricKind",
    "MetricPolicy",
    "RateLimit",
    "RateUnit",
    "Select",
    "ServicePolicy",
    "Signal",
    "Tolerance",
    "Unit",
]


class Signal(StrEnum):
    """Where the value of a metric comes from."""

    CPU = "cpu"
    MEMORY = "memory"
    REQUESTS = "requests"
    INFLIGHT = "inflight"
    QUERY = "query"


class MetricKind(StrEnum):
    """How a value relates to the replicas that carry it.

    ``AVERAGE`` and ``UTILIZATION`` are a mean over replicas: twice the target asks for twice the replicas.
    ``TOTAL`` is a sum over the whole service: the target is each replica's share of it.
    """

    AVERAGE = "average"
    TOTAL = "total"
    UTILIZATION = "utilization"


class Unit(StrEnum):
    """The unit of a metric's value and target, so that both can be written the way people say them."""

    RATIO = "ratio"
    CORES = "cores"
    BYTES = "bytes"
    PER_SECOND = "per_second"
    CONCURRENT = "concurrent"
    PLAIN = "plain"

    def text(self, value: float) -> str:
        """Write ``value`` for people: ``0.7`` is ``70%`` as a ratio and ``0.70 cores`` as cores."""
        return _WRITERS[self](value)


def _bytes_text(value: float) -> str:
    for size, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if abs(value) >= size:
            return f"{_short(value / size)}{name}"
    return f"{_short(value)}B"


def _short(value: float) -> str:
    """Three significant digits at least, no exponent below a million, no trailing zeros: 412, 41.2, 0.412."""
    if abs(value) >= 1e6:  # noqa: PLR2004 - beyond a million people read powers of ten
        return f"{value:.3g}"
    if abs(value) >= 100:  # noqa: PLR2004 - three digits stand before the point
        return f"{value:.0f}"
    return f"{value:.3g}"


_WRITERS = {
    Unit.RATIO: lambda value: f"{_short(value * 100)}%",
    Unit.CORES: lambda value: f"{value:.2f} cores",
    Unit.BYTES: _bytes_text,
    Unit.PER_SECOND: lambda value: f"{_short(value)}/s",
    Unit.CONCURRENT: lambda value: f"{_short(value)} in flight",
    Unit.PLAIN: _short,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The fewest and the most replicas a service may have; ``0 <= min_replicas <= max_replicas``."""

    min_replicas: int
    max_replicas: int

    def __post_init__(self) -> None:
        """Refuse bounds that cross.

        Raises:
            ValueError: if they are negative or ``min_replicas > max_replicas``.
        """
        if not 0 <= self.min_replicas <= self.max_replicas:
            message = f"bounds must satisfy 0 <= min <= max, got {self.min_replicas}..{self.max_replicas}"
            raise ValueError(message)

    def clamp(self, replicas: int) -> int:
        """The count within the bounds that is nearest to ``replicas``."""
        return min(max(replicas, self.min_replicas), self.max_replicas)

    def contain(self, replicas: int) -> bool:
        """Whether ``replicas`` lies within the bounds, both ends included."""
        return self.min_replicas <= replicas <= self.max_replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far load may be off its target, per direction, before anything moves; ``0.1`` is ten percent."""

    up_ratio: float = 0.1
    down_ratio: float = 0.1

    def covers(self, ratio: float) -> bool:
        """Whether ``ratio`` (load over target) is close enough to 1 to leave alone, both ends included."""
        return 1.0 - self.down_ratio <= ratio <= 1.0 + self.up_ratio


class RateUnit(StrEnum):
    """What the amount of a rate limit counts."""

    REPLICAS = "replicas"
    PERCENT = "percent"


class Select(StrEnum):
    """Which of several rate limits decides; ``DISABLED`` switches the direction off."""

    MAX = "max"
    MIN = "min"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most ``amount`` replicas, or percent of the replicas at its start, within any ``period``."""

    amount: int
    unit: RateUnit
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionPolicy:
    """How a service may move in one direction.

    Attributes:
        window: the stabilization window; growth follows the lowest, shrinking the highest recommendation in it.
        rates: limits of change; without any the direction is limited by the bounds only.
        select: which of ``rates`` decides.
        cooldown: the least time after the last change in this direction before the next.
    """

    window: timedelta
    rates: tuple[RateLimit, ...]
    select: Select = Select.MAX
    cooldown: timedelta = timedelta(0)


DEFAULT_SCALE_UP = DirectionPolicy(
    window=timedelta(0),
    rates=(
        RateLimit(amount=4, unit=RateUnit.REPLICAS, period=timedelta(seconds=15)),
        RateLimit(amount=100, unit=RateUnit.PERCENT, period=timedelta(seconds=15)),
    ),
)
DEFAULT_SCALE_DOWN = DirectionPolicy(
    window=timedelta(seconds=300),
    rates=(RateLimit(amount=100, unit=RateUnit.PERCENT, period=timedelta(seconds=15)),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPolicy:
    """One metric of a service and the value it should have.

    Attributes:
        name: the operator's word for it: ``cpu``, ``requests``, or the name in ``skep.metric.<name>.*``.
        target_value: the set point per replica, in ``unit``; a ratio of the replica's limit where the unit says so.
        window: the span of time whose mean is taken.
        query: the operator's own statement with ``$service``; only where ``signal`` is ``QUERY``.
    """

    name: str
    signal: Signal
    kind: MetricKind
    unit: Unit
    target_value: float
    window: timedelta = timedelta(seconds=30)
    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePolicy:
    """All that an operator said about one service.

    Attributes:
        max_age: data older than this is a gap, not a value.
        dry_run: decide and record, but do not act.
    """

    bounds: Bounds
    metrics: tuple[MetricPolicy, ...]
    tolerance: Tolerance = Tolerance()
    scale_up: DirectionPolicy = DEFAULT_SCALE_UP
    scale_down: DirectionPolicy = DEFAULT_SCALE_DOWN
    max_age: timedelta = timedelta(seconds=45)
    dry_run: bool = False

    @property
    def longest_window(self) -> timedelta:
        """For how long recommendations have to be remembered."""
        return max(self.scale_up.window, self.scale_down.window)

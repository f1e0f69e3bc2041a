"""What an operator wants of one service: bounds, metrics with targets, and how fast it may move.

Everything here is a value in base units. Text such as ``70%``, ``5m`` or ``50/s`` is read by ``skep.config``
and never reaches this package. The defaults are those of the Kubernetes HorizontalPodAutoscaler.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.bounds import Bounds
from skep.core.schedule import Schedule, ScheduledBounds, bounds_at

__all__ = [
    "DEFAULT_SCALE_DOWN",
    "DEFAULT_SCALE_UP",
    "DEFAULT_SLEEPS_AFTER",
    "Bounds",
    "DirectionPolicy",
    "MetricKind",
    "MetricPolicy",
    "OnDeploy",
    "OnMissing",
    "OnRollout",
    "OutagePolicy",
    "Protection",
    "RateLimit",
    "RateUnit",
    "Select",
    "ServicePolicy",
    "Signal",
    "Source",
    "Tolerance",
    "Tune",
    "Unit",
]


class Signal(StrEnum):
    """Where the value of a metric comes from."""

    CPU = "cpu"
    MEMORY = "memory"
    REQUESTS = "requests"
    INFLIGHT = "inflight"
    LATENCY = "latency"
    QUERY = "query"
    #: Of a whole node, as a share of what it has; not for services.
    NODE_CPU = "node cpu"
    NODE_MEMORY = "node memory"

    @property
    def is_of_nodes(self) -> bool:
        """Whether it is measured on nodes, and answered by their host names."""
        return self in {Signal.NODE_CPU, Signal.NODE_MEMORY}


class Source(StrEnum):
    """The store that answers an operator's own query."""

    INFLUXDB = "influxdb"
    PROMETHEUS = "prometheus"


class MetricKind(StrEnum):
    """How a value relates to the replicas that carry it.

    ``AVERAGE`` and ``UTILIZATION`` are a mean over replicas: twice the target asks for twice the replicas.
    ``TOTAL`` is a sum over the whole service: the target is each replica's share of it. ``THRESHOLD`` says whether
    there are too few, not how many too few: it asks for more while the value is above its target, never for fewer.
    """

    AVERAGE = "average"
    THRESHOLD = "threshold"
    TOTAL = "total"
    UTILIZATION = "utilization"


class Unit(StrEnum):
    """The unit of a metric's value and target, so that both can be written the way people say them."""

    RATIO = "ratio"
    CORES = "cores"
    BYTES = "bytes"
    PER_SECOND = "per_second"
    CONCURRENT = "concurrent"
    SECONDS = "seconds"
    PLAIN = "plain"

    def text(self, value: float) -> str:
        """Write ``value`` for people: ``0.7`` is ``70%`` as a ratio and ``0.70 cores`` as cores."""
        return _WRITERS[self](value)


def _bytes_text(value: float) -> str:
    for size, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if abs(value) >= size:
            return f"{_short(value / size)}{name}"
    return f"{_short(value)}B"


def _seconds_text(value: float) -> str:
    return f"{_short(value)} s" if abs(value) >= 1 else f"{_short(value * 1000)} ms"


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
    Unit.SECONDS: _seconds_text,
    Unit.PLAIN: _short,
}


_NOISE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far load may be off its target, per direction, before anything moves; ``0.1`` is ten percent."""

    up_ratio: float = 0.1
    down_ratio: float = 0.1

    def covers(self, ratio: float) -> bool:
        """Whether ``ratio`` (load over target) is close enough to 1 to leave alone, both ends included.

        A billionth beyond an end is rounding noise of the division before: 9% of 10% is 0.8999999999999999.
        """
        return 1.0 - self.down_ratio - _NOISE <= ratio <= 1.0 + self.up_ratio + _NOISE


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


class OnMissing(StrEnum):
    """What a metric without a value is taken for.

    ``HOLD`` asks for nothing, and nothing shrinks. ``LAST`` goes on with the last value while it is young enough.
    ``STATIC`` asks for a set count, up or down, and ``CURRENT_IF_HIGHER`` for that count or the present one,
    whichever is more.
    """

    HOLD = "hold"
    LAST = "last"
    STATIC = "static"
    CURRENT_IF_HIGHER = "current-if-higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePolicy:
    """What to do while a metric has no value.

    Attributes:
        replicas: the count that ``STATIC`` and ``CURRENT_IF_HIGHER`` speak of.
        after: how long the value must have been missing before anything but holding is done.
        longest: how old a last value may become.
    """

    mode: OnMissing = OnMissing.HOLD
    replicas: int | None = None
    after: timedelta = timedelta(seconds=45)
    longest: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPolicy:
    """One metric of a service and the value it should have.

    Attributes:
        name: the operator's word for it: ``cpu``, ``requests``, or the name in ``skep.metric.<name>.*``.
        target_value: the set point per replica, in ``unit``; a ratio of the replica's limit where the unit says so.
        window: the span of time whose mean is taken.
        query: the operator's own statement with ``$service``; only where ``signal`` is ``QUERY``.
        source: the store that answers the query.
        activation: a total above this, in ``unit`` and for the whole service, keeps a service from zero replicas.
        percentile: the share of requests that a latency speaks of, as 0.95; ``None`` for the mean.
        outage: what to do while it has no value; ``None`` for what the service says.
    """

    name: str
    signal: Signal
    kind: MetricKind
    unit: Unit
    target_value: float
    window: timedelta = timedelta(seconds=30)
    query: str | None = None
    source: Source = Source.INFLUXDB
    activation: float = 0.0
    percentile: float | None = None
    outage: OutagePolicy | None = None

    @property
    def is_tunable(self) -> bool:
        """Whether a policy can tune itself by it: a total whose raw points are kept for days.

        What an operator's own query answered before, nobody can ask.
        """
        return self.kind is MetricKind.TOTAL and self.signal in {Signal.REQUESTS, Signal.INFLIGHT}


class OnDeploy(StrEnum):
    """What becomes of a count that a deploy has reset: brought back to the last goal, or taken as the new start."""

    RESTORE = "restore"
    ACCEPT = "accept"


class OnRollout(StrEnum):
    """What may be done to the count while a rollout is under way."""

    HOLD = "hold"
    GROW = "grow"


class Tune(StrEnum):
    """Whether the policy tunes itself: not at all, beside the one that acts, or in its place."""

    OFF = "off"
    SHADOW = "shadow"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Swarm tasks of the service are never moved by skep; ``until=None`` has no end."""

    until: datetime | None = None

    def is_in_force(self, now: datetime) -> bool:
        """Whether the protection still stands."""
        return self.until is None or now < self.until


DEFAULT_SLEEPS_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePolicy:
    """All that an operator said about one service.

    Attributes:
        bounds: those that hold while no schedule says otherwise.
        schedules: bounds for certain times, in the operator's order.
        max_age: data older than this is a gap, not a value.
        dry_run: decide and record, but do not act.
        flaps_per_hour: after so many changes of direction within an hour only growth is allowed.
        outage: what to do while a metric has no value, where the metric does not say.
        on_rollout: ``None`` holds where Swarm would roll back by itself, and grows elsewhere.
        may_surge: whether an extra replica may run while a node is emptied.
        protection: never moved by skep.
        shares_data: what its volumes hold is the same on every node, whatever it looks like.
        tune: whether the policy tunes itself.
        price: how many idle replicas a missing one is worth, for a policy that tunes itself.
    """

    bounds: Bounds
    metrics: tuple[MetricPolicy, ...]
    schedules: tuple[Schedule, ...] = ()
    tolerance: Tolerance = Tolerance()
    scale_up: DirectionPolicy = DEFAULT_SCALE_UP
    scale_down: DirectionPolicy = DEFAULT_SCALE_DOWN
    max_age: timedelta = timedelta(seconds=45)
    dry_run: bool = False
    flaps_per_hour: int = 4
    outage: OutagePolicy = OutagePolicy()
    on_deploy: OnDeploy = OnDeploy.RESTORE
    on_rollout: OnRollout | None = None
    may_surge: bool = True
    protection: Protection | None = None
    shares_data: bool = False
    tune: Tune = Tune.OFF
    price: float = 10.0

    def bounds_at(self, now: datetime) -> ScheduledBounds:
        """The bounds in force at an instant, schedules included."""
        return bounds_at(self.bounds, self.schedules, now)

    @property
    def sleeps_after(self) -> timedelta:
        """How long nothing must have been active before the last replica goes, where ``min`` is 0.

        Five minutes (KEDA's cooldown period) unless the operator set a cooldown for shrinking.
        """
        return self.scale_down.cooldown or DEFAULT_SLEEPS_AFTER

    @property
    def tunable(self) -> MetricPolicy | None:
        """The metric that a policy tunes itself by: a total whose past the metrics store can tell; none without one."""
        return next((metric for metric in self.metrics if metric.is_tunable), None)

    @property
    def can_sleep(self) -> bool:
        """Whether it may come to have no replicas, be it at certain times only."""
        return self.bounds.min_replicas == 0 or any(schedule.min_replicas == 0 for schedule in self.schedules)

    @property
    def longest_window(self) -> timedelta:
        """For how long recommendations have to be remembered."""
        idle = self.sleeps_after if self.can_sleep else timedelta(0)
        return max(self.scale_up.window, self.scale_down.window, idle)

"""One number that skep tells about itself, and what is read off it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Meter", "MeterKind", "Reading", "Readings"]


class MeterKind(StrEnum):
    """How a number moves."""

    #: Only up, until Redis is lost.
    COUNTER = "counter"
    #: Up and down.
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One number, by the conventions of Prometheus: base units, and ``_total`` where it only grows.

    Attributes:
        labels: what tells its series apart, in their order.
        meaning: one sentence.
    """

    name: str
    kind: MeterKind
    meaning: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of one series; what is to be added, where a counter counts.

    Attributes:
        meter: its name.
        labels: values in the order of the meter's labels.
    """

    meter: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """All that can be read now.

    Attributes:
        measured_at: when the gauges were; ``None`` if they never were.
    """

    counters: tuple[Reading, ...] = ()
    gauges: tuple[Reading, ...] = ()
    measured_at: datetime | None = None

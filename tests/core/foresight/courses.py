"""Small courses of load, for tests that count by hand."""

from collections.abc import Sequence
from datetime import timedelta

from skep.core.bounds import Bounds
from skep.core.foresight.course import Course, course_of
from skep.core.foresight.model import ServiceModel
from skep.core.foresight.trace import Trace

__all__ = ["MODEL", "SLOT", "course", "daily", "trace"]

SLOT = timedelta(seconds=15)
#: A replica serves 10 requests per second and should carry 7.
MODEL = ServiceModel(capacity_rps=10.0, bounds=Bounds(min_replicas=1, max_replicas=60))


def trace(rates_rps: Sequence[float], *, every_s: float = 60.0) -> Trace:
    """Buckets of a minute."""
    return Trace(
        name="test", at_s=tuple(every_s * number for number in range(len(rates_rps))), rates_rps=tuple(rates_rps)
    )


def course(
    rates_rps: Sequence[float], *, every_s: float = 60.0, model: ServiceModel = MODEL, history: timedelta = timedelta(0)
) -> Course:
    """A course through buckets of a minute."""
    return course_of(trace(rates_rps, every_s=every_s), model, history=history)


def daily(days: int, *, peak_rps: float = 80.0, every_min: int = 5) -> list[float]:
    """A load that is low at night, high by day, and uneven all along, without chance."""
    rates: list[float] = []
    for minute in range(0, days * 1440, every_min):
        of_day = minute % 1440 / 1440
        height = max(0.0, 1.0 - abs(of_day - 0.5) * 3)
        ripple = (minute * 7919 % 101) / 101 - 0.5
        rates.append(max(0.0, peak_rps * (0.1 + 0.9 * height) * (1 + 0.3 * ripple)))
    return rates

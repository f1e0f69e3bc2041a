"""Whether a worker grows with the evaluations it has made: ten thousand of them, one after the other.

Takes a quarter of an hour, so it is measured only where it is asked for: ``make bench ONLY=lasting``.
"""

from datetime import timedelta

from tests.bench.figures import Figures
from tests.bench.large import evaluate, prepared

__all__ = ["TICKS", "measure"]

TICKS = 10_000
_SERVICES = 100
_PATIENCE = timedelta(minutes=60)


def measure() -> Figures:
    """What is resident after a tenth of the evaluations, after half of them, and after all."""
    with prepared(_SERVICES) as ground:
        resident = evaluate(ground, TICKS, patience=_PATIENCE).rss_mib
    tenth, half = TICKS // 10, TICKS // 2
    return {
        f"rss_after_{tenth}_ticks_mib": resident[0],
        f"rss_after_{half}_ticks_mib": resident[len(resident) // 2 - 1],
        f"rss_after_{TICKS}_ticks_mib": resident[-1],
    }

"""``python -m tests.bench.evaluating COUNT``: evaluations with the real adapters, their durations as JSON.

In a process of its own, as a worker has, set up by ``SKEP_*`` variables.
"""

import sys
import time
from datetime import timedelta

import msgspec

from skep.operations.evaluate import Pace, evaluate_services
from skep.wiring import label_defaults, settings, world

__all__: list[str] = []

# An evaluation that came within half an interval of another would do nothing.
_INTERVAL = timedelta(milliseconds=10)


def _evaluate() -> float:
    """Evaluate once; how long it took, in seconds."""
    time.sleep(_INTERVAL.total_seconds())
    pace = Pace(interval=_INTERVAL, time_limit=settings().task_time_limit)
    started_s = time.perf_counter()
    evaluate_services(world(), defaults=label_defaults(), pace=pace)
    return time.perf_counter() - started_s


def main(count: int) -> None:
    """Evaluate ``count`` times; the first one makes the connections."""
    durations_s = [_evaluate() for _ in range(count)]
    sys.stdout.write(msgspec.json.encode(durations_s).decode())


if __name__ == "__main__":
    main(int(sys.argv[1]))

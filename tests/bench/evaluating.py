"""``python -m tests.bench.evaluating COUNT [FILE]``: evaluations with the real adapters, and what they took, as JSON.

In a process of its own, as a worker has, set up by ``SKEP_*`` variables. With a file, cProfile's figures are written
there, for ``python -m pstats`` and for programs that draw them.
"""

import cProfile
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import redis.connection
import requests

from skep.core.decision import Decision
from skep.operations.evaluate import Pace, evaluate_services
from skep.wiring import label_defaults, settings, world
from workers.collector import calm_collector

__all__ = ["Evaluations"]

# An evaluation that came within half an interval of another would do nothing.
_INTERVAL = timedelta(milliseconds=10)
_PARTS = 10


class Evaluations(msgspec.Struct, kw_only=True):
    """What evaluations took.

    Attributes:
        durations_s: of each; the first makes the connections.
        cpu_s: computing time of each, which a busy machine does not lengthen.
        peak_rss_mib: the most memory that was resident.
        round_trips_per_tick: questions to Docker, InfluxDB and Redis in one more evaluation.
        measured: how many services the last one decided by figures, and not by their lack.
        rss_mib: what was resident after each tenth part of them.
    """

    durations_s: list[float]
    cpu_s: list[float]
    peak_rss_mib: float
    round_trips_per_tick: int
    measured: int
    rss_mib: list[float]

    @property
    def median_cpu_s(self) -> float:
        """Of all but the first."""
        return statistics.median(self.cpu_s[1:])

    @property
    def median_s(self) -> float:
        """Of all but the first."""
        return statistics.median(self.durations_s[1:])


def _evaluate() -> tuple[float, float]:
    """Evaluate once; how long it took and how much it computed, in seconds."""
    time.sleep(_INTERVAL.total_seconds())
    pace = Pace(interval=_INTERVAL, time_limit=settings().task_time_limit)
    started_s, computed_s = time.perf_counter(), time.process_time()
    evaluate_services(world(), defaults=label_defaults(), pace=pace)
    return time.perf_counter() - started_s, time.process_time() - computed_s


def _counted_round_trips() -> int:
    """One evaluation in which each request and each pipeline is counted where it is sent."""
    trips = 0

    def counting(send: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **more: Any) -> Any:
            nonlocal trips
            trips += 1
            return send(*arguments, **more)

        return counted

    requests.Session.send = counting(requests.Session.send)  # type: ignore[method-assign]
    connection = redis.connection.AbstractConnection
    connection.send_packed_command = counting(connection.send_packed_command)  # type: ignore[method-assign]
    _evaluate()
    return trips


def _memory_mib(kind: str) -> float:
    """Of this program alone; what getrusage says includes whoever started it, up to then.

    Args:
        kind: ``VmHWM`` for the most that was ever resident, ``VmRSS`` for what is now.
    """
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{kind}:")) / 1024


def _is_measured(decision: Decision) -> bool:
    return bool(decision.proposals) and all(proposal.gap is None for proposal in decision.proposals)


def main(count: int, profile_file: Path | None = None) -> None:
    """Evaluate ``count`` times."""
    calm_collector()
    profile = cProfile.Profile()
    spent = [_evaluate()]
    if profile_file is not None:
        profile.enable()
    resident: list[float] = []
    for number in range(1, count):
        spent.append(_evaluate())
        if number % max((count - 1) // _PARTS, 1) == 0:
            resident.append(_memory_mib("VmRSS"))
    profile.disable()
    if profile_file is not None:
        profile.dump_stats(profile_file)
    evaluations = Evaluations(
        durations_s=[seconds for seconds, _ in spent],
        cpu_s=[seconds for _, seconds in spent],
        peak_rss_mib=_memory_mib("VmHWM"),
        round_trips_per_tick=_counted_round_trips(),
        measured=sum(_is_measured(decision) for decision in world().memory.decisions().values()),
        rss_mib=resident,
    )
    sys.stdout.write(msgspec.json.encode(evaluations).decode())


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(Path, sys.argv[2:]))

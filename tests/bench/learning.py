"""``python -m tests.bench.learning SERVICES``: the first look at the rules of so many services, as JSON.

In a process of its own, as a worker has, with the real adapters for InfluxDB and Redis, set up by ``SKEP_*`` variables.
The Swarm is a fake: what it takes to read one is measured elsewhere.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec

from skep.core.foresight.rules import FALLBACK
from skep.operations.learn import learn_rules
from skep.operations.tuned import tuned_services
from skep.wiring import label_defaults, lessons, settings, world
from tests.fakes.swarm import FakeSwarm
from workers.collector import calm_collector

__all__ = ["FirstLooks", "name_of"]

_LABELS = {"skep.enable": "true", "skep.max": "40", "skep.requests": "50/s", "skep.tune": "auto"}


class FirstLooks(msgspec.Struct, kw_only=True):
    """What the first looks took.

    Attributes:
        duration_s: in all, waiting for the database included.
        cpu_s: computing time of this process, which a busy machine does not lengthen.
        peak_rss_mib: the most memory that was resident.
        calls: of the task, each of which ends at half of its time limit.
        chosen: services for which a rule was chosen by their own history.
    """

    duration_s: float
    cpu_s: float
    peak_rss_mib: float
    calls: int
    chosen: int


def name_of(number: int) -> str:
    """Of a service, as the metrics know it."""
    return f"service-{number}"


def main(services: int) -> None:
    """Look at all of them once."""
    calm_collector()
    given, there = settings(), world()
    swarm = FakeSwarm(there.clock)
    for number in range(services):
        swarm.add(name_of(number), replicas=2, labels=_LABELS)
    there = replace(there, swarm=swarm)
    looked_at, calls = 0, 0
    started_s, computed_s = time.perf_counter(), time.process_time()
    while looked_at < services:
        tuned = tuned_services(there, defaults=label_defaults())
        done = learn_rules(
            there,
            lessons(),
            tuned,
            interval=given.interval,
            time_limit=given.task_time_limit,
        )
        if not done:
            raise SystemExit(f"only {looked_at} of {services} services were looked at: InfluxDB has no answer")
        looked_at, calls = looked_at + len(done), calls + 1
    duration_s, cpu_s = time.perf_counter() - started_s, time.process_time() - computed_s
    choices = there.memory.recall().choices.values()
    found = FirstLooks(
        duration_s=duration_s,
        cpu_s=cpu_s,
        peak_rss_mib=_peak_rss_mib(),
        calls=calls,
        chosen=sum(choice.rule != FALLBACK or "would have cost" in choice.why for choice in choices),
    )
    sys.stdout.write(msgspec.json.encode(found).decode())


def _peak_rss_mib() -> float:
    """Of this program alone; what getrusage says includes whoever started it, up to then."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))

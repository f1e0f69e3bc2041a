"""A quiet time on the lab, without client load: what evaluations take then, and what the processes use."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lab.real import direct, waiting
from tests.bench.processes import Use, uses
from tests.bench.stage import INTERVAL, Stage
from tests.bench.worker_log import Ticks

__all__ = ["QuietTime", "spend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTime:
    """What was seen between two instants.

    Attributes:
        before: what each process had used at the first instant, by its name.
        after: the same at the last.
        influx_queries: how many requests InfluxDB has answered that asked it something.
    """

    span: timedelta
    ticks: Ticks
    before: Mapping[str, Use]
    after: Mapping[str, Use]
    influx_queries: int


def spend(stage: Stage, *, ticks: int) -> QuietTime:
    """Wait for so many evaluations of the worker."""
    heard = stage.listen()
    began_s = time.monotonic()
    before, queries_before = uses(stage.lab), _influx_queries(stage)
    waiting.until(
        lambda: len(heard.ticks().durations_s) >= ticks,
        every=timedelta(seconds=1),
        patience=1.5 * ticks * INTERVAL,
        what=f"{ticks} evaluations of the observer",
    )
    return QuietTime(
        span=timedelta(seconds=time.monotonic() - began_s),
        ticks=heard.ticks(),
        before=before,
        after=uses(stage.lab),
        influx_queries=_influx_queries(stage) - queries_before,
    )


def _influx_queries(stage: Stage) -> int:
    """By InfluxDB's own count (its HTTP service keeps one per address it listens on)."""
    with direct.session() as session:
        said = session.get(f"{stage.lab.status().influx_url}/debug/vars", timeout=5).json()
    return sum(int(part["values"]["queryReq"]) for name, part in said.items() if name.startswith("httpd:"))

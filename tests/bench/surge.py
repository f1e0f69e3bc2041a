"""From the moment the load rises until enough replicas run for it; collection and evaluation every five seconds."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from docker import APIClient

from lab.demo.watcher import read_replicas
from lab.demo.witness import Witness
from lab.load import Load, Step
from lab.real import LabUnavailable, waiting
from tests.bench.effort import Effort
from tests.bench.figures import Figures, spread
from tests.bench.stage import INTERVAL, MIN_REPLICAS, TARGET_RPS, WINDOW, Stage

__all__ = ["measure"]

_QUIET_RPS = 4.0
_SURGE_RPS = 29.0
_ENOUGH_REPLICAS = math.ceil(_SURGE_RPS / TARGET_RPS)

_LONGEST = timedelta(minutes=10)
_LOOK_EVERY = timedelta(milliseconds=100)
_PATIENCE = timedelta(seconds=60)


def measure(stage: Stage, effort: Effort) -> Figures:
    """Let the load rise and fall again and again.

    Raises:
        LabUnavailable: when the replicas do not follow within a minute; tells skep's reason.
    """
    heard = stage.listen()
    steady = Load(stage.proxy_url, [Step(duration=_LONGEST, rate_rps=_QUIET_RPS)])
    to_running_s: list[float] = []
    sent = failed = 0
    with _reasons_told(stage), stage.lab.client() as client, steady:
        for number in range(effort.surges):
            _calm_down(stage, client)
            # The last evaluation has just been; so that none of them is lucky, each begins at another moment.
            time.sleep(INTERVAL.total_seconds() * number / effort.surges)
            surge = Load(stage.proxy_url, [Step(duration=_PATIENCE, rate_rps=_SURGE_RPS - _QUIET_RPS)])
            with surge:
                to_running_s.append(_seconds_until_enough_run(stage, client))
            sent, failed = sent + surge.now().sent, failed + surge.now().failed
        whole = steady.stop()
    return {
        **spread("surge_to_running_s", to_running_s),
        "surges": effort.surges,
        "surge_window_s": WINDOW.total_seconds(),
        "surge_requests": sent + whole.sent,
        "surge_failed_requests": failed + whole.failed,
        **spread("lab_tick_under_load_s", heard.ticks().durations_s),
    }


def _seconds_until_enough_run(stage: Stage, client: APIClient) -> float:
    began_s = time.monotonic()
    waiting.until(
        lambda: read_replicas(client, stage.service).running >= _ENOUGH_REPLICAS,
        every=_LOOK_EVERY,
        patience=_PATIENCE,
        what=f"{_ENOUGH_REPLICAS} running replicas of {stage.service}",
    )
    return time.monotonic() - began_s


def _calm_down(stage: Stage, client: APIClient) -> None:
    def is_small() -> bool:
        replicas = read_replicas(client, stage.service)
        return replicas.goal == replicas.running == MIN_REPLICAS

    waiting.until(
        is_small,
        every=_LOOK_EVERY,
        patience=_PATIENCE,
        what=f"{stage.service} to be back at {MIN_REPLICAS} replicas",
    )


@contextmanager
def _reasons_told(stage: Stage) -> Iterator[None]:
    """Add what skep says to a complaint that replicas did not come or go: the lab and its logs are gone soon."""
    try:
        yield
    except LabUnavailable as error:
        said = Witness(stage.skep.settings, service=stage.service, since=datetime.now(UTC)).ask()
        raise LabUnavailable(f"{error} skep: {said.trouble or said.reason}.") from error

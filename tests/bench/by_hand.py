"""From a person's word until the replicas run: by ``skep scale``, and by plain ``docker service scale`` beside it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from docker import APIClient

from lab.demo.watcher import read_replicas
from lab.real import waiting
from tests.bench.effort import Effort
from tests.bench.figures import Figures, spread
from tests.bench.stage import MIN_REPLICAS, Stage

__all__ = ["REPLICAS", "measure"]

REPLICAS = 4
_ROOT = Path(__file__).parents[2]
_LOOK_EVERY = timedelta(milliseconds=50)
_PATIENCE = timedelta(seconds=60)


def measure(stage: Stage, effort: Effort) -> Figures:
    """Scale the service up in turn by both, as often as there are surges.

    Both start a program that reaches what it has to, and neither waits for the replicas: that is done here.

    Raises:
        LabUnavailable: when the replicas do not come within a minute.
    """
    by_skep: list[float] = []
    by_docker: list[float] = []
    with stage.lab.client() as client:
        for _ in range(effort.surges):
            by_skep.append(_seconds(stage, client, lambda: _skep(stage, "scale", f"{stage.service}={REPLICAS}")))
            by_docker.append(_seconds(stage, client, lambda: _docker(stage, REPLICAS)))
    _skep(stage, "release", stage.service)
    figures = {**spread("scale_by_skep_s", by_skep), **spread("scale_by_docker_s", by_docker)}
    return {**figures, "ratio_scale_by_skep_to_docker": _median(by_skep) / _median(by_docker)}


def _seconds(stage: Stage, client: APIClient, scale: Callable[[], None]) -> float:
    """From two replicas to as many as are wanted."""
    _docker(stage, MIN_REPLICAS)
    _await(stage, client, MIN_REPLICAS)
    began_s = time.monotonic()
    scale()
    _await(stage, client, REPLICAS)
    return time.monotonic() - began_s


def _await(stage: Stage, client: APIClient, count: int) -> None:
    def is_there() -> bool:
        replicas = read_replicas(client, stage.service)
        return replicas.goal == replicas.running == count

    waiting.until(is_there, every=_LOOK_EVERY, patience=_PATIENCE, what=f"{count} replicas of {stage.service}")


def _docker(stage: Stage, replicas: int) -> None:
    stage.lab.docker("service", "scale", "--detach", f"{stage.service}={replicas}")


def _skep(stage: Stage, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "SKEP_BROKER_URL": stage.skep.environment["SKEP_BROKER_URL"]}
    subprocess.run(
        [sys.executable, "-m", "cli", *arguments], cwd=_ROOT, env=environment, check=True, capture_output=True
    )


def _median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]

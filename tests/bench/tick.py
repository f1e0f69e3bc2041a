"""What one evaluation takes: in a worker, as beat orders it, and in a process of its own, one after the other."""

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import msgspec

from lab.real.command import run
from tests.adapters.recording_proxy import RecordingProxy
from tests.bench.effort import Effort
from tests.bench.evaluating import Evaluations
from tests.bench.figures import Figures, spread
from tests.bench.quiet import QuietTime
from tests.bench.stage import Stage

__all__ = ["in_process", "through_the_worker"]

_ROOT = Path(__file__).parents[2]
_COUNTED_TICKS = 5
_PATIENCE = timedelta(minutes=1)
# Locks and memory of its own: nobody is in anybody's way.
_OWN_PREFIX = "bench:"


def through_the_worker(quiet: QuietTime) -> Figures:
    """Durations as the worker reports them, and what InfluxDB was asked."""
    ticks = quiet.ticks
    return {
        **spread("lab_tick_s", ticks.durations_s),
        "lab_ticks": len(ticks.durations_s),
        "lab_ticks_failed": ticks.failed,
        "lab_influx_queries_per_tick": quiet.influx_queries / len(ticks.durations_s),
    }


def in_process(stage: Stage, effort: Effort) -> Figures:
    """Durations without Celery, and what the engine was asked."""
    making_connections_s, *durations_s = _evaluate(stage, 1 + effort.in_process_ticks, stage.skep.settings.docker_host)
    return {
        **spread("lab_tick_in_process_s", durations_s),
        "lab_first_tick_in_process_s": making_connections_s,
        "lab_docker_calls_per_tick": _docker_calls(stage) / _COUNTED_TICKS,
    }


def _docker_calls(stage: Stage) -> int:
    """Through a proxy that counts, and therefore apart from what is timed; asking for the version is done once."""
    with tempfile.TemporaryDirectory() as folder:
        proxy = RecordingProxy(Path(folder) / "docker.sock", stage.lab.status().manager_socket)
        proxy.start()
        try:
            _evaluate(stage, _COUNTED_TICKS, proxy.endpoint)
        finally:
            proxy.stop()
        return len([request for request in proxy.requests if request != "GET /version"])


def _evaluate(stage: Stage, ticks: int, docker_host: str) -> list[float]:
    variables = {**stage.skep.environment, "SKEP_REDIS_PREFIX": _OWN_PREFIX, "SKEP_DOCKER_HOST": docker_host}
    command = (sys.executable, "-m", "tests.bench.evaluating", str(ticks))
    said = run(*command, env={**variables, "PYTHONPATH": os.fspath(_ROOT)}, patience=_PATIENCE)
    return msgspec.json.decode(said, type=Evaluations).durations_s

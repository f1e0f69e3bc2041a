"""How large the image of the Dockerfile is, and how long a container of it takes to say its first word."""

import statistics
import time

from lab.deployed.image import BuiltImage, load
from lab.real.command import run
from tests.bench.effort import Effort
from tests.bench.figures import Figures
from tests.bench.stage import Stage

__all__ = ["measure"]

_MIB = 1024 * 1024


def measure(stage: Stage, built: BuiltImage, effort: Effort) -> Figures:
    """Its size unpacked, as Docker tells it, and the median time from `docker run` to the end of `skep --help`."""
    socket = stage.lab.status().manager_socket
    load(socket, built)
    docker = ("docker", "--host", f"unix://{socket}")
    size_bytes = int(run(*docker, "image", "inspect", "--format", "{{.Size}}", built.name))
    return {
        "image_mib": size_bytes / _MIB,
        "cold_start_s": statistics.median(_start_s(*docker, built.name) for _ in range(effort.starts)),
    }


def _start_s(*docker_and_name: str) -> float:
    *docker, name = docker_and_name
    started_s = time.perf_counter()
    run(*docker, "run", "--rm", "--network", "none", name, "skep", "--help")
    return time.perf_counter() - started_s

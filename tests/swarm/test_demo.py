"""The demo, played for real: replicas follow the load up and down, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labs import lab_name
from tests.swarm.traces import traces

pytestmark = pytest.mark.swarm

ROOT = Path(__file__).parents[2]
CHART = ROOT / "build/demo/load-and-replicas.png"
# Not `demo`, which may be one that somebody has kept.
LAB = lab_name("demo")
INTERRUPTED = 130


@pytest.fixture
def nodes() -> str:
    """What `make demo` is given as NODES."""
    return ""


@pytest.fixture
def demo(nodes: str) -> Iterator[subprocess.Popen[str]]:
    """The short demo, started as `make demo` starts it, its output not a terminal."""
    with subprocess.Popen(
        [sys.executable, "-m", "lab.demo"],
        cwd=ROOT,
        env={**os.environ, "SHORT": "1", "KEEP": "", "NODES": nodes, "SIZE": "", "LAB": LAB},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.send_signal(signal.SIGTERM)


def test_replicas_follow_the_load_up_and_down_and_no_request_fails(demo: subprocess.Popen[str]) -> None:
    CHART.unlink(missing_ok=True)
    output, errors = demo.communicate()
    assert demo.returncode == 0, output + errors
    figures = json.loads(output.splitlines()[-1])["demo"]
    assert figures["engine"] == "real"
    assert figures["peak_replicas"] > figures["final_replicas"] == 2
    assert figures["surge_to_capacity_s"] > 0
    assert figures["requests"] > 1000
    assert figures["failed_requests"] == 0
    assert figures["actions"] >= 2
    assert CHART.read_bytes().startswith(b"\x89PNG")
    assert traces(LAB) == []


@pytest.mark.parametrize("nodes", ["1"])
def test_nodes_join_for_a_surge_that_does_not_fit_and_leave_after_it(demo: subprocess.Popen[str]) -> None:
    output, errors = demo.communicate()
    assert demo.returncode == 0, output + errors
    figures = json.loads(output.splitlines()[-1])["demo"]
    assert (figures["nodes_added"], figures["nodes_removed"], figures["failed_requests"]) == (2, 2, 0)
    assert "skep node-5 joined pool workers: labelled and active" in output
    assert traces(LAB) == []


def test_a_demo_that_is_interrupted_cleans_up(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout is not None
    seen = next(line for line in demo.stdout if "Flower shows every action" in line)
    demo.send_signal(signal.SIGINT)
    output, errors = demo.communicate()
    assert demo.returncode == INTERRUPTED, seen + output + errors
    assert "Interrupted" in errors
    assert traces(LAB) == []

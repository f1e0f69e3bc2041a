"""skep's own processes on an emulated Swarm that is at fault: a drain still drops nobody, and nothing is done twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lab.demo.stack import ACTOR, BEAT, OBSERVER, SkepProcesses
from lab.emulator import Fault
from lab.emulator.practice import EmulatedLab
from lab.real import WebService
from lab.real.events import Change, Events
from tests.eventually import eventually

pytestmark = [pytest.mark.redis, pytest.mark.influx, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
LABELS = {"skep.enable": "true", "skep.min": "4", "skep.max": "9", "skep.requests": "5/s"}
#: Every third request fails.
STORM = Fault(latency=timedelta(milliseconds=20), error_ratio=0.15, drop_ratio=0.15, lost_answer_ratio=0.1)


@pytest.fixture
def lab() -> Iterator[EmulatedLab]:
    lab = EmulatedLab(f"storm-{os.getpid()}", nodes=4)
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


@pytest.fixture
def skep(lab: EmulatedLab) -> SkepProcesses:
    processes = SkepProcesses(lab, variables={"SKEP_RECONCILE_INTERVAL": "3s"})
    processes.start_observer()
    processes.start_actor()
    processes.start_beat()
    processes.wait_ready(OBSERVER, ACTOR, BEAT)
    return processes


def test_a_drain_amid_errors_and_lost_answers_drops_nobody_and_posts_nothing_twice(
    lab: EmulatedLab, skep: SkepProcesses
) -> None:
    name = lab.deploy_web(LABELS, service=WebService(replicas=4))
    fewest = 4

    def is_drained() -> bool:
        nonlocal fewest
        fewest = min(fewest, lab.running(name))
        return not occupied(lab, "node-4") and labels(lab, "node-4").get("skep.node.state") == "drained"

    with lab.client() as questions, lab.client() as following, Events(questions, following) as events:
        command = [sys.executable, "-m", "cli", "drain", "node-4"]
        ordered = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **skep.environment}, capture_output=True, text=True, check=False
        )
        assert ordered.returncode == 0, ordered.stdout + ordered.stderr
        lab.disturb(STORM)
        eventually(is_drained, within_s=200, every_s=0.05)
        lab.disturb(Fault())
        changes = events.changes(name)
    assert (fewest, changes) == (4, (Change(4, 5), Change(5, 4)))


def occupied(lab: EmulatedLab, hostname: str) -> bool:
    return lab.look(lambda swarm: bool(swarm.node(hostname).tasks))


def labels(lab: EmulatedLab, hostname: str) -> dict[str, str]:
    return lab.look(lambda swarm: dict(swarm.node(hostname).spec["Labels"]))

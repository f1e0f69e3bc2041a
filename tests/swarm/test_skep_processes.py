"""skep's processes on a lab can be killed and started again one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.demo.stack import ACTOR, OBSERVER, SkepProcesses, start_skep
from lab.real import Lab, LabUnavailable, processes
from tests.labs import lab_name
from tests.swarm.traces import content, traces

pytestmark = pytest.mark.swarm

LAB = lab_name("processes")
ADDED = ("observer-2", "short-lived", "undisturbed")


@pytest.fixture(scope="module")
def all_of_skep() -> Iterator[SkepProcesses]:
    """All of skep's processes on a lab of one node."""
    lab = Lab(LAB, nodes=1)
    lab.down()
    try:
        lab.up()
        yield start_skep(lab)
    finally:
        lab.down()
    assert traces(LAB) == []


@pytest.fixture
def skep(all_of_skep: SkepProcesses) -> Iterator[SkepProcesses]:
    """The same, which are afterwards as they were, whatever the test has come to."""
    yield all_of_skep
    for name in ADDED:
        all_of_skep.stop(name)
    if not all_of_skep.running(ACTOR):
        all_of_skep.start_actor()
        all_of_skep.wait_ready(ACTOR)


def test_a_killed_worker_takes_its_whole_pool_with_it_and_can_be_started_again(skep: SkepProcesses) -> None:
    parent = skep.pid(ACTOR)
    pool = processes.children(parent)
    assert len(pool) == 2
    skep.kill(ACTOR)
    assert [pid for pid in (parent, *pool) if _lives(pid)] == []
    assert not skep.running(ACTOR)
    skep.start_actor()
    skep.wait_ready(ACTOR)
    assert skep.running(ACTOR)


def test_a_second_observer_stands_beside_the_first(skep: SkepProcesses) -> None:
    skep.start_observer("observer-2")
    skep.wait_ready("observer-2")
    assert skep.pid("observer-2") != skep.pid(OBSERVER)
    skep.stop("observer-2")
    assert not skep.running("observer-2")


def test_waiting_for_a_process_that_has_ended_says_where_its_log_is(skep: SkepProcesses) -> None:
    skep.start_actor("short-lived")
    skep.kill("short-lived")
    with pytest.raises(LabUnavailable, match=r"short-lived does not run; its log: /.*short-lived\.log"):
        skep.wait_ready("short-lived")


def test_variables_of_another_skep_at_the_terminal_do_not_reach_it(
    skep: SkepProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKEP_INFLUX_TOKEN", "of-another-skep")
    skep.start_actor("undisturbed")
    skep.wait_ready("undisturbed")
    assert b"of-another-skep" not in content(Path(f"/proc/{skep.pid('undisturbed')}/environ"))
    skep.stop("undisturbed")


def _lives(pid: int) -> bool:
    return b") Z " not in (stat := content(Path(f"/proc/{pid}/stat"))) and stat != b""

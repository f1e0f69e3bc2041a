"""How long replicas take to serve, as swarm tasks tell."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.cluster import SwarmTask, TaskState
from skep.core.foresight.start_delay import measured_start_delay, settled_start_delay
from tests.builders import ago, swarm_task

INTERVAL = timedelta(seconds=15)


def took(seconds: float, *, state: TaskState = TaskState.RUNNING) -> SwarmTask:
    return replace(swarm_task(state=state, age_s=100.0), ordered_at=ago(100.0 + seconds))


def test_the_delay_is_the_median_of_replicas_that_run() -> None:
    tasks = (took(10), took(40), took(600), took(9999, state=TaskState.STARTING))
    assert measured_start_delay(tasks) == timedelta(seconds=40)


def test_clocks_that_disagree_make_no_negative_delay() -> None:
    assert measured_start_delay((took(-3),)) == timedelta(0)


@pytest.mark.parametrize(
    "tasks", [(), (swarm_task(),), (took(5, state=TaskState.PENDING),)], ids=["none", "untold", "none that runs"]
)
def test_without_a_replica_that_tells_nothing_is_measured(tasks: tuple[SwarmTask, ...]) -> None:
    assert measured_start_delay(tasks) is None


@pytest.mark.parametrize(
    ("measured", "before", "settled"),
    [
        pytest.param(20, None, 20, id="the first one counts"),
        pytest.param(None, 20, 20, id="what was measured once is kept"),
        pytest.param(None, None, None, id="nothing is known"),
        pytest.param(30, 20, 20, id="within an interval it is the same"),
        pytest.param(120, 100, 100, id="within a quarter it is the same"),
        pytest.param(140, 100, 140, id="beyond that it is another"),
    ],
)
def test_noise_does_not_change_the_delay(measured: int | None, before: int | None, settled: int | None) -> None:
    def span(seconds: int | None) -> timedelta | None:
        return None if seconds is None else timedelta(seconds=seconds)

    assert settled_start_delay(span(measured), before=span(before), interval=INTERVAL) == span(settled)

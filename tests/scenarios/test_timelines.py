"""Whole days of a service, told by what was recorded and kept word for word.

``SKEP_WRITE_GOLDEN=1 pytest tests/scenarios`` writes them anew; read the difference before committing it.
"""

import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skep.core.cluster import TaskState, UpdateState
from tests.scenarios.timeline import POLICY, Play, Timeline

GOLDEN = Path(__file__).parent / "golden"

MINUTES = 60
HALF_AN_HOUR = timedelta(minutes=30)


def quiet(_second: int) -> float:
    return 80.0


def spike(second: int) -> float:
    """A minute of ten times the load."""
    return 800.0 if 2 * MINUTES <= second < 3 * MINUTES else 80.0


def slow_rise(second: int) -> float:
    """Ten more requests per second with each minute, for half an hour."""
    return 80.0 + 10.0 * min(second / MINUTES, 30)


def back_and_forth(second: int) -> float:
    """Down and up again every eight minutes, by more than any tolerance."""
    return 400.0 if second // (8 * MINUTES) % 2 else 120.0


def surge(second: int) -> float:
    """Twenty minutes of five times the load."""
    return 400.0 if 2 * MINUTES <= second < 22 * MINUTES else 80.0


def in_the_morning(second: int) -> float:
    """Nothing at all, then somebody comes by, and then nobody again."""
    return 30.0 if 20 * MINUTES <= second < 25 * MINUTES else 0.0


def wave(second: int) -> float:
    return 160.0 + 80.0 * math.sin(second / 600)


def a_node_dies(play: Play) -> None:
    """With three replicas, which no other node has room for."""
    play.swarm.new_tasks = TaskState.PENDING
    play.swarm.fail("web", 3)


def a_node_comes(play: Play) -> None:
    play.swarm.new_tasks = TaskState.RUNNING
    play.swarm.start("web")


def everything_is_forgotten(play: Play) -> None:
    """And nobody can say what people had ordered."""
    play.memory.forget_everything()
    play.journal.lose_archive()


TIMELINES = {
    "a spike of a minute": Timeline(length=timedelta(minutes=12), load_rps=spike),
    "a slow rise": Timeline(length=timedelta(minutes=40), load_rps=slow_rise),
    "back and forth until the budget of turns is spent": Timeline(
        length=timedelta(minutes=80), load_rps=back_and_forth
    ),
    "metrics are lost and come back": Timeline(
        length=timedelta(minutes=40),
        load_rps=surge,
        happenings={
            10 * MINUTES: lambda play: play.metrics.break_down(),
            30 * MINUTES: lambda play: play.metrics.come_back(),
        },
    ),
    "metrics are lost and a static count stands in": Timeline(
        length=timedelta(minutes=20),
        load_rps=surge,
        labels={**POLICY, "skep.on-missing": "static=5 after=2m"},
        happenings={
            10 * MINUTES: lambda play: play.metrics.break_down(),
            15 * MINUTES: lambda play: play.metrics.come_back(),
        },
    ),
    "a node dies in mid surge": Timeline(
        length=timedelta(minutes=20),
        load_rps=lambda second: surge(second) + (200.0 if second > 8 * MINUTES else 0.0),
        happenings={6 * MINUTES: a_node_dies, 12 * MINUTES: a_node_comes},
    ),
    "a person against the policy": Timeline(
        length=timedelta(minutes=60),
        load_rps=wave,
        happenings={
            5 * MINUTES: lambda play: play.set_by_hand(9, reason="an advert at eight", hold_for=timedelta(minutes=10)),
            25 * MINUTES: lambda play: play.set_by_docker(7),
        },
    ),
    "a deploy in mid surge": Timeline(
        length=timedelta(minutes=12),
        load_rps=surge,
        happenings={
            6 * MINUTES: lambda play: play.deploy(replicas=2, image="b"),
        },
    ),
    "a deploy in mid surge that could be rolled back": Timeline(
        length=timedelta(minutes=12),
        load_rps=surge,
        happenings={
            6 * MINUTES: lambda play: play.swarm.change(
                "web",
                replicas=2,
                fingerprint="b",
                update_state=UpdateState.UPDATING,
                rolls_back_on_failure=True,
            ),
            8 * MINUTES: lambda play: play.swarm.change("web", update_state=UpdateState.COMPLETED),
        },
    ),
    "asleep and awake": Timeline(
        length=timedelta(minutes=40), load_rps=in_the_morning, labels={**POLICY, "skep.min": "0"}
    ),
    "office hours across the beginning of summer time": Timeline(
        # The clocks of Berlin went from 2:00 to 3:00 on this day: the office opens at 6:00 UTC and no longer at 7:00.
        start=datetime(2026, 3, 29, 5, 58, tzinfo=UTC),
        length=timedelta(minutes=10),
        load_rps=quiet,
        labels={**POLICY, "skep.schedule.office": "08:00-18:00 Europe/Berlin min=6"},
    ),
    "the memory is lost and the journal out of reach": Timeline(
        length=timedelta(minutes=25),
        load_rps=lambda second: 80.0 if second < 12 * MINUTES else 700.0,
        replicas=8,
        happenings={
            3 * MINUTES: everything_is_forgotten,
            20 * MINUTES: lambda play: play.journal.come_back(),
        },
    ),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_the_day_is_recorded_as_before(name: str) -> None:
    golden = GOLDEN / f"{name.replace(' ', '-')}.txt"
    told = TIMELINES[name].told()
    if os.environ.get("SKEP_WRITE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")

"""How long machines take to join, as the events of their pool tell."""

from datetime import timedelta

import pytest

from skep.core.capacity.backoff import PoolEvent, PoolEventKind
from skep.core.foresight.pools import measured_join_delay
from tests.builders import ago


def grew(seconds_ago: float, machines: int = 1) -> PoolEvent:
    return PoolEvent(kind=PoolEventKind.GREW, at=ago(seconds_ago), machines=machines)


def joined(seconds_ago: float) -> PoolEvent:
    return PoolEvent(kind=PoolEventKind.JOINED, at=ago(seconds_ago))


def failed(kind: PoolEventKind, seconds_ago: float) -> PoolEvent:
    return PoolEvent(kind=kind, at=ago(seconds_ago))


@pytest.mark.parametrize(
    ("events", "delay_s"),
    [
        pytest.param([], None, id="nothing happened"),
        pytest.param([grew(100)], None, id="nobody has joined"),
        pytest.param([joined(10)], None, id="whoever joined was ordered long ago"),
        pytest.param([grew(100), joined(40)], 60, id="one machine"),
        pytest.param([grew(100, 2), joined(40), joined(20)], 70, id="two of one order"),
        pytest.param([grew(300), joined(200), grew(150), joined(30)], 110, id="the median of two orders"),
        pytest.param(
            [grew(900), failed(PoolEventKind.NEVER_JOINED, 300), grew(200), joined(50)], 150, id="one never joined"
        ),
        pytest.param([grew(90), failed(PoolEventKind.REFUSED, 80), joined(30)], 60, id="another was refused"),
    ],
)
def test_the_delay_is_the_median_from_order_to_node(events: list[PoolEvent], delay_s: float | None) -> None:
    assert measured_join_delay(events) == (None if delay_s is None else timedelta(seconds=delay_s))

"""How operators write how far and how fast a service may move."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.pace import Cooldown, read_cooldown, read_direction, read_span, read_tolerance
from skep.config.units import UnitError
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    DirectionPolicy,
    RateLimit,
    RateUnit,
    Select,
    Tolerance,
)

MINUTE = timedelta(minutes=1)
HALF_PER_MINUTE = RateLimit(amount=50, unit=RateUnit.PERCENT, period=MINUTE)
FOUR_PER_MINUTE = RateLimit(amount=4, unit=RateUnit.REPLICAS, period=MINUTE)


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        pytest.param("10%", Tolerance(up_ratio=0.1, down_ratio=0.1), id="one for both"),
        pytest.param("up=5% down=20%", Tolerance(up_ratio=0.05, down_ratio=0.2), id="one for each"),
        pytest.param("down=20% up=5%", Tolerance(up_ratio=0.05, down_ratio=0.2), id="in the other order"),
        pytest.param("up=0%", Tolerance(up_ratio=0.0, down_ratio=0.1), id="only up"),
        pytest.param("0%", Tolerance(up_ratio=0.0, down_ratio=0.0), id="none"),
    ],
)
def test_reads_a_tolerance(text: str, tolerance: Tolerance) -> None:
    assert read_tolerance(text) == tolerance


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("0.1", "a percentage", id="a ratio"),
        pytest.param("101%", "from 0% to 100%", id="more than everything"),
        pytest.param("up=5% up=6%", "only once", id="a direction twice"),
        pytest.param("left=5%", "only the parts up= and down=", id="a direction that does not exist"),
        pytest.param("up 5%", "a percentage", id="no equals sign"),
        pytest.param("up=5% 6%", "only the parts", id="a part without a name"),
        pytest.param("", "a percentage", id="nothing"),
        pytest.param("up=5% " * 1000, "at most 200 characters", id="six thousand characters"),
    ],
)
def test_refuses_a_tolerance(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_tolerance(text)
    assert because in refused.value.expected


@pytest.mark.parametrize(
    ("text", "cooldown"),
    [
        pytest.param("3m", Cooldown(up=3 * MINUTE, down=3 * MINUTE), id="one for both"),
        pytest.param("up=0s down=3m", Cooldown(up=timedelta(0), down=3 * MINUTE), id="one for each"),
        pytest.param("down=3m", Cooldown(up=timedelta(0), down=3 * MINUTE), id="only down"),
    ],
)
def test_reads_a_cooldown(text: str, cooldown: Cooldown) -> None:
    assert read_cooldown(text) == cooldown


@pytest.mark.parametrize("text", [pytest.param("180", id="no unit"), pytest.param("2d", id="more than a day")])
def test_refuses_a_cooldown(text: str) -> None:
    with pytest.raises(UnitError, match="a duration with its unit"):
        read_cooldown(text)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        pytest.param(
            "window=1h rate=50%/1m,4/1m select=min",
            DirectionPolicy(window=timedelta(hours=1), rates=(HALF_PER_MINUTE, FOUR_PER_MINUTE), select=Select.MIN),
            id="all parts",
        ),
        pytest.param(
            "rate=4/1m",
            DirectionPolicy(window=DEFAULT_SCALE_DOWN.window, rates=(FOUR_PER_MINUTE,)),
            id="only a rate, in place of the default rates",
        ),
        pytest.param(
            "rate=50%/1m , 4/1m",
            DirectionPolicy(window=DEFAULT_SCALE_DOWN.window, rates=(HALF_PER_MINUTE, FOUR_PER_MINUTE)),
            id="spaces around a comma",
        ),
        pytest.param(
            "window=0s", DirectionPolicy(window=timedelta(0), rates=DEFAULT_SCALE_DOWN.rates), id="only a window"
        ),
        pytest.param("select=max", DEFAULT_SCALE_DOWN, id="only what holds anyway"),
        pytest.param(
            "off",
            DirectionPolicy(window=DEFAULT_SCALE_DOWN.window, rates=DEFAULT_SCALE_DOWN.rates, select=Select.DISABLED),
            id="off",
        ),
    ],
)
def test_reads_a_direction(text: str, policy: DirectionPolicy) -> None:
    assert read_direction(text, DEFAULT_SCALE_DOWN) == policy


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("window=61m", "window= to be a duration", id="a window beyond an hour"),
        pytest.param("window=5", "window= to be a duration", id="a window without a unit"),
        pytest.param("rate=4/31m", "rate= to be", id="a period beyond 30 minutes"),
        pytest.param("rate=4/0s", "rate= to be", id="a period of nothing"),
        pytest.param("rate=0/1m", "rate= to be", id="a rate of nothing"),
        pytest.param("rate=0%/1m", "rate= to be", id="a rate of no percent"),
        pytest.param("rate=1.5/1m", "rate= to be", id="a fraction of a replica"),
        pytest.param("rate=4", "rate= to be", id="a rate without a period"),
        pytest.param("rate=4/1m,", "rate= to be", id="a comma with nothing behind it"),
        pytest.param("select=average", "select= to be max or min", id="a choice that does not exist"),
        pytest.param("", "only the parts", id="nothing"),
        pytest.param("off window=5m", "only the parts", id="off, and yet a window"),
    ],
)
def test_refuses_a_direction(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_direction(text, DEFAULT_SCALE_UP)
    assert because in refused.value.expected


def test_all_wrong_parts_of_a_text_are_named_at_once() -> None:
    with pytest.raises(UnitError) as refused:
        read_direction("window=2h rate=4 select=average colour=red", DEFAULT_SCALE_UP)
    assert all(part in refused.value.expected for part in ("only the parts", "window=", "rate=", "select="))


@pytest.mark.parametrize("text", [pytest.param("0s", id="nothing"), pytest.param("61m", id="more than an hour")])
def test_a_span_of_data_is_between_a_second_and_an_hour(text: str) -> None:
    with pytest.raises(UnitError, match="from 1s to 1h"):
        read_span(text)


@given(text=st.text() | st.from_regex(r"((up|down|window|rate|select)=[0-9a-z%/,.]{0,9} ?){0,4}", fullmatch=True))
def test_any_text_is_a_value_or_a_unit_error(text: str) -> None:
    for read in (read_tolerance, read_cooldown, lambda text: read_direction(text, DEFAULT_SCALE_UP)):
        with suppress(UnitError):
            read(text)

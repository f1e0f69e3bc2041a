"""A fixed step while enough values lie in a band."""

import math

import pytest

from skep.core.strategies.step import Band, StepSize, StepUnit, step

TEN_TO_TWENTY = Band(low=10, high=20)
ONE_MORE = StepSize(amount=1, unit=StepUnit.REPLICAS)


@pytest.mark.parametrize(
    ("band", "value", "is_inside"),
    [
        pytest.param(TEN_TO_TWENTY, 10, True, id="its low end"),
        pytest.param(TEN_TO_TWENTY, 20, False, id="its high end"),
        pytest.param(TEN_TO_TWENTY, 9.9, False, id="below it"),
        pytest.param(Band(low=10), math.inf, True, id="no high end"),
        pytest.param(Band(high=20), -5, True, id="no low end"),
        pytest.param(Band(low=10), math.nan, False, id="not a number"),
    ],
)
def test_a_band_holds_values_from_its_low_end_to_just_below_its_high_one(
    band: Band, value: float, is_inside: bool
) -> None:
    assert band.contains(value) is is_inside


@pytest.mark.parametrize(
    ("by", "replicas", "after"),
    [
        pytest.param(ONE_MORE, 3, 4, id="replicas more"),
        pytest.param(StepSize(amount=-5, unit=StepUnit.REPLICAS), 3, 0, id="never below zero"),
        pytest.param(StepSize(amount=50, unit=StepUnit.PERCENT), 3, 5, id="a share more, rounded up"),
        pytest.param(StepSize(amount=-50, unit=StepUnit.PERCENT), 3, 2, id="a share fewer, rounded up"),
        pytest.param(StepSize(amount=10, unit=StepUnit.PERCENT), 10, 11, id="no more than that by rounding noise"),
        pytest.param(StepSize(amount=7, unit=StepUnit.TOTAL), 3, 7, id="replicas in all"),
    ],
)
def test_one_step(by: StepSize, replicas: int, after: int) -> None:
    assert by.taken_from(replicas) == after


def test_a_step_is_taken_once_enough_values_lie_in_the_band() -> None:
    values = [15, 15, 25]
    assert step(values, band=TEN_TO_TWENTY, least=2, by=ONE_MORE, replicas=3) == 4
    assert step(values, band=TEN_TO_TWENTY, least=3, by=ONE_MORE, replicas=3) == 3

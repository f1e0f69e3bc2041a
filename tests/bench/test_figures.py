"""Repeated measurements become a few honest numbers."""

import pytest

from tests.bench.figures import Figure, rounded, spread


def test_a_spread_names_the_middle_the_slow_end_and_both_extremes() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert spread("x_s", values) == {"x_s_p50": 50.5, "x_s_p95": 95.0, "x_s_min": 1.0, "x_s_max": 100.0}


def test_a_single_value_is_its_own_spread() -> None:
    assert set(spread("x_s", [3.0]).values()) == {3.0}


def test_the_slow_end_of_five_values_is_the_slowest() -> None:
    assert spread("x_s", [5.0, 1.0, 2.0, 3.0, 4.0])["x_s_p95"] == 5.0


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        pytest.param(0.0213456, 0.02135, id="a small one keeps four digits"),
        pytest.param(12.34567, 12.35, id="digits before the point count"),
        pytest.param(12289.31, 12289.0, id="digits before the point are never lost"),
        pytest.param(0.0, 0.0, id="nothing stays nothing"),
        pytest.param(12289, 12289, id="a count stays a count"),
        pytest.param("1.6.7", "1.6.7", id="words stay"),
        pytest.param(True, True, id="truth stays"),
    ],
)
def test_digits_that_mean_nothing_are_dropped(figure: Figure, expected: Figure) -> None:
    assert rounded(figure) == expected
    assert type(rounded(figure)) is type(expected)

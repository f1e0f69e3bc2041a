"""How operators write a target for a total, and its activation."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.target import Target
from skep.config.total import Total, read_inflight, read_requests
from skep.config.units import UnitError
from skep.core.policy import Unit


@pytest.mark.parametrize(
    ("text", "total"),
    [
        pytest.param("50/s", Total(target=Target(value=50, unit=Unit.PER_SECOND)), id="a target"),
        pytest.param("3000 / m", Total(target=Target(value=50, unit=Unit.PER_SECOND)), id="a target with spaces"),
        pytest.param(
            "50/s activation=120/m",
            Total(target=Target(value=50, unit=Unit.PER_SECOND), activation=2),
            id="an activation in another unit of time",
        ),
        pytest.param(
            "50/s activation=0/s", Total(target=Target(value=50, unit=Unit.PER_SECOND)), id="any load is active"
        ),
    ],
)
def test_reads_requests(text: str, total: Total) -> None:
    assert read_requests(text) == total


def test_reads_requests_in_flight() -> None:
    expected = Total(target=Target(value=8, unit=Unit.CONCURRENT), activation=1)
    assert read_inflight("8 activation=1") == expected


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("", "a number per second", id="nothing"),
        pytest.param("activation=2/s", "a number per second", id="an activation alone"),
        pytest.param("50/s activation=2", "activation= to be a number per second", id="an activation without a unit"),
        pytest.param("50/s activaton=2/s", "only the part activation=", id="a misspelt part"),
        pytest.param("50/s activation=1/s activation=2/s", "each part only once", id="two activations"),
        pytest.param("50/s 2/s", "a number per second", id="two targets"),
    ],
)
def test_refuses_anything_else(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_requests(text)
    assert because in refused.value.expected


def test_all_wrong_parts_are_named_at_once() -> None:
    with pytest.raises(UnitError) as refused:
        read_requests("50 activation=2 colour=red")
    assert refused.value.expected.count("a number per second") == 2
    assert "only the part activation=" in refused.value.expected


@given(text=st.text() | st.from_regex(r"[0-9]{1,3}(/[smh])?( activation=[0-9]{1,3}(/[smh])?)?", fullmatch=True))
def test_any_text_is_a_total_or_a_unit_error(text: str) -> None:
    for read in (read_requests, read_inflight):
        with suppress(UnitError):
            assert read(text).target.value > 0

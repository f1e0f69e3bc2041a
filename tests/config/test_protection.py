"""How operators write that a service is not to be moved."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.protection import read_protection
from skep.config.units import UnitError
from skep.core.policy import Protection

CHRISTMAS_EVE = datetime(2026, 12, 24, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "protection"),
    [
        pytest.param("true", Protection(), id="for good"),
        pytest.param("false", None, id="not at all"),
        pytest.param("until=2026-12-24T18:00+01:00", Protection(until=CHRISTMAS_EVE), id="until a time"),
        pytest.param("Until=2026-12-24T17:00:00Z", Protection(until=CHRISTMAS_EVE), id="until a time in UTC"),
    ],
)
def test_reads_a_protection(text: str, protection: Protection | None) -> None:
    assert read_protection(text) == protection


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("until=2026-12-24T18:00", id="a time in no zone"),
        pytest.param("until=2026-12-24", id="a day"),
        pytest.param("until=", id="until nothing"),
        pytest.param("2026-12-24T18:00+01:00", id="a time alone"),
        pytest.param("", id="nothing"),
    ],
)
def test_refuses_anything_else_with_an_example_that_has_an_offset(text: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_protection(text)
    assert (refused.value.expected.endswith("offset from UTC"), refused.value.example) == (
        True,
        "until=2026-12-24T18:00+01:00",
    )


@given(text=st.text() | st.text().map("until=".__add__))
def test_any_text_is_a_protection_or_a_unit_error(text: str) -> None:
    with suppress(UnitError):
        read_protection(text)

"""How operators write what is to be done while a metric has no value."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.outage import read_on_missing
from skep.config.units import UnitError
from skep.core.policy import OnMissing, OutagePolicy

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        pytest.param("hold", OutagePolicy(mode=OnMissing.HOLD), id="nothing"),
        pytest.param("last", OutagePolicy(mode=OnMissing.LAST, longest=5 * MINUTE), id="the last value"),
        pytest.param(
            "last max-age=10m", OutagePolicy(mode=OnMissing.LAST, longest=10 * MINUTE), id="the last value for a while"
        ),
        pytest.param("static=5", OutagePolicy(mode=OnMissing.STATIC, replicas=5), id="a count"),
        pytest.param(
            "static=5 after=3m",
            OutagePolicy(mode=OnMissing.STATIC, replicas=5, after=3 * MINUTE),
            id="a count after a while",
        ),
        pytest.param(
            "after=3m static=5",
            OutagePolicy(mode=OnMissing.STATIC, replicas=5, after=3 * MINUTE),
            id="in the other order",
        ),
        pytest.param(
            "current-if-higher", OutagePolicy(mode=OnMissing.CURRENT_IF_HIGHER, replicas=2), id="no less than min"
        ),
        pytest.param(
            "Current-If-Higher=4 after=1m",
            OutagePolicy(mode=OnMissing.CURRENT_IF_HIGHER, replicas=4, after=MINUTE),
            id="no less than a count, with capitals",
        ),
    ],
)
def test_reads_what_is_done_without_a_value(text: str, policy: OutagePolicy) -> None:
    assert read_on_missing(text, fewest=2) == policy


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("", "one of hold, last, static, current-if-higher", id="nothing"),
        pytest.param("zero", "one of hold, last, static, current-if-higher", id="no data is not zero"),
        pytest.param("hold last", "one of hold, last, static, current-if-higher", id="two ways"),
        pytest.param("hold=3", "only the parts", id="a count that has no meaning"),
        pytest.param("static", "a count as static=5", id="no count"),
        pytest.param("static=", "static= to be a whole number", id="an empty count"),
        pytest.param("static=-1", "static= to be a whole number", id="a negative count"),
        pytest.param("static=5 after=2", "after= to be a duration", id="a time without a unit"),
        pytest.param("static=5 max-age=1m", "max-age= only beside last", id="the age of a count"),
        pytest.param("last after=1m", "after= only beside static or current-if-higher", id="waiting with the last"),
        pytest.param("hold after=1m", "after= only beside static or current-if-higher", id="waiting to do nothing"),
        pytest.param("last max-age=0s", "max-age= to be a duration", id="the last value for no time"),
        pytest.param("static=5 static=6", "each part only once", id="two counts"),
    ],
)
def test_refuses_anything_else(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_on_missing(text)
    assert because in refused.value.expected


def test_all_wrong_parts_are_named_at_once() -> None:
    with pytest.raises(UnitError) as refused:
        read_on_missing("static=many after=2 colour=red")
    assert all(part in refused.value.expected for part in ("static=", "after=", "only the parts"))


@given(text=st.text() | st.from_regex(r"(hold|last|static|after|max-age|=|[0-9]{1,3}|[smh]| ){0,6}", fullmatch=True))
def test_any_text_is_a_policy_or_a_unit_error(text: str) -> None:
    with suppress(UnitError):
        policy = read_on_missing(text)
        assert (policy.replicas is None) is (policy.mode in {OnMissing.HOLD, OnMissing.LAST})

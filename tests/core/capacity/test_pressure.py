"""Pools that have been too busy for too long."""

from datetime import datetime, timedelta
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.capacity.pressure import PoolUse, above_since, relief
from skep.core.pools import Headroom, UseLimits
from tests.builders import NOW, ago

LIMITS = UseLimits(cpu_ratio=0.8, memory_ratio=0.9, after=timedelta(minutes=5))


def use(cpu: float | None = 0.5, memory: float | None = 0.5, nodes: int = 4) -> PoolUse:
    return PoolUse(nodes=nodes, cpu_ratio=cpu, memory_ratio=memory)


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        pytest.param(None, use(0.81), NOW, id="the first look above begins it"),
        pytest.param(ago(60), use(0.81), ago(60), id="a later one keeps it"),
        pytest.param(ago(60), use(0.5), None, id="one below ends it"),
        pytest.param(None, use(0.8), None, id="at the threshold is not above it"),
        pytest.param(None, use(memory=0.95), NOW, id="memory counts as well"),
        pytest.param(ago(60), use(None), ago(60), id="one that saw nothing ends nothing"),
        pytest.param(None, use(None), None, id="and begins nothing"),
        pytest.param(ago(60), use(nan), ago(60), id="not a number is nothing seen"),
        pytest.param(None, use(None, 0.95), NOW, id="one value is enough to begin"),
    ],
)
def test_since_when_a_pool_is_too_busy(known: datetime | None, seen: PoolUse, expected: datetime | None) -> None:
    assert above_since(known, seen, LIMITS, now=NOW) == expected


def test_what_has_no_threshold_does_not_matter() -> None:
    assert (
        above_since(None, use(0.5, 1.0), UseLimits(cpu_ratio=0.8, memory_ratio=None, after=timedelta(0)), now=NOW)
        is None
    )


@pytest.mark.parametrize(
    ("seen", "since", "coming", "expected"),
    [
        pytest.param(use(0.9), ago(300), 0, 1, id="a little too much"),
        pytest.param(use(1.0, nodes=10), ago(300), 0, 3, id="as many as bring it below"),
        pytest.param(use(1.0, nodes=10), ago(300), 2, 1, id="those on their way are left out"),
        pytest.param(use(1.0, nodes=10), ago(300), 3, None, id="enough are on their way"),
        pytest.param(use(0.9), ago(299), 0, None, id="not for long enough"),
        pytest.param(use(0.9), None, 0, None, id="not at all"),
        pytest.param(use(None), ago(300), 0, None, id="not known any more"),
        pytest.param(use(0.5), ago(300), 0, None, id="over by now"),
        pytest.param(use(0.9, nodes=0), ago(300), 0, None, id="no nodes that could be busy"),
        pytest.param(use(0.81, 1.0, nodes=10), ago(300), 0, 2, id="the resource that needs more decides"),
    ],
)
def test_how_many_nodes_would_help(seen: PoolUse, since: datetime | None, coming: int, expected: int | None) -> None:
    found = relief(seen, LIMITS, since=since, now=NOW, coming=coming)
    assert (None if found is None else found.nodes) == expected


def test_the_sentence_names_what_was_too_much_and_for_how_long() -> None:
    found = relief(use(0.83), LIMITS, since=ago(390), now=NOW)
    assert found is not None
    assert found.sentence == "mean CPU 83% for 6.5 min, above 80%"


def test_headroom_brings_the_use_further_down() -> None:
    limits = UseLimits(cpu_ratio=0.8, memory_ratio=None, after=timedelta(0))
    found = relief(use(0.9, nodes=10), limits, since=NOW, now=NOW, headroom=Headroom(cpu_ratio=0.25))
    assert found is not None
    assert found.nodes == 5


@given(nodes=st.integers(1, 200), ratio=st.floats(0.01, 4.0), limit=st.floats(0.1, 1.0))
def test_with_those_nodes_the_same_load_lies_within_the_threshold(nodes: int, ratio: float, limit: float) -> None:
    limits = UseLimits(cpu_ratio=limit, memory_ratio=None, after=timedelta(0))
    found = relief(PoolUse(nodes=nodes, cpu_ratio=ratio), limits, since=NOW, now=NOW)
    after = nodes if found is None else nodes + found.nodes
    assert nodes * ratio / after <= limit * (1 + 1e-6)

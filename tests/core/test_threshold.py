"""A threshold asks for more while it is broken, and never for fewer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.demand import ServiceDemand
from skep.core.policy import MetricKind, MetricPolicy, Signal, Tolerance, Unit
from skep.core.strategies import threshold
from skep.core.strategies.proposal import Proposal
from tests.builders import NOW

BELOW_250_MS = MetricPolicy(
    name="latency", signal=Signal.LATENCY, kind=MetricKind.THRESHOLD, unit=Unit.SECONDS, target_value=0.25
)


def ask(seconds: float, *, replicas: int = 4, is_settled: bool = True) -> Proposal:
    demand = ServiceDemand(metric=BELOW_250_MS, value=seconds, at=NOW)
    return threshold.propose(demand, tolerance=Tolerance(), replicas=replicas, is_settled=is_settled)


@pytest.mark.parametrize(
    ("seconds", "replicas", "asked"),
    [
        pytest.param(0.10, 4, None, id="well below its limit it has nothing to say"),
        pytest.param(0.24, 4, 4, id="near below its limit nothing may go"),
        pytest.param(0.27, 4, 4, id="within the tolerance nothing is added"),
        pytest.param(0.30, 4, 5, id="above it asks in proportion"),
        pytest.param(0.30, 1, 2, id="for at least one more"),
        pytest.param(9.00, 4, 6, id="for at most half as many more"),
        pytest.param(9.00, 0, 1, id="from none for one"),
    ],
)
def test_what_a_latency_asks_for(seconds: float, replicas: int, asked: int | None) -> None:
    assert ask(seconds, replicas=replicas).replicas == asked


def test_the_next_step_waits_until_the_last_one_can_be_judged() -> None:
    proposal = ask(9.0, is_settled=False)
    assert (proposal.replicas, proposal.formula) == (
        4,
        "9 s against at most 250 ms, and the last change has yet to tell",
    )


@given(st.floats(min_value=0, max_value=1e9), st.integers(0, 1000), st.booleans())
def test_it_never_asks_for_fewer(seconds: float, replicas: int, is_settled: bool) -> None:
    asked = ask(seconds, replicas=replicas, is_settled=is_settled).replicas
    assert asked is None or asked >= replicas

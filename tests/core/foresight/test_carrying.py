"""What a replica can carry, told from how busy it was; where that cannot be told, nothing is."""

from dataclasses import replace

import pytest

from skep.core.foresight.carrying import Burden, burdens_of, estimated_capacity
from skep.core.policy import Unit
from skep.core.strategies.proposal import Proposal
from tests.adapters.examples import decision


def burdens(*loads: float, base: float = 0.1, per_load: float = 0.009, noise: float = 0.0) -> list[Burden]:
    return [
        Burden(load=load, used_ratio=base + per_load * load + (noise if place % 2 else -noise))
        for place, load in enumerate(loads)
    ]


LOADS = tuple(float(load) for load in range(20, 60))


def test_a_straight_line_is_drawn_on_to_a_processor_that_is_fully_used() -> None:
    found = estimated_capacity(burdens(*LOADS))
    assert found is not None
    assert found.load == pytest.approx(100.0)
    assert found.error == pytest.approx(0.0, abs=1e-6)
    assert found.points == 40


def test_noise_makes_it_less_certain() -> None:
    little, much = (estimated_capacity(burdens(*LOADS, noise=noise)) for noise in (0.01, 0.03))
    assert little is not None
    assert much is not None
    assert 0 < little.error < much.error


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(burdens(*LOADS[:10]), id="too few"),
        pytest.param(burdens(*[50.0, 51.0] * 20), id="too much alike"),
        pytest.param(burdens(*LOADS, per_load=-0.001), id="less busy with more load"),
        pytest.param(burdens(*LOADS, per_load=0.001, noise=0.3), id="too vague"),
        pytest.param(burdens(*[0.0] * 40), id="no load at all"),
    ],
)
def test_where_it_cannot_be_told_nothing_is(moments: list[Burden]) -> None:
    assert estimated_capacity(moments) is None


def test_only_moments_count_at_which_all_replicas_ran_and_both_were_measured() -> None:
    load = Proposal(metric="requests", unit=Unit.PER_SECOND, target_value=50.0, value=30.0, total=90.0)
    use = Proposal(metric="cpu", unit=Unit.RATIO, target_value=0.7, value=0.4)
    whole = replace(decision(), proposals=(load, use))
    partial = replace(whole, running=2)
    blind = replace(whole, proposals=(load,))
    assert burdens_of([whole, partial, blind], "requests") == (Burden(load=30.0, used_ratio=0.4),)

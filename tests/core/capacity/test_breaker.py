"""When too many nodes are away at once, nothing is done to any."""

import pytest

from skep.core.capacity.breaker import halt
from tests.core.capacity.builders import node


@pytest.mark.parametrize(
    ("away", "nodes", "stops"),
    [
        pytest.param(0, 3, False, id="none"),
        pytest.param(1, 1, False, id="one of one: it is replaced"),
        pytest.param(1, 2, False, id="one of two: a single one is always replaced"),
        pytest.param(2, 4, True, id="two of four"),
        pytest.param(2, 5, False, id="two of five are fewer than 45%"),
        pytest.param(9, 20, False, id="45% of twenty, and no more"),
        pytest.param(10, 20, True, id="half of twenty"),
        pytest.param(10, 22, True, id="ten of twenty-two"),
        pytest.param(9, 22, False, id="nine of twenty-two"),
        pytest.param(90, 200, False, id="90 of 200"),
        pytest.param(91, 200, True, id="91 of 200"),
    ],
)
def test_nodes_that_are_away_stop_all_that_concerns_nodes(away: int, nodes: int, stops: bool) -> None:
    swarm = [node(f"node-{number}", is_ready=number >= away) for number in range(nodes)]
    assert (halt(swarm) is not None) == stops


def test_it_says_how_many_are_away() -> None:
    found = halt([node("a", is_ready=False), node("b", is_ready=False), node("c")])
    assert found is not None
    assert found.sentence == ("2 of 3 nodes are not ready, more than 45%: no node is touched until that is over")


def test_an_empty_swarm_stops_nothing() -> None:
    assert halt([]) is None

"""Who reads of replicas without a node is told whether to wait for them."""

from dataclasses import replace

import pytest

from skep.report.without_room import fate_without_node
from tests.report import examples


@pytest.mark.parametrize(
    ("waiting", "stranded", "expected"),
    [
        pytest.param(1, 0, "waits for room on a node", id="one that waits"),
        pytest.param(3, 0, "wait for room on a node", id="several that wait"),
        pytest.param(1, 1, "has no node, and Swarm will never start it", id="one that was given up"),
        pytest.param(3, 3, "have no node, and Swarm will never start them", id="several that were given up"),
        pytest.param(3, 2, "have no node, and Swarm will never start 2 of them", id="some that were given up"),
    ],
)
def test_the_fate_of_replicas_without_a_node_is_told(waiting: int, stranded: int, expected: str) -> None:
    decision = examples.WITHOUT_ROOM.decision
    assert decision is not None
    assert fate_without_node(replace(decision, waiting_for_room=waiting, stranded=stranded)) == expected

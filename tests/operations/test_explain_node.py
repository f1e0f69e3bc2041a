"""What is gathered about a node: its verdict of the latest evaluation, its pool, and what was done to it."""

import pytest

from skep.errors import Permanent
from skep.operations.explain_node import explain_node
from tests.operations.fleet_play import FleetPlay


def test_a_node_is_explained_by_its_name_or_id() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.tick()
    account = explain_node(play.world, "machine-1")
    assert account == explain_node(play.world, "machine-1-id")
    assert account is not None
    assert account.verdict is not None
    assert (account.verdict.pool, account.pool and account.pool.nodes) == ("workers", 2)
    assert "it has not been idle for long enough" in account.verdict.sentence


def test_what_was_done_to_it_is_told() -> None:
    play = FleetPlay(requests_per_second=500.0)
    play.begin(workers=1)
    play.requests_per_second = 300.0
    play.tick(3)
    account = explain_node(play.world, "machine-2")
    assert account is not None
    assert account.entries[-1].sentence == "machine-2 joined pool workers: labelled and active"


def test_a_node_nobody_knows_is_none_and_two_of_a_name_are_told() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    assert explain_node(play.world, "machine-9") is None
    play.swarm.share_name("machine-2", "machine-1")
    with pytest.raises(Permanent, match="name one by its id"):
        explain_node(play.world, "machine-1")

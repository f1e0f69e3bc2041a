"""How nodes stand: what was measured on them is told for as long as it says something about now."""

from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.cluster import Resources
from skep.operations.drain import DrainRules
from skep.operations.node_status import NodeStatus, node_status
from tests.operations.fleet_play import MACHINE, FleetPlay


@pytest.fixture
def play() -> FleetPlay:
    play = FleetPlay()
    play.begin(workers=2)
    return play


def standing(play: FleetPlay, hostname: str) -> NodeStatus:
    rules = DrainRules(defaults=LabelDefaults(), time_limit=timedelta(seconds=30), provider_of=lambda _pool: None)
    return next(node for node in node_status(play.world, rules) if node.hostname == hostname)


def test_what_was_measured_on_a_node_is_kept_by_its_evaluation_and_told(play: FleetPlay) -> None:
    play.busy_nodes(0.25)
    play.evaluate()
    node = standing(play, "machine-1")
    assert MACHINE.cpu_cores is not None
    assert MACHINE.memory_bytes is not None
    assert node.used == Resources(cpu_cores=MACHINE.cpu_cores / 4, memory_bytes=MACHINE.memory_bytes // 4)
    assert node.used_at == play.clock.now()


def test_a_node_without_measurements_has_an_unknown_use_and_not_none(play: FleetPlay) -> None:
    play.busy_nodes(0.25)
    play.evaluate()
    assert standing(play, "manager").used == Resources()


def test_what_was_measured_long_ago_is_not_told_any_more(play: FleetPlay) -> None:
    play.busy_nodes(0.25)
    play.evaluate()
    play.clock.advance(timedelta(minutes=6))
    node = standing(play, "machine-1")
    assert (node.used, node.used_at) == (Resources(), None)


def test_without_an_evaluation_of_nodes_no_use_is_known(play: FleetPlay) -> None:
    assert standing(play, "machine-1").used == Resources()

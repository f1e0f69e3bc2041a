"""A node that is being emptied because nobody needed it stays as soon as somebody does."""

from datetime import timedelta

import pytest

from skep.core.action import AUTOSCALER
from skep.core.bounds import Bounds
from skep.core.capacity.node_orders import NodeOrder, NodeOrderKind
from skep.core.saga import DrainPhase, drain_of
from skep.operations.drain import GivenDrain, begin_drain, drain_step
from tests.operations.fleet_play import FleetPlay

MINUTE = timedelta(minutes=1)


@pytest.fixture
def play() -> FleetPlay:
    """Three machines of which two are of no use, and one of those has just been closed to be emptied."""
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=1, max_replicas=3))
    play.begin(workers=3, replicas=4)
    _until_one_leaves(play)
    return play


def _until_one_leaves(play: FleetPlay) -> None:
    for _ in range(200):
        play.evaluate()
        for order in play.orders:
            play.act(order)
        if _leaving(play):
            return
        play.let_others_work()
    raise AssertionError("nothing was taken away")


def _leaving(play: FleetPlay) -> list[str]:
    drains = {node.hostname: drain_of(node) for node in play.workers}
    return [name for name, drain in drains.items() if drain is not None and drain.phase is DrainPhase.DRAINING]


def _kept(play: FleetPlay) -> NodeOrder:
    (order,) = play.ordered(NodeOrderKind.KEEP)
    return order


def _needed_again(play: FleetPlay) -> NodeOrder:
    play.requests_per_second = 600.0
    play.evaluate()
    return _kept(play)


def test_it_is_opened_again_and_no_machine_is_ordered(play: FleetPlay) -> None:
    (leaving,) = _leaving(play)
    order = _needed_again(play)
    assert (order.hostname, order.reason) == (leaving, "it is needed again: room for 3 of web")
    assert play.ordered(NodeOrderKind.INCREASE) == []
    assert play.act(order).verdict == "done"
    assert play.open_workers == ["machine-1", "machine-2", "machine-3"]
    play.tick(3)
    assert (play.swarm.serving("web"), play.machines) == (12, ["machine-1", "machine-2", "machine-3"])
    assert drain_of(play.swarm.node(leaving)) is None


def test_what_was_ordered_is_told(play: FleetPlay) -> None:
    (leaving,) = _leaving(play)
    play.act(_needed_again(play))
    assert play.told[-1] == f"{leaving} active again: it is needed again: room for 3 of web"


def test_the_order_delivered_twice_is_carried_out_once(play: FleetPlay) -> None:
    order = _needed_again(play)
    assert [play.act(order).verdict, play.act(order).verdict] == ["done", "already"]


def test_a_node_that_was_emptied_meanwhile_goes_all_the_same(play: FleetPlay) -> None:
    """Its machine may be going already."""
    (leaving,) = _leaving(play)
    node_id = play.swarm.node(leaving).id
    while _leaving(play):
        drain_step(play.world, node_id, play.rules.drain_rules())
        play.swarm.settle()
    order = NodeOrder(
        kind=NodeOrderKind.KEEP, pool="workers", evaluation=1, reason="it was needed", node_id=node_id, hostname=leaving
    )
    assert play.act(order).verdict == "already"
    assert leaving not in play.open_workers


@pytest.mark.parametrize(
    ("actor", "follows"),
    [
        pytest.param(
            AUTOSCALER,
            "active again, its drain is given up: it is needed again: 4 of web find no other room",
            id="skep found it idle",
        ),
        pytest.param(
            "cli:ann", "waits: 4 of 8 replicas of web run elsewhere, 4 find no room", id="a person wants it empty"
        ),
    ],
)
def test_a_removal_whose_replicas_find_no_other_room_is_given_up_at_once_if_it_is_skeps_own(
    actor: str, follows: str
) -> None:
    play = FleetPlay()
    play.begin(workers=2, replicas=8)
    (node,) = [node for node in play.workers if node.hostname == "machine-2"]
    given = GivenDrain(node="machine-2", actor=actor, reason="", removes=True)
    begin_drain(play.world, given, play.rules.drain_rules())
    told = []
    for _ in range(3):
        told.append(drain_step(play.world, node.id, play.rules.drain_rules()).sentence)
        play.swarm.settle()
    assert told[-1] == f"machine-2 {follows}"


def test_a_node_that_a_person_empties_goes_whoever_needs_it() -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=1, max_replicas=3))
    play.begin(workers=3, replicas=4)
    given = GivenDrain(node="machine-3", actor="cli:ann", reason="new disk", removes=True)
    begin_drain(play.world, given, play.rules.drain_rules())
    play.requests_per_second = 600.0
    play.evaluate()
    assert play.ordered(NodeOrderKind.KEEP) == []


def test_a_node_that_a_person_wants_empty_too_goes_whoever_needs_it(play: FleetPlay) -> None:
    (leaving,) = _leaving(play)
    given = GivenDrain(node=leaving, actor="cli:ann", reason="new disk")
    outcome = begin_drain(play.world, given, play.rules.drain_rules())
    assert outcome.sentence == f"{leaving} already draining, by skep, and by cli:ann from now on"
    play.requests_per_second = 600.0
    play.evaluate()
    assert play.ordered(NodeOrderKind.KEEP) == []


def test_what_fits_elsewhere_keeps_nobody(play: FleetPlay) -> None:
    play.requests_per_second = 300.0
    play.evaluate()
    assert play.ordered(NodeOrderKind.KEEP) == []


def test_a_removal_that_was_given_up_is_not_tried_again_at_once(play: FleetPlay) -> None:
    play.act(_needed_again(play))
    play.let_others_work()
    play.requests_per_second = 200.0
    play.pass_time(2 * MINUTE)
    assert _leaving(play) == []

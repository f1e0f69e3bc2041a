"""A person has the nodes of a pool filled: what would move is foreseen, and one replica moves at a time."""

from dataclasses import replace
from datetime import timedelta

from skep.config.labels import LabelDefaults
from skep.core.bounds import Bounds
from skep.core.capacity.node_orders import NodeOrderKind
from skep.operations.drain import GivenDrain, begin_drain, drain_step
from skep.operations.fill import fill_pool, foresee_moves
from tests.operations.fleet_play import POOL, FleetPlay


def uneven() -> FleetPlay:
    """Four replicas on one node, and none on the other, which has been there for long."""
    play = FleetPlay(pools=(replace(POOL, bounds=Bounds(min_replicas=2, max_replicas=4)),))
    play.begin(workers=2, replicas=4)
    for task in play.swarm.tasks("web"):
        play.swarm.set_task("web", task, node_id="machine-1-id")
    play.tick()
    return play


def test_what_would_move_is_foreseen_and_nothing_is_done() -> None:
    play = uneven()
    moves = foresee_moves(play.world, play.fleet, "workers", defaults=LabelDefaults())
    assert moves is not None
    assert [move.sentence for move in moves] == ["web: one replica to machine-2, from machine-1"]
    assert play.swarm.on("web", "machine-2") == 0


def test_replicas_move_one_by_one_until_all_is_even() -> None:
    play = uneven()
    outcome = fill_pool(play.world, play.fleet, "workers", actor="ada", reason="maintenance")
    assert outcome.sentence == "workers filled: 2 nodes for an hour, maintenance"
    play.tick(10)
    assert (play.swarm.on("web", "machine-1"), play.swarm.on("web", "machine-2")) == (2, 2)
    assert play.swarm.service("web").replicas == 4


def test_a_replica_is_not_moved_while_its_service_surges_for_a_drain_that_began_just_before() -> None:
    """Each would take the other's surge for a part of the goal, and the service would keep a replica too many."""
    play = uneven()
    fill_pool(play.world, play.fleet, "workers", actor="ada", reason="maintenance")
    play.evaluate()
    (order,) = play.ordered(NodeOrderKind.REBALANCE)
    drains = play.rules.drain_rules()
    told: list[str] = []

    def drain() -> None:
        begin_drain(play.world, GivenDrain(node="machine-1", actor="ben", reason="kernel"), drains)
        told.extend(drain_step(play.world, "machine-1-id", drains).sentence for _ in range(2))

    play.locks.just_before("cluster:drain", drain)
    assert play.act(order).sentence == "web refused: another change is under way"
    assert told == ["machine-1 surge recorded for 1 service", "machine-1 surge posted: web 4 → 8"]
    assert play.swarm.service("web").replicas == 8


def test_the_hour_ends() -> None:
    play = uneven()
    fill_pool(play.world, play.fleet, "workers", actor="ada", reason="maintenance")
    play.tick(round(timedelta(minutes=62) / timedelta(seconds=15)))
    assert "skep.node.fill-since" not in play.labels("machine-1")


def test_a_pool_that_is_none_is_refused() -> None:
    play = uneven()
    assert foresee_moves(play.world, play.fleet, "batch", defaults=LabelDefaults()) is None
    assert fill_pool(play.world, play.fleet, "batch", actor="ada", reason="x").sentence == (
        "batch refused: the policy file has no such pool"
    )

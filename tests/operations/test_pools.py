"""Pools of nodes through time: they grow with what needs them, shrink when it is gone, and mend themselves."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skep.core.bounds import Bounds
from skep.core.capacity.node_orders import NodeOrderKind
from skep.core.machines import MachineState, Refusal, RefusalKind
from skep.core.pools import Headroom, HealPolicy
from tests.operations.fleet_play import MACHINE, FleetPlay

MINUTE = timedelta(minutes=1)


def test_nodes_are_ordered_in_the_evaluation_that_needs_them_and_leave_when_they_are_not_needed() -> None:
    play = FleetPlay()
    play.begin(workers=1)
    play.requests_per_second = 500.0
    play.evaluate()
    (order,) = play.orders
    assert (order.kind, order.machines, order.pool) == (NodeOrderKind.INCREASE, 2, "workers")
    assert "6 of web" in order.reason
    play.act(order)
    play.let_others_work()
    play.tick(3)
    assert play.open_workers == ["machine-1", "machine-2", "machine-3"]
    assert play.labels("machine-2")["tier"] == "web"
    assert play.swarm.serving("web") == 10
    play.requests_per_second = 100.0
    play.pass_time(30 * MINUTE)
    assert len(play.open_workers) == 1
    assert len(play.machines) == 1
    assert play.swarm.serving("web") == 2


def test_a_pool_that_was_always_empty_begins_with_one_machine_and_goes_on_with_what_that_shows() -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=0, max_replicas=6))
    play.begin(workers=0, replicas=10)
    play.evaluate()
    (order,) = play.ordered(NodeOrderKind.INCREASE)
    assert (order.machines, "nobody knows yet" in order.reason) == (1, True)
    play.act(order)
    play.let_others_work()
    play.tick(4)
    assert play.open_workers == ["machine-1", "machine-2", "machine-3"]
    assert play.swarm.serving("web") == 10


def test_a_node_of_the_pool_that_its_provider_does_not_know_is_never_taken_away() -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=0, max_replicas=6))
    play.begin(workers=1)
    play.swarm.add_node("metal", labels={"skep.pool": "workers"}, capacity=MACHINE)
    play.swarm.room["metal"] = 4
    play.requests_per_second = 50.0
    play.pass_time(40 * MINUTE)
    assert (play.open_workers, play.machines) == (["metal"], [])
    (verdict,) = [verdict for verdict in play.report.verdicts if verdict.pool]
    assert "its provider has no such machine" in verdict.sentence


def test_a_node_joins_cordoned_and_is_opened_with_its_labels_in_one_write() -> None:
    play = FleetPlay(joins=False)
    play.begin(workers=1)
    play.requests_per_second = 500.0
    play.tick()
    assert play.swarm.on("web", "machine-2") == 0
    play.join_all()
    play.tick()
    assert (
        play.labels("machine-2").items()
        >= {"skep.pool": "workers", "tier": "web", "skep.node.machine": "machine-2"}.items()
    )
    assert "machine-2 joined pool workers: labelled and active" in play.told


def test_a_message_delivered_twice_orders_machines_once() -> None:
    play = FleetPlay()
    play.begin(workers=1)
    play.requests_per_second = 500.0
    play.evaluate()
    (order,) = play.orders
    assert [play.act(order).verdict, play.act(order).verdict] == ["done", "already"]
    assert len(play.machines) == 3


def test_an_order_is_dropped_once_the_pool_has_grown_since_it_was_decided() -> None:
    play = FleetPlay()
    play.begin(workers=1)
    play.requests_per_second = 500.0
    play.evaluate()
    (first,) = play.orders
    play.swarm.settle()
    play.evaluate()
    (second,) = play.orders
    assert [play.act(second).verdict, play.act(first).verdict] == ["done", "refused"]
    assert len(play.machines) == 3


def test_a_pool_never_has_more_machines_than_its_maximum() -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=1, max_replicas=2))
    play.begin(workers=1)
    play.requests_per_second = 2000.0
    play.pass_time(5 * MINUTE)
    assert len(play.machines) == 2
    assert any("it has as many nodes as it may have" in sentence for sentence in play.told)


def test_a_provider_that_refuses_is_left_in_peace_and_that_is_said() -> None:
    play = FleetPlay()
    play.begin(workers=1)
    play.provider.refusal = Refusal(kind=RefusalKind.QUOTA, reason="1 of 1 servers")
    asked = len(play.provider.orders)
    play.requests_per_second = 500.0
    play.pass_time(4 * MINUTE)
    assert len(play.provider.orders) == asked + 1
    assert any("no machine is ordered for a while after a failure: 1 of 1 servers" in told for told in play.told)
    play.provider.refusal = None
    play.pass_time(3 * MINUTE)
    assert len(play.machines) == 3


def test_a_machine_that_never_joins_is_deleted_and_replaced() -> None:
    play = FleetPlay(joins=False).with_pool(join_timeout=10 * MINUTE)
    play.begin(workers=1)
    play.requests_per_second = 300.0
    play.pass_time(9 * MINUTE)
    assert play.machines == ["machine-1", "machine-2"]
    play.pass_time(3 * MINUTE)
    assert play.machines == ["machine-1"]
    assert any("machine-2 did not join within 10 min" in told for told in play.told)
    play.joins = True
    play.pass_time(7 * MINUTE)
    assert play.open_workers == ["machine-1", "machine-3"]


def test_a_machine_that_is_on_order_does_not_stand_in_for_a_node_of_the_minimum() -> None:
    play = FleetPlay(joins=False).with_pool(bounds=Bounds(min_replicas=2, max_replicas=4))
    play.begin(workers=2)
    play.requests_per_second = 500.0
    play.tick(2)
    play.requests_per_second = 100.0
    play.pass_time(14 * MINUTE)
    assert play.open_workers == ["machine-1", "machine-2"]


def test_a_node_that_is_down_for_too_long_is_replaced_and_cleared_away_once_its_machine_has_failed() -> None:
    play = FleetPlay()
    play.begin(workers=3, replicas=8)
    play.lose("machine-3")
    play.provider.change("machine-3", MachineState.FAILED)
    play.pass_time(19 * MINUTE)
    assert "machine-3" in {node.hostname for node in play.workers}
    play.pass_time(3 * MINUTE)
    assert "machine-3" not in {node.hostname for node in play.workers}
    assert "machine-3" not in play.machines
    assert len(play.open_workers) == 3


@pytest.mark.parametrize("joins", [pytest.param(True, id="it has joined"), pytest.param(False, id="it is on its way")])
def test_a_machine_is_in_the_place_of_a_lost_one_though_whoever_ordered_it_died_before_that_was_remembered(
    joins: bool,
) -> None:
    play = FleetPlay().with_pool(heal=HealPolicy(grace=10 * MINUTE))
    play.begin(workers=3, replicas=8)
    play.lose("machine-3")
    play.pass_time(10 * MINUTE)
    play.evaluate()
    (order,) = play.ordered(NodeOrderKind.INCREASE)
    assert order.reason == "in place of machine-3"
    play.provider.increase(order.machines, request_id=order.request_id)
    play.joins = joins
    play.let_others_work()
    play.pass_time(5 * MINUTE)
    assert play.machines == ["machine-1", "machine-2", "machine-3", "machine-4"]
    assert "skep.node.replaced" in play.labels("machine-3")


def test_a_machine_that_may_only_be_out_of_reach_is_replaced_and_left_alone() -> None:
    play = FleetPlay()
    play.begin(workers=3, replicas=8)
    play.lose("machine-3")
    play.pass_time(25 * MINUTE)
    assert "machine-3" in play.machines
    assert "skep.node.replaced" in play.labels("machine-3")
    assert len(play.machines) == 4
    play.swarm.change_node("machine-3", is_ready=True, is_down=False)
    play.tick()
    assert "skep.node.replaced" not in play.labels("machine-3")


def test_a_machine_out_of_reach_is_deleted_where_the_operator_allows_it() -> None:
    play = FleetPlay().with_pool(heal=HealPolicy(grace=10 * MINUTE, may_delete_unreachable=True))
    play.begin(workers=3, replicas=8)
    play.lose("machine-3")
    play.pass_time(12 * MINUTE)
    assert "machine-3" not in play.machines
    assert "machine-3" not in {node.hostname for node in play.workers}


def test_nothing_is_done_to_any_node_while_too_many_are_away_and_that_is_said_once() -> None:
    play = FleetPlay()
    play.begin(workers=3, replicas=8)
    before = play.machines
    for name in ("machine-1", "machine-2"):
        play.lose(name)
    play.pass_time(40 * MINUTE)
    assert play.machines == before
    assert [told for told in play.told if "no node is touched" in told] == [
        "nodes: 2 of 4 nodes are not ready, more than 45%: no node is touched until that is over"
    ]
    assert play.report.halt
    for name in ("machine-1", "machine-2"):
        play.swarm.change_node(name, is_ready=True, is_down=False)
    play.tick()
    assert play.told[-1] == "nodes: enough nodes are ready again: skep acts on nodes again"


def test_nodes_whose_machines_their_provider_no_longer_has_are_replaced_however_many_went_at_once() -> None:
    play = FleetPlay().with_pool(heal=HealPolicy(grace=10 * MINUTE))
    play.begin(workers=4, replicas=8)
    gone = ("machine-1", "machine-2", "machine-3")
    for name in gone:
        play.lose(name)
        play.provider.end(name)
    play.pass_time(20 * MINUTE)
    assert not [told for told in play.told if "no node is touched" in told]
    assert play.open_workers == ["machine-4", "machine-5", "machine-6", "machine-7"]
    assert set(gone).isdisjoint(node.hostname for node in play.workers)


def test_nodes_are_gone_by_nobodys_word_while_their_provider_cannot_be_asked() -> None:
    play = FleetPlay().with_pool(heal=HealPolicy(grace=10 * MINUTE))
    play.begin(workers=4, replicas=8)
    for name in ("machine-1", "machine-2", "machine-3"):
        play.lose(name)
        play.provider.end(name)
    play.provider.break_down()
    play.evaluate()
    assert [told for told in play.told if "no node is touched" in told]


def test_an_order_that_was_decided_before_too_many_nodes_went_away_is_not_carried_out() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.requests_per_second = 1000.0
    play.evaluate()
    (order,) = play.orders
    for name in ("machine-1", "machine-2"):
        play.lose(name)
    assert play.act(order).verdict == "refused"


def test_one_node_goes_at_a_time_and_the_minimum_stays() -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=2, max_replicas=6))
    play.begin(workers=5)
    fewest_at_once = 5
    for _ in range(160):
        before = len(play.machines)
        play.tick()
        fewest_at_once = min(fewest_at_once, before)
        assert before - len(play.machines) <= 1
    assert len(play.machines) == 2


@pytest.mark.parametrize(
    ("headroom", "left"),
    [
        pytest.param(Headroom(nodes=1), 2, id="a node"),
        pytest.param(Headroom(cpu_ratio=0.5), 2, id="half of the processors"),
        pytest.param(Headroom(cpu_ratio=0.1), 1, id="what is free anyway"),
    ],
)
def test_a_node_that_is_the_headroom_of_its_pool_stays(headroom: Headroom, left: int) -> None:
    play = FleetPlay().with_pool(headroom=headroom)
    play.begin(workers=3, replicas=3)
    play.pass_time(60 * MINUTE)
    assert (len(play.machines), len(play.open_workers)) == (left, left)
    assert len(play.provider.orders) == 1, "nothing was ordered after the first three"
    assert not [told for told in play.told if "needed again" in told]


def test_the_headroom_of_a_pool_at_its_maximum_stays_too() -> None:
    play = FleetPlay().with_pool(headroom=Headroom(nodes=1), bounds=Bounds(min_replicas=1, max_replicas=2))
    play.begin(workers=2, replicas=3)
    play.pass_time(60 * MINUTE)
    assert (play.machines, len(play.provider.orders)) == (["machine-1", "machine-2"], 1)


def test_why_the_headroom_stays_is_told() -> None:
    play = FleetPlay().with_pool(headroom=Headroom(nodes=1))
    play.begin(workers=2, replicas=3)
    play.pass_time(20 * MINUTE)
    reasons = {veto.reason for verdict in play.report.verdicts for veto in verdict.vetoes}
    assert "its pool would need a machine again: headroom of 1 node" in reasons


def test_a_manager_is_never_touched() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.swarm.change_node("machine-2", is_manager=True)
    play.pass_time(30 * MINUTE)
    assert play.swarm.node("machine-2").is_manager
    assert "machine-2" in play.machines


def test_nothing_is_asked_or_remembered_without_pools() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.pools = ()
    play.provider.break_down()
    play.evaluate()
    assert {question.signal for questions, _ in play.metrics.reads for question in questions} == {"requests"}
    assert play.memory.recall_nodes().report is None


def test_a_pool_that_has_been_too_busy_for_long_gets_a_node_though_everything_fits() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    for _ in range(14):
        play.busy_nodes(0.9)
        play.tick()
    assert len(play.machines) == 3
    assert any("mean memory 90% for 3" in told for told in play.told)


def test_since_when_a_node_is_idle_outlives_the_memory() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.pass_time(8 * MINUTE)
    assert "skep.node.idle-since" in play.labels("machine-2")
    play.memory.forget_everything()
    play.memory.note_orders_known()
    play.pass_time(5 * MINUTE)
    assert len(play.open_workers) == 1


def test_a_provider_that_cannot_be_asked_keeps_its_nodes_and_says_so() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.provider.break_down()
    play.evaluate()
    assert play.orders == ()
    assert any("its provider cannot be asked" in told for told in play.told)
    (verdict, *_) = [verdict for verdict in play.report.verdicts if verdict.pool]
    assert "its provider cannot be asked" in verdict.sentence


def test_a_node_that_has_joined_is_filled_one_replica_at_a_time() -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=3, max_replicas=6))
    play.begin(workers=2, replicas=6)
    lowest = 6
    for _ in range(20):
        play.tick()
        lowest = min(lowest, play.swarm.serving("web"))
    assert lowest == 6
    assert play.swarm.on("web", "machine-3") == 2
    assert play.swarm.service("web").replicas == 6
    assert not [label for label in play.labels("machine-3") if label.startswith("skep.node.surge")]


def test_a_machine_that_went_down_right_after_it_joined_is_cleared_away_and_replaced() -> None:
    play = FleetPlay(joins=False)
    play.begin(workers=1)
    play.requests_per_second = 300.0
    play.tick()
    play.join_all()
    play.lose("machine-2")
    play.pass_time(16 * MINUTE)
    assert play.machines == ["machine-1"]
    assert [node.hostname for node in play.workers] == ["machine-1"]


@pytest.mark.parametrize("knows_addresses", [True, False], ids=["another address", "no address at all"])
def test_a_machine_that_may_be_serving_under_another_address_is_never_deleted(knows_addresses: bool) -> None:
    play = FleetPlay(joins=False)
    play.begin(workers=1)
    play.requests_per_second = 300.0
    play.tick()
    if knows_addresses:
        play.swarm.add_node("stranger", labels={"skep.pool": "workers"})
        play.swarm.change_node("stranger", joined_at=play.clock.now(), address="192.0.2.7")
    else:
        play.provider.keep_quiet("machine-2")
    play.pass_time(30 * MINUTE)
    assert "machine-2" in play.machines
    assert any("it is left alone, because it may be a node under an address" in told for told in play.told)


LOADS = st.sampled_from([100.0, 500.0, 1500.0])
HAPPENINGS = st.lists(
    st.tuples(LOADS, st.integers(1, 60), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=6
)


@given(HAPPENINGS)
@settings(max_examples=30, deadline=None)
def test_whatever_happens_a_pool_stays_within_its_bounds_and_serves(
    happenings: list[tuple[float, int, bool, bool, bool]],
) -> None:
    play = FleetPlay().with_pool(bounds=Bounds(min_replicas=2, max_replicas=4))
    play.begin(workers=2)
    for load, ticks, refuses, joins, forgets in happenings:
        play.requests_per_second = load
        play.provider.refusal = Refusal(kind=RefusalKind.QUOTA, reason="full") if refuses else None
        play.joins = joins
        if forgets:
            play.memory.forget_everything()
            play.memory.note_orders_known()
        for _ in range(ticks):
            play.tick()
            for order in play.orders:
                play.act(order)
            assert 2 <= len(play.machines) <= 4
            assert play.swarm.serving("web") >= 2
            assert play.swarm.node("manager").labels == ()

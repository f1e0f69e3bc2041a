"""How many nodes of which pool are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.capacity.everywhere import settle_everywhere
from skep.core.capacity.needed import NodePlan, PoolOrder, Unhelped, needed_nodes
from skep.core.capacity.placement import settle
from skep.core.capacity.pool import NO_HEADROOM, Pool
from skep.core.capacity.pressure import Relief
from skep.core.capacity.room import Room
from skep.core.capacity.sequence import largest_first, pending_either_way
from skep.core.capacity.template import copies
from skep.core.capacity.want import Want, wants
from skep.core.cluster import Availability, Cluster, Node, Resources, Service, ServiceMode, TaskState
from skep.core.pools import Headroom
from skep.core.requirements import GenericResource, HostPort, Platform, Requirements
from tests.core.capacity.builders import GIB, cluster, node, pending_task, service, task
from tests.core.capacity.clusters import clusters, nodes

FULL = service("crowd", on=["node-1"], cores=4, memory_bytes=8 * GIB)
ONE_FULL_NODE = (node("node-1", cores=4),)
TEMPLATE = node("", cores=4)


def pool(
    name: str = "workers",
    *,
    template: Node | None = TEMPLATE,
    room: int = 10,
    missing: int = 0,
    members: Sequence[str] = ("node-1",),
    joining: int = 0,
    arriving: Sequence[str] = (),
    leaving: Sequence[str] = (),
    standby: Sequence[str] = (),
    price: float | None = None,
    priority: int = 0,
    headroom: Headroom = NO_HEADROOM,
) -> Pool:
    return Pool(
        name=name,
        members=tuple(f"{each}-id" for each in members),
        template=template,
        room=room,
        missing=missing,
        joining=joining,
        arriving=tuple(f"{each}-id" for each in arriving),
        leaving=tuple(f"{each}-id" for each in leaving),
        standby=tuple(f"{each}-id" for each in standby),
        price=price,
        priority=priority,
        headroom=headroom,
    )


def waiting(*wanted: tuple[Service, int]) -> list[Want]:
    return [Want(service=of, replicas=replicas) for of, replicas in wanted]


def plan(
    *wanted: tuple[Service, int],
    pools: Sequence[Pool] = (),
    machines: Sequence[Node] = ONE_FULL_NODE,
    beside: Sequence[Service] = (FULL,),
    relief: Mapping[str, Relief] | None = None,
    measured: Mapping[str, Resources] | None = None,
) -> NodePlan:
    swarm = cluster(machines, *beside, *(of for of, _ in wanted))
    return needed_nodes(swarm, waiting(*wanted), pools or (pool(),), relief=relief or {}, measured=measured or {})


def machines_of(planned: NodePlan) -> dict[str, int]:
    return {order.pool: order.machines for order in planned.orders}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param([(service(cores=1), 1)], 1, id="one replica, one machine"),
        pytest.param([(service(cores=1), 4)], 1, id="as many as fit on one"),
        pytest.param([(service(cores=1), 5)], 2, id="one more"),
        pytest.param([(service(cores=3), 3)], 3, id="large ones do not share"),
        pytest.param([(service("a", cores=3), 2), (service("b", cores=1), 2)], 2, id="small ones beside large ones"),
        pytest.param([(service(memory_bytes=3 * GIB), 5)], 3, id="memory counts as well"),
        pytest.param([(service(requires=Requirements(max_replicas_per_node=1), cores=1), 3)], 3, id="one on each node"),
        pytest.param([(service(requires=Requirements(host_ports=(HostPort(port=80),)), cores=1), 2)], 2, id="a port"),
        pytest.param([], 0, id="nothing waits"),
    ],
)
def test_as_many_machines_as_what_waits_needs(wanted: list[tuple[Service, int]], expected: int) -> None:
    assert machines_of(plan(*wanted)) == ({"workers": expected} if expected else {})


def test_what_fits_on_open_nodes_needs_no_machine() -> None:
    planned = plan((service(cores=1), 2), machines=[node("node-1"), node("node-2", cores=2)])
    assert (planned.orders, planned.pending) == ((), ())


def test_replicas_that_were_just_decided_and_those_that_wait_are_ordered_for_at_once() -> None:
    web = service(
        "web", 3, tasks=[*service(on=["node-1"]).tasks, pending_task("web", 2), pending_task("web", 3)], cores=3
    )
    swarm = cluster([node("node-1", cores=4)], web)
    planned = needed_nodes(swarm, wants(swarm, goals={"web-id": 5}), [pool()])
    assert machines_of(planned) == {"workers": 4}


def test_what_global_services_take_of_a_new_machine_is_not_there_for_others() -> None:
    agent = service("agent", on=["node-1"], mode=ServiceMode.GLOBAL, cores=1)
    assert machines_of(plan((service(cores=2), 2), beside=[FULL, agent])) == {"workers": 2}


def test_a_global_service_for_other_nodes_takes_nothing_of_it() -> None:
    agent = service("agent", mode=ServiceMode.GLOBAL, cores=1, constraints=["node.role==manager"])
    assert machines_of(plan((service(cores=2), 2), beside=[FULL, agent])) == {"workers": 1}


def test_a_node_is_full_when_what_is_used_fills_it() -> None:
    busy = service("busy", on=["node-1"])
    measured = {"busy-id": Resources(cpu_cores=3.5, memory_bytes=GIB), "web-id": Resources(cpu_cores=1.0)}
    assert machines_of(plan((service(), 1), beside=[busy], measured=measured)) == {"workers": 1}
    assert machines_of(plan((service(), 1), beside=[busy])) == {}


# --- what is on its way, and what stands by -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "machines"),
    [
        pytest.param(pool(joining=1), [], id="a machine on order"),
        pytest.param(
            pool(arriving=["node-2"]), [node("node-2", availability=Availability.PAUSE)], id="a node not open yet"
        ),
        pytest.param(
            pool(arriving=["node-2"]),
            [node("node-2", availability=Availability.PAUSE, is_ready=False)],
            id="a node that has just joined and is not ready yet",
        ),
    ],
)
def test_what_is_on_its_way_is_not_ordered_again(given_: Pool, machines: list[Node]) -> None:
    planned = plan((service(cores=1), 4), pools=[given_], machines=[*ONE_FULL_NODE, *machines])
    assert (planned.orders, planned.awaited) == ((), 4)


def test_only_what_does_not_fit_on_those_is_ordered() -> None:
    assert machines_of(plan((service(cores=1), 6), pools=[pool(joining=1)])) == {"workers": 1}


def test_what_runs_on_a_node_that_arrives_leaves_less_room() -> None:
    there = service("db", on=["node-2"], cores=3)
    machines = [*ONE_FULL_NODE, node("node-2", availability=Availability.PAUSE)]
    given_ = pool(arriving=["node-2"])
    assert machines_of(plan((service(cores=2), 1), pools=[given_], machines=machines, beside=[FULL, there])) == {
        "workers": 1
    }


def test_nodes_that_stand_by_are_opened_before_machines_are_ordered() -> None:
    parked = [node(f"park-{number}", cores=2, availability=Availability.DRAIN) for number in (1, 2, 3)]
    given_ = pool(standby=["park-1", "park-2", "park-3"])
    planned = plan((service(cores=1), 3), pools=[given_], machines=[*ONE_FULL_NODE, *parked])
    assert [(order.machines, order.opened) for order in planned.orders] == [(0, ("park-1-id", "park-2-id"))]


def test_a_node_that_stands_by_and_would_not_help_stays_there() -> None:
    parked = [
        node("park-1", cores=1, availability=Availability.DRAIN),
        node("park-2", availability=Availability.DRAIN, is_ready=False),
        node("park-3", availability=Availability.DRAIN),
    ]
    given_ = pool(standby=["park-1", "park-2", "park-3"])
    planned = plan((service(cores=2), 1), pools=[given_], machines=[*ONE_FULL_NODE, *parked, node("node-2", cores=1)])
    assert [(order.machines, order.opened) for order in planned.orders] == [(0, ("park-3-id",))]


# --- what was about to leave ------------------------------------------------------------------------------------------

LEAVING = [node(f"going-{number}", cores=2, availability=Availability.PAUSE) for number in (1, 2, 3)]
PARKED = node("park-1", cores=2, availability=Availability.DRAIN)


def kept(planned: NodePlan) -> list[tuple[dict[str, str], tuple[str, ...], int]]:
    return [(dict(order.kept), order.opened, order.machines) for order in planned.orders]


def test_as_few_as_help_of_the_nodes_that_were_about_to_leave_are_kept_before_others_are_opened_or_ordered() -> None:
    given_ = pool(leaving=["going-1", "going-2", "going-3"], standby=["park-1"])
    planned = plan((service(cores=1), 3), pools=[given_], machines=[*ONE_FULL_NODE, *LEAVING, PARKED])
    assert kept(planned) == [({"going-1-id": "room for 2 of web", "going-2-id": "room for 1 of web"}, (), 0)]


def test_what_they_have_no_room_for_is_opened_and_ordered_beside_them() -> None:
    given_ = pool(leaving=["going-1"], standby=["park-1"])
    planned = plan((service(cores=1), 8), pools=[given_], machines=[*ONE_FULL_NODE, LEAVING[0], PARKED])
    assert kept(planned) == [({"going-1-id": "room for 2 of web"}, ("park-1-id",), 1)]


@pytest.mark.parametrize(
    ("machines", "arriving"),
    [
        pytest.param([replace(LEAVING[0], is_ready=False)], (), id="it is away"),
        pytest.param([LEAVING[0], node("node-2")], (), id="there is room on an open node"),
        pytest.param([LEAVING[0], replace(LEAVING[1], hostname="new", id="new-id")], ("new",), id="room is on its way"),
    ],
)
def test_a_node_that_would_not_help_leaves(machines: Sequence[Node], arriving: Sequence[str]) -> None:
    given_ = pool(leaving=["going-1"], arriving=arriving, room=0)
    planned = plan((service(cores=1), 1), pools=[given_], machines=[*ONE_FULL_NODE, *machines])
    assert planned.orders == ()


def test_a_node_that_was_about_to_leave_is_kept_for_headroom() -> None:
    going = node("going-1", availability=Availability.PAUSE)
    given_ = pool(members=["node-1", "going-1"], leaving=["going-1"], headroom=Headroom(nodes=1))
    planned = plan(pools=[given_], machines=[*ONE_FULL_NODE, going])
    assert kept(planned) == [({"going-1-id": "headroom of 1 node"}, (), 0)]


def test_a_node_that_was_about_to_leave_relieves_first() -> None:
    given_ = pool(leaving=["going-1"])
    relief = {"workers": Relief(nodes=2, sentence="mean CPU 90%")}
    planned = plan(pools=[given_], machines=[*ONE_FULL_NODE, LEAVING[0]], relief=relief)
    assert kept(planned) == [({"going-1-id": "mean CPU 90%"}, (), 1)]


# --- the minimum ----------------------------------------------------------------------------------------------------


def test_a_pool_below_its_minimum_is_filled_up_and_what_waits_uses_that() -> None:
    planned = plan((service(cores=4), 3), pools=[pool(missing=2)])
    assert planned.orders == (
        PoolOrder(pool="workers", machines=3, reasons=("the pool is 2 below its minimum", "room for 1 of web")),
    )


def test_a_minimum_beyond_what_the_provider_gives_is_met_as_far_as_it_goes() -> None:
    assert machines_of(plan(pools=[pool(missing=5, room=3)])) == {"workers": 3}


# --- several pools --------------------------------------------------------------------------------------------------

GPU = replace(TEMPLATE, generic=(GenericResource(kind="gpu", amount=2),))
RENDER = service("render", cores=1, requires=Requirements(generic=(GenericResource(kind="gpu", amount=1),)))


def test_each_pool_gives_what_only_it_can_give() -> None:
    planned = plan((RENDER, 4), (service(cores=4), 1), pools=[pool(), pool("gpu", template=GPU, priority=-1)])
    assert machines_of(planned) == {"workers": 1, "gpu": 2}


@pytest.mark.parametrize(
    ("one", "other", "chosen"),
    [
        pytest.param(
            pool("a", template=node("", cores=16)), pool("b", template=node("", cores=4)), "b", id="least waste"
        ),
        pytest.param(
            pool("a", template=node("", cores=16), price=1.0),
            pool("b", template=node("", cores=4), price=2.0),
            "a",
            id="price before waste",
        ),
        pytest.param(
            pool("a", template=node("", cores=16), price=1.0),
            pool("b", template=node("", cores=4)),
            "b",
            id="a price that is not known decides nothing",
        ),
        pytest.param(
            pool("a", template=node("", cores=16), price=9.0, priority=1),
            pool("b", template=node("", cores=4), price=1.0),
            "a",
            id="priority before price",
        ),
        pytest.param(pool("b"), pool("a"), "a", id="of equals the first by name"),
        pytest.param(pool("a", room=0), pool("b"), "b", id="one that may give nothing is not asked"),
        pytest.param(pool("a", template=None), pool("b"), "b", id="nor one whose machines nobody knows"),
    ],
)
def test_of_two_pools_the_better_one_gives(one: Pool, other: Pool, chosen: str) -> None:
    assert machines_of(plan((service(cores=4), 1), pools=[one, other])) == {chosen: 1}


def test_what_one_pool_may_not_give_another_does() -> None:
    pools = [pool("first", room=1, priority=1), pool("second")]
    assert machines_of(plan((service(cores=4), 3), pools=pools)) == {"first": 1, "second": 2}


# --- what cannot be helped ------------------------------------------------------------------------------------------


def unhelped(planned: NodePlan) -> Unhelped:
    (only,) = planned.unhelped
    return only


def test_what_no_machine_could_hold_is_named_with_the_reason_of_each_pool() -> None:
    wanted = service(cores=8, memory_bytes=GIB)
    told = unhelped(plan((wanted, 2), pools=[pool(), pool("gpu", template=GPU)]))
    assert (told.service_name, told.replicas, told.is_hopeless) == ("web", 2, True)
    assert told.sentence == (
        "web: no pool can make room for it ("
        "gpu: insufficient resources: a replica needs 8.00 cores, 1GiB, an empty machine has 4.00 cores, 8GiB, 2 gpu; "
        "workers: insufficient resources: a replica needs 8.00 cores, 1GiB, an empty machine has 4.00 cores, 8GiB)"
    )


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        pytest.param(
            service(constraints=["node.labels.disk==ssd"]), "scheduling constraints not satisfied", id="a label"
        ),
        pytest.param(
            service(constraints=["node.id==abc"]), "scheduling constraints not satisfied", id="a certain node"
        ),
        pytest.param(
            service(requires=Requirements(platforms=(Platform(os="windows"),))), "unsupported platform", id="a platform"
        ),
    ],
)
def test_what_no_node_of_a_pool_could_run_is_hopeless(wanted: Service, reason: str) -> None:
    told = unhelped(plan((wanted, 1)))
    assert (told.is_hopeless, [each.reason for each in told.pools]) == (True, [reason])


def test_one_service_that_cannot_be_helped_does_not_hold_up_the_others() -> None:
    planned = plan((service("giant", cores=64), 1), (service(cores=4), 2))
    assert machines_of(planned) == {"workers": 2}
    assert unhelped(planned).service_name == "giant"


def test_a_pool_at_its_maximum_gives_what_it_may_and_says_so() -> None:
    planned = plan((service(cores=4), 3), pools=[pool(room=2)])
    told = unhelped(planned)
    assert machines_of(planned) == {"workers": 2}
    assert (told.replicas, told.is_hopeless) == (1, False)
    assert told.sentence == "web: no pool may now make room for it (workers: it has as many nodes as it may have)"


def test_without_pools_nobody_can_help() -> None:
    swarm = cluster(ONE_FULL_NODE, FULL, service(cores=1))
    told = unhelped(needed_nodes(swarm, waiting((service(cores=1), 1)), []))
    assert told.sentence == "web: no pool can make room for it (there is no pool)"


def test_of_a_pool_whose_machines_nobody_knows_one_is_ordered_which_will_tell() -> None:
    planned = plan((service(cores=1), 9), pools=[pool(template=None)])
    assert [(order.machines, order.reasons) for order in planned.orders] == [
        (1, ("9 of web without a node, and nobody knows yet what its machines are like",))
    ]
    assert unhelped(planned).sentence == (
        "web: no pool may now make room for it (workers: a machine is on its way that will tell)"
    )


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        pytest.param([pool(template=None, joining=1)], {}, id="it is on its way"),
        pytest.param([pool("a", template=None, joining=1), pool("b", template=None)], {}, id="that of another pool is"),
        pytest.param([pool("a", template=None), pool("b", template=None)], {"a": 1}, id="one pool after the other"),
        pytest.param([pool("a", template=None, room=0), pool("b", template=None)], {"b": 1}, id="of one that may grow"),
        pytest.param([pool("a"), pool("b", template=None)], {"a": 3}, id="another pool has known machines"),
        pytest.param([pool("a", room=2), pool("b", template=None)], {"a": 2, "b": 1}, id="another pool is not enough"),
    ],
)
def test_a_machine_is_ordered_to_be_looked_at_only_where_it_is_needed(
    pools: list[Pool], expected: dict[str, int]
) -> None:
    assert machines_of(plan((service(cores=4), 3), pools=pools)) == expected


def test_a_pool_that_may_not_grow_and_whose_machines_nobody_knows_might_help_one_day() -> None:
    assert not unhelped(plan((service(cores=1), 1), pools=[pool(template=None, room=0)])).is_hopeless


def test_swarms_words_of_what_waits_now_are_kept() -> None:
    planned = plan((service(cores=1), 2))
    assert [each.reason for each in planned.pending] == ["no suitable node (insufficient resources on 1 node)"]


def test_nothing_is_ordered_while_half_of_the_nodes_are_away() -> None:
    machines = [node(f"node-{number}", is_ready=number > 2) for number in range(1, 5)]
    planned = plan((service(cores=4), 9), machines=machines)
    assert planned.orders == ()
    assert planned.halt is not None


# --- headroom and relief --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headroom", "room", "expected"),
    [
        pytest.param(Headroom(nodes=1), 10, 1, id="one machine is kept free"),
        pytest.param(Headroom(nodes=2), 10, 2, id="two are"),
        pytest.param(Headroom(cpu_ratio=0.5), 10, 1, id="half of all processors"),
        pytest.param(Headroom(memory_ratio=0.75), 10, 3, id="three quarters of all memory"),
        pytest.param(Headroom(nodes=5), 3, 3, id="as far as the maximum allows"),
    ],
)
def test_headroom_is_ordered_beside_what_waits(headroom: Headroom, room: int, expected: int) -> None:
    assert machines_of(plan(pools=[pool(room=room, headroom=headroom)])) == {"workers": expected}


def test_what_is_free_already_counts_as_headroom() -> None:
    machines = [*ONE_FULL_NODE, node("node-2")]
    given_ = pool(members=["node-1", "node-2"], headroom=Headroom(nodes=1))
    assert plan(pools=[given_], machines=machines).orders == ()


def test_headroom_is_free_when_what_waits_has_been_placed() -> None:
    planned = plan((service(cores=4), 1), pools=[pool(headroom=Headroom(nodes=1))])
    assert planned.orders == (
        PoolOrder(pool="workers", machines=2, reasons=("room for 1 of web", "headroom of 1 node")),
    )


RELIEF = {"workers": Relief(nodes=2, sentence="mean CPU 90% for 6 min, above 80%")}


def test_a_pool_that_is_too_busy_gets_nodes() -> None:
    assert plan(relief=RELIEF).orders == (
        PoolOrder(pool="workers", machines=2, reasons=("mean CPU 90% for 6 min, above 80%",)),
    )


def test_nodes_that_come_anyway_relieve_it_too() -> None:
    assert machines_of(plan((service(cores=4), 3), relief=RELIEF)) == {"workers": 3}


def test_nodes_that_stand_by_relieve_first_and_the_maximum_holds() -> None:
    parked = node("park-1", availability=Availability.DRAIN)
    given_ = pool(room=0, standby=["park-1"])
    planned = plan(pools=[given_], machines=[*ONE_FULL_NODE, parked], relief=RELIEF)
    assert [(order.machines, order.opened) for order in planned.orders] == [(0, ("park-1-id",))]


# --- what holds for any Swarm ---------------------------------------------------------------------------------------


@st.composite
def asked(draw: st.DrawFn) -> tuple[Cluster, list[Want], list[Pool]]:
    """A Swarm, more replicas than it may hold, and pools that may or may not help."""
    swarm = draw(clusters(max_nodes=4, max_replicas=4))
    agent = service("agent", mode=ServiceMode.GLOBAL, cores=draw(st.sampled_from([None, 0.2])))
    swarm = replace(swarm, services=(*swarm.services, agent))
    wanted = [Want(service=each, replicas=draw(st.integers(0, 6))) for each in swarm.services[:-1]]
    pools = [
        pool(
            name,
            template=replace(draw(nodes(1)), id="", hostname="", availability=Availability.ACTIVE),
            room=draw(st.integers(0, 6)),
            joining=draw(st.integers(0, 1)),
            members=(),
        )
        for name in ("small", "large")[: draw(st.integers(1, 2))]
    ]
    return swarm, [want for want in wanted if want.replicas], pools


def room_after(
    swarm: Cluster, wanted: Sequence[Want], pools: Sequence[Pool], planned: NodePlan
) -> tuple[Room, list[Want]]:
    """The Swarm once all that was ordered is there, and what was waiting for it."""
    room = Room(sorted(swarm.nodes, key=lambda each: each.hostname), swarm.services)
    pending = settle(largest_first(wanted, room), room).pending
    services = {want.service.id: want.service for want in wanted}
    machines = machines_of(planned)
    for each in sorted(pools, key=lambda each: each.name):
        assert each.template is not None
        for machine in copies(each.template, each.joining + machines.get(each.name, 0), name=each.name):
            settle_everywhere(room, room.add(machine), swarm.services)
    return room, [Want(service=services[each.service_id], replicas=each.replicas) for each in pending]


@given(asked())
def test_when_all_that_was_ordered_is_there_nothing_is_pending_but_what_was_said(
    given_: tuple[Cluster, list[Want], list[Pool]],
) -> None:
    swarm, wanted, pools = given_
    planned = needed_nodes(swarm, wanted, pools)
    if planned.halt is not None:
        return
    room, left = room_after(swarm, wanted, pools, planned)
    told = {each.service_id: each.replicas for each in planned.unhelped}
    assert {want.service.id: want.replicas for want in pending_either_way(left, room)} == told


@given(asked())
def test_no_pool_gives_more_than_it_may_and_all_that_is_given_has_a_reason(
    given_: tuple[Cluster, list[Want], list[Pool]],
) -> None:
    swarm, wanted, pools = given_
    most = {each.name: each.room for each in pools}
    for order in needed_nodes(swarm, wanted, pools).orders:
        assert 0 < order.machines <= most[order.pool]
        assert order.reasons


@given(asked())
def test_one_machine_less_would_not_be_enough(given_: tuple[Cluster, list[Want], list[Pool]]) -> None:
    swarm, wanted, pools = given_
    planned = needed_nodes(swarm, wanted, pools[:1])
    if not planned.orders or planned.unhelped:
        return
    (order,) = planned.orders
    fewer = NodePlan(orders=(replace(order, machines=order.machines - 1),))
    room, left = room_after(swarm, wanted, pools[:1], fewer)
    assert pending_either_way(left, room)


@given(asked())
def test_the_same_question_has_the_same_answer(given_: tuple[Cluster, list[Want], list[Pool]]) -> None:
    swarm, wanted, pools = given_
    shuffled = replace(swarm, nodes=swarm.nodes[::-1], services=swarm.services[::-1])
    assert needed_nodes(swarm, wanted, pools) == needed_nodes(shuffled, wanted[::-1], pools[::-1])


def test_a_swarm_task_of_a_global_service_that_waits_asks_for_no_node() -> None:
    agent = service(
        "agent", tasks=[task("agent", 1, "node-1", state=TaskState.PENDING)], mode=ServiceMode.GLOBAL, cores=1
    )
    swarm = cluster(ONE_FULL_NODE, FULL, agent)
    assert needed_nodes(swarm, wants(swarm), [pool()]).orders == ()

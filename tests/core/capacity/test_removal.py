"""Which nodes could go, and why each of the others stays."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core import policy as policies
from skep.core.bounds import Bounds
from skep.core.capacity.ahead import Ahead
from skep.core.capacity.placement import Placement, settle
from skep.core.capacity.removal import NodeVerdict, removable
from skep.core.capacity.room import Room
from skep.core.capacity.sequence import largest_first
from skep.core.capacity.situation import AtOnce, PoolStanding, Situation
from skep.core.capacity.terms import Protection, ServiceTerms, terms_of
from skep.core.capacity.want import Want
from skep.core.cluster import (
    Availability,
    Cluster,
    Node,
    Resources,
    RestartCondition,
    Service,
    ServiceMode,
    UpdateState,
)
from skep.core.pools import Budget, RemovalCause, UseLimits
from skep.core.requirements import Mount, MountKind, Requirements
from skep.core.schedule import EVERY_DAY, Schedule, WeeklyWindow
from tests.builders import NOW, ago, policy
from tests.core.capacity.builders import GIB, manager, node, service, task
from tests.core.capacity.clusters import assert_that_all_requirements_hold, clusters, with_placed
from tests.core.capacity.situations import EMPTY_NODES, FREELY, MAY_SURGE, situation, standing


def names(verdicts: Sequence[NodeVerdict]) -> list[str]:
    """Those that could go, in their order."""
    return [verdict.hostname for verdict in verdicts if verdict.is_removable]


def reasons(given_: Situation, of: str = "node-1") -> list[tuple[str, str]]:
    verdict = next(each for each in removable(given_) if each.hostname == of)
    return [(veto.by, veto.reason) for veto in verdict.vetoes]


def test_idle_nodes_whose_swarm_tasks_fit_elsewhere_could_go() -> None:
    verdicts = removable(situation(service(on=["node-1"])))
    assert names(verdicts) == ["node-2", "node-3"]
    assert [each.hostname for each in verdicts] == ["node-2", "node-3", "node-1"]


def test_there_is_a_verdict_on_every_node() -> None:
    verdicts = removable(situation(nodes=[*EMPTY_NODES, manager()]))
    assert sorted(each.hostname for each in verdicts) == ["manager-1", "node-1", "node-2", "node-3"]


def test_where_its_swarm_tasks_would_run_is_told() -> None:
    busy = service("busy", on=["node-2"])
    (first, *_) = removable(situation(service(on=["node-1"]), busy, nodes=EMPTY_NODES[:2], idle=["node-1"]))
    assert [(move.service_id, move.node_id, move.replicas) for move in first.moves] == [("web-id", "node-2-id", 1)]
    assert first.sentence == "node-1 could go: its 1 swarm task would fit elsewhere"


@pytest.mark.parametrize(
    ("services", "used", "expected"),
    [
        pytest.param(
            [service(on=["node-1", "node-1"]), service("db", on=["node-2"])],
            {},
            ["node-3", "node-2", "node-1"],
            id="empty ones first, then those with the fewest swarm tasks",
        ),
        pytest.param(
            [service(on=["node-1"]), service("db", on=["node-2"])],
            {
                "node-1-id": Resources(cpu_cores=1.0, memory_bytes=0),
                "node-2-id": Resources(cpu_cores=0, memory_bytes=0),
            },
            ["node-3", "node-2", "node-1"],
            id="then those that carry least",
        ),
        pytest.param([], {}, ["node-1", "node-2", "node-3"], id="else by name"),
    ],
)
def test_what_disturbs_least_goes_first(
    services: list[Service], used: dict[str, Resources], expected: list[str]
) -> None:
    verdicts = removable(situation(*services, nodes=[*EMPTY_NODES, manager()], used=used))
    assert [each.hostname for each in verdicts if each.is_removable or each.pool] == expected


# --- vetoes: one table, each row a situation and what is said of node-1 ---------------------------------------------

SERVICE_HERE = service(on=["node-1"])
PAST, SOON = ago(1), NOW + timedelta(hours=1)


def with_policy(**changes: object) -> PoolStanding:
    return standing(EMPTY_NODES, replace(FREELY, **changes))  # type: ignore[arg-type]


def during(first_hour: int, last_hour: int) -> Schedule:
    window = WeeklyWindow(days=EVERY_DAY, start=timedelta(hours=first_hour), end=timedelta(hours=last_hour))
    return Schedule(name="hours", window=window, zone=UTC, min_replicas=0)


VETOES = [
    pytest.param(situation(nodes=[manager("node-1"), *EMPTY_NODES[1:]]), "manager", "it is a manager", id="a manager"),
    pytest.param(situation(pool=standing(EMPTY_NODES[1:])), "pool", "it belongs to no pool", id="a node of no pool"),
    pytest.param(
        situation(pool=with_policy(scale_down=None)), "pool", "the pool workers never shrinks", id="a pool that stays"
    ),
    pytest.param(situation(leaving=["node-1"]), "state", "it is being removed already", id="on its way out"),
    pytest.param(
        situation(nodes=[replace(EMPTY_NODES[0], is_ready=False, is_down=True), *EMPTY_NODES[1:]]),
        "state",
        "it is down",
        id="a node that is down is healed instead",
    ),
    pytest.param(
        situation(nodes=[replace(EMPTY_NODES[0], is_ready=False), *EMPTY_NODES[1:]]),
        "state",
        "it is not ready",
        id="a node that is away",
    ),
    pytest.param(
        situation(nodes=[node("node-1", availability=Availability.PAUSE), *EMPTY_NODES[1:]]),
        "state",
        "it is cordoned",
        id="somebody has cordoned it",
    ),
    pytest.param(
        situation(nodes=[node("node-1", availability=Availability.DRAIN), *EMPTY_NODES[1:]]),
        "state",
        "it is drained",
        id="somebody has drained it, or it stands by",
    ),
    pytest.param(
        situation(protections={"node-1-id": Protection(by="ada", reason="audit")}),
        "protect",
        "it is protected by ada (audit)",
        id="a protected node",
    ),
    pytest.param(
        situation(SERVICE_HERE, terms={"web-id": replace(MAY_SURGE, protection=Protection(until=SOON))}),
        "protect",
        "web runs there, which is protected",
        id="a protected service",
    ),
    pytest.param(
        situation(pool=standing(EMPTY_NODES, kept_by_provider={"node-1-id": "scale-in protection is on"})),
        "provider",
        "scale-in protection is on",
        id="the provider would not let it go",
    ),
    pytest.param(
        situation(pool=standing(EMPTY_NODES, provider_minimum=3)),
        "provider",
        "its provider leaves no fewer than 3 machines",
        id="the provider's minimum",
    ),
    pytest.param(
        situation(pool=with_policy(bounds=Bounds(min_replicas=3, max_replicas=9))),
        "minimum",
        "min of the pool workers is 3",
        id="the pool's minimum",
    ),
    pytest.param(
        situation(
            pool=replace(standing(EMPTY_NODES), ahead=Ahead(nodes=3, needed=3, acts=True, sentence="2.5 / 1 = 2.50"))
        ),
        "expected",
        "its pool is expected to need 3 nodes: 2.5 / 1 = 2.50",
        id="the pool is expected to need it",
    ),
    pytest.param(
        situation(nodes=[EMPTY_NODES[0], *(node(f"away-{n}", is_ready=False) for n in range(2))]),
        "breaker",
        "2 of 3 nodes are not ready, more than 45%: no node is touched until that is over",
        id="too many nodes are away",
    ),
    pytest.param(
        situation(
            nodes=[*EMPTY_NODES, manager("m1"), manager("m2"), manager("m3", is_reachable=False)],
        ),
        "quorum",
        "1 of 3 managers is out of reach, and the quorum has none to spare",
        id="the quorum hangs by a thread",
    ),
    pytest.param(
        situation(wants=[Want(service=service("big", cores=2), replicas=7)]),
        "pending",
        "swarm tasks of big wait for a node",
        id="something waits",
    ),
    pytest.param(
        situation(pool=standing(EMPTY_NODES, grown_at=ago(599))),
        "delay",
        "a node was added to its pool a short while ago",
        id="the pool has just grown",
    ),
    pytest.param(
        situation(pool=standing(EMPTY_NODES, failed_at=ago(179))),
        "delay",
        "a removal in its pool failed a short while ago",
        id="a removal has just failed",
    ),
    pytest.param(
        situation(pool=with_policy(budgets=(Budget(ratio=0.34), Budget(nodes=0)))),
        "budget",
        "0 of its pool's nodes are disturbed, and its budget allows 0",
        id="the tightest budget",
    ),
    pytest.param(
        situation(pool=with_policy(budgets=(Budget(nodes=0, schedule=during(11, 13)),))),
        "budget",
        "0 of its pool's nodes are disturbed, and its budget allows 0",
        id="a budget in its hours",
    ),
    pytest.param(
        situation(pool=with_policy(budgets=(Budget(nodes=0, cause=RemovalCause.EMPTY), Budget(nodes=9)))),
        "budget",
        "0 of its pool's nodes are disturbed, and its budget for empty nodes allows 0",
        id="a budget for empty nodes",
    ),
    pytest.param(
        situation(
            pool=with_policy(budgets=(Budget(nodes=1),)),
            nodes=[*EMPTY_NODES[:2], replace(EMPTY_NODES[2], is_ready=False)],
        ),
        "budget",
        "1 of its pool's nodes are disturbed, and its budget allows 1",
        id="a node that is away uses up the budget",
    ),
    pytest.param(
        situation(leaving=["node-2"], at_once=AtOnce(empty=1)),
        "budget",
        "no more than 1 empty nodes may go at once",
        id="another one is going",
    ),
    pytest.param(
        situation(service(on=["node-1"], update_state=UpdateState.UPDATING)),
        "rollout",
        "a rollout of web is under way",
        id="a rollout",
    ),
    pytest.param(
        situation(service(on=["node-1"], update_state=UpdateState.PAUSED)),
        "rollout",
        "a rollout of web has failed and is paused",
        id="a rollout that is stuck",
    ),
    pytest.param(
        situation(service(on=["node-1"], mode=ServiceMode.REPLICATED_JOB)),
        "job",
        "the job web runs there",
        id="a job",
    ),
    pytest.param(
        situation(service(on=["node-1"], mode=ServiceMode.GLOBAL_JOB)),
        "job",
        "the job web runs there",
        id="a global job",
    ),
    pytest.param(
        situation(service(on=["node-1"], restart=RestartCondition.NONE)),
        "job",
        "web is not started again where it was stopped (restart: none)",
        id="what runs once",
    ),
    pytest.param(
        situation(SERVICE_HERE, terms={}), "surge", "no surge is allowed of web", id="nobody has allowed a surge"
    ),
    pytest.param(situation(idle=[]), "use", "it is in use", id="it is not idle"),
    pytest.param(
        situation(idle_s=599), "use", "it has not been idle for long enough", id="it has not been idle for long"
    ),
    pytest.param(
        situation(service(constraints=["node.hostname==node-1"], replicas=0)),
        "last of its kind",
        "no other node can run web",
        id="the last node of its kind",
    ),
    pytest.param(
        situation(wants=[Want(service=service(), replicas=1)]),
        "receiver",
        "1 swarm task would come to it",
        id="what was just decided comes to it",
    ),
    pytest.param(
        situation(service(on=["node-1"], cores=1), nodes=[node("node-1"), node("node-2", cores=0.5)], idle=["node-1"]),
        "room",
        "web would have nowhere else to run: no suitable node "
        "(1 node not available for new tasks; insufficient resources on 1 node)",
        id="nowhere else to run",
    ),
    pytest.param(
        situation(SERVICE_HERE, measured={}, idle=["node-1"]),
        "unknown use",
        "how much CPU and memory web uses is not known",
        id="nobody knows what its swarm tasks use",
    ),
    pytest.param(
        situation(
            SERVICE_HERE,
            service("odd", on=["node-2", "node-3"]),
            measured={"web-id": Resources(cpu_cores=0.1, memory_bytes=1)},
            idle=["node-1"],
        ),
        "load",
        "its swarm tasks would go where they weigh too much: how much CPU and memory is in use on node-2 is not known",
        id="nobody knows what is used where they would go",
    ),
    pytest.param(
        situation(
            SERVICE_HERE,
            measured={"web-id": Resources(cpu_cores=1.0, memory_bytes=GIB)},
            used={f"node-{n}-id": Resources(cpu_cores=2.3, memory_bytes=GIB) for n in (2, 3)},
            idle=["node-1"],
        ),
        "load",
        "its swarm tasks would go where they weigh too much: node-2 would be used beyond 80% of its CPU",
        id="another node would be too busy",
    ),
    pytest.param(
        situation(
            SERVICE_HERE,
            measured={"web-id": Resources(cpu_cores=0.1, memory_bytes=4 * GIB)},
            used={f"node-{n}-id": Resources(cpu_cores=0.1, memory_bytes=5 * GIB) for n in (2, 3)},
            pool=with_policy(scale_up=None),
            idle=["node-1"],
        ),
        "load",
        "its swarm tasks would go where they weigh too much: node-2 would be used beyond 100% of its memory",
        id="without a threshold the whole node is the limit",
    ),
]


@pytest.mark.parametrize(("given_", "by", "reason"), VETOES)
def test_a_node_stays_for_a_reason(given_: Situation, by: str, reason: str) -> None:
    assert (by, reason) in reasons(given_)


FREE = [
    pytest.param(situation(protections={"node-1-id": Protection(until=PAST)}), id="a protection that is over"),
    pytest.param(
        situation(
            SERVICE_HERE, terms={"web-id": replace(MAY_SURGE, protection=Protection(until=PAST))}, idle=["node-1"]
        ),
        id="that of a service, likewise",
    ),
    pytest.param(situation(nodes=[*EMPTY_NODES, manager("m1")]), id="a single manager is all the quorum there is"),
    pytest.param(
        situation(nodes=[*EMPTY_NODES, manager("m1"), manager("m2")]), id="two managers are as safe as they were made"
    ),
    pytest.param(
        situation(nodes=[*EMPTY_NODES, *map(manager, "abcd"), manager("e", is_reachable=False)]),
        id="a quorum with one to spare",
    ),
    pytest.param(
        situation(wants=[Want(service=service("giant", cores=64), replicas=1)]),
        id="what waits could not run there if it were empty",
    ),
    pytest.param(
        situation(wants=[Want(service=service("odd", constraints=["node.labels.a==b"]), replicas=1)]),
        id="what waits is for other nodes",
    ),
    pytest.param(situation(pool=standing(EMPTY_NODES, grown_at=ago(600))), id="the pool grew ten minutes ago"),
    pytest.param(situation(pool=standing(EMPTY_NODES, failed_at=ago(180))), id="a removal failed three minutes ago"),
    pytest.param(situation(pool=with_policy(budgets=())), id="no budget at all"),
    pytest.param(
        situation(pool=with_policy(budgets=(Budget(nodes=0, schedule=during(13, 14)),))), id="a budget of other hours"
    ),
    pytest.param(situation(pool=with_policy(budgets=(Budget(ratio=0.1),))), id="a tenth of three is one"),
    pytest.param(
        situation(pool=with_policy(budgets=(Budget(nodes=0, cause=RemovalCause.UNDERUSED),))),
        id="a budget for nodes that are not empty",
    ),
    pytest.param(
        situation(service(on=["node-1"], mode=ServiceMode.GLOBAL), terms={}), id="global services end with their nodes"
    ),
    pytest.param(
        situation(service(on=["node-1"], update_state=UpdateState.COMPLETED), idle=["node-1"]),
        id="a rollout that is done",
    ),
    pytest.param(
        situation(service("job", tasks=[task("job", 1, "node-2")], mode=ServiceMode.REPLICATED_JOB), idle=["node-1"]),
        id="a job elsewhere",
    ),
    pytest.param(situation(idle_s=600), id="idle for exactly as long as it takes"),
    pytest.param(
        situation(
            service(constraints=["node.labels.disk==ssd"], replicas=0),
            nodes=[node("node-1", labels={"disk": "ssd"}), *EMPTY_NODES[1:]],
            pool=standing(EMPTY_NODES, template=node("", labels={"disk": "ssd"})),
        ),
        id="the next machine of the pool is of its kind as well",
    ),
    pytest.param(
        situation(service(on=["node-1"], cores=0.1, memory_bytes=1), measured={}, idle=["node-1"]),
        id="reservations tell what a service needs",
    ),
]


@pytest.mark.parametrize("given_", FREE)
def test_a_node_may_go_although(given_: Situation) -> None:
    assert reasons(given_) == []


def mounts(*of: Mount) -> Requirements:
    return Requirements(mounts=of)


@pytest.mark.parametrize(
    ("mount", "stays"),
    [
        pytest.param(Mount(kind=MountKind.VOLUME, source="data"), True, id="a volume of the engine's own driver"),
        pytest.param(Mount(kind=MountKind.VOLUME, source="data", driver="local"), True, id="by its name"),
        pytest.param(
            Mount(kind=MountKind.VOLUME, source="data", driver="local", file_system="nfs4"),
            False,
            id="that lies elsewhere",
        ),
        pytest.param(Mount(kind=MountKind.VOLUME, source="data", driver="rexray/ebs"), False, id="of another driver"),
        pytest.param(Mount(kind=MountKind.VOLUME), False, id="a volume without a name"),
        pytest.param(Mount(kind=MountKind.BIND, source="/srv/data"), True, id="a path that may be written to"),
        pytest.param(Mount(kind=MountKind.BIND, source="/etc/x", is_read_only=True), False, id="one that may not"),
        pytest.param(Mount(kind=MountKind.BIND, source="/var/run/docker.sock"), False, id="the socket of the engine"),
        pytest.param(Mount(kind=MountKind.BIND, source="/runner/data"), True, id="a path that only begins alike"),
        pytest.param(Mount(kind=MountKind.TMPFS, target="/tmp"), False, id="memory"),
    ],
)
def test_data_on_the_node_keeps_it(mount: Mount, stays: bool) -> None:
    here = service(on=["node-1"], requires=mounts(mount))
    found = [by for by, _ in reasons(situation(here, idle=["node-1"]))]
    assert found == (["local data"] if stays else [])


def test_data_that_is_shared_by_its_operators_word_moves() -> None:
    here = service(on=["node-1"], requires=mounts(Mount(kind=MountKind.VOLUME, source="data")))
    shared = {"web-id": replace(MAY_SURGE, shares_data=True)}
    assert reasons(situation(here, terms=shared, idle=["node-1"])) == []


def test_all_reasons_are_told_at_once_and_what_lasts_comes_first() -> None:
    given_ = situation(
        service(on=["node-1"], update_state=UpdateState.UPDATING),
        terms={},
        idle=[],
        protections={"node-1-id": Protection()},
    )
    assert [by for by, _ in reasons(given_)] == ["protect", "rollout", "surge", "use"]
    verdict = next(each for each in removable(given_) if each.hostname == "node-1")
    assert verdict.sentence == (
        "node-1 stays: it is protected; a rollout of web is under way; no surge is allowed of web; it is in use"
    )


@pytest.mark.parametrize(
    ("given_", "until"),
    [
        pytest.param(situation(protections={"node-1-id": Protection(until=SOON)}), SOON, id="a protection"),
        pytest.param(situation(idle_s=60), ago(60) + timedelta(minutes=10), id="the time to be idle"),
        pytest.param(
            situation(pool=standing(EMPTY_NODES, grown_at=ago(60), failed_at=ago(1))),
            ago(60) + timedelta(minutes=10),
            id="the longer of two delays",
        ),
        pytest.param(
            situation(pool=with_policy(budgets=(Budget(nodes=0, schedule=during(11, 13)),))),
            datetime(2026, 3, 1, 13, tzinfo=UTC),
            id="the hours of a budget",
        ),
    ],
)
def test_it_is_told_when_that_can_end_by_itself(given_: Situation, until: datetime) -> None:
    verdict = next(each for each in removable(given_) if each.hostname == "node-1")
    assert [veto.until for veto in verdict.vetoes] == [until]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param(policy(), ServiceTerms(may_surge=True), id="may surge unless somebody says otherwise"),
        pytest.param(replace(policy(), may_surge=False), ServiceTerms(), id="somebody does"),
        pytest.param(
            replace(policy(), protection=policies.Protection(until=SOON)),
            ServiceTerms(may_surge=True, protection=Protection(until=SOON)),
            id="protected until then",
        ),
    ],
)
def test_a_service_that_skep_scales_has_its_terms_by_its_labels(
    given_: policies.ServicePolicy, expected: ServiceTerms
) -> None:
    assert terms_of(given_) == expected


# --- several at once ------------------------------------------------------------------------------------------------


def test_no_more_go_than_the_minimum_leaves() -> None:
    bounds = Bounds(min_replicas=2, max_replicas=9)
    assert names(removable(situation(pool=with_policy(bounds=bounds)))) == ["node-1"]


def test_nodes_that_are_leaving_count_as_gone() -> None:
    bounds = Bounds(min_replicas=1, max_replicas=9)
    assert names(removable(situation(pool=with_policy(bounds=bounds), leaving=["node-3"]))) == ["node-1"]


def test_nodes_with_swarm_tasks_go_one_by_one_and_empty_ones_beside_them() -> None:
    web, db = service(on=["node-1"]), service("db", on=["node-2"])
    nodes = [*EMPTY_NODES, node("node-4"), node("node-5")]
    given_ = situation(
        web, db, nodes=nodes, idle=["node-1", "node-2", "node-3"], at_once=AtOnce(empty=10, with_tasks=1)
    )
    assert names(removable(given_)) == ["node-3", "node-1"]


def test_what_a_leaving_node_still_runs_takes_room_elsewhere() -> None:
    nodes = [node("node-1", cores=1), node("node-2", cores=1), node("node-3", cores=1)]
    given_ = situation(service(on=["node-1", "node-2"], cores=1), nodes=nodes, leaving=["node-2"], idle=["node-1"])
    assert [by for by, _ in reasons(given_)] == ["room"]


def test_the_places_that_one_node_takes_up_are_not_there_for_the_next() -> None:
    nodes = [node("node-1", cores=1), node("node-2", cores=1), node("node-3", cores=1)]
    given_ = situation(
        service(on=["node-1", "node-2"], cores=0.5), nodes=nodes, idle=["node-1", "node-2"], pool=standing(nodes)
    )
    assert names(removable(given_)) == ["node-1"]


def test_the_fullest_of_equal_nodes_is_taken_for_the_one_that_swarm_chooses() -> None:
    nodes = [node("node-1"), node("node-2"), node("node-3")]
    given_ = situation(
        service(on=["node-1"]),
        nodes=nodes,
        measured={"web-id": Resources(cpu_cores=1.0, memory_bytes=1)},
        used={
            "node-2-id": Resources(cpu_cores=0.1, memory_bytes=1),
            "node-3-id": Resources(cpu_cores=3.0, memory_bytes=1),
        },
        idle=["node-1"],
    )
    assert [by for by, _ in reasons(given_)] == ["load"]


# --- what holds for any Swarm ---------------------------------------------------------------------------------------


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A random Swarm, all of whose nodes are idle, and all of whose services may move."""
    swarm = draw(clusters(max_nodes=6))
    wanted = [Want(service=each, replicas=draw(st.integers(0, 2))) for each in swarm.services]
    given_ = situation(*swarm.services, nodes=swarm.nodes, wants=[want for want in wanted if want.replicas])
    limits = UseLimits(cpu_ratio=draw(st.sampled_from([None, 0.8])), memory_ratio=None, after=timedelta(0))
    pool = replace(given_.pools[0], policy=replace(FREELY, scale_up=limits))
    return replace(given_, pools=(pool,), at_once=AtOnce(empty=9, with_tasks=draw(st.integers(1, 3))))


def after_all_moves(given_: Situation) -> Cluster:
    """The Swarm when all that could go have gone, and their swarm tasks run where it was said."""
    verdicts = [verdict for verdict in removable(given_) if verdict.is_removable]
    going = {verdict.node_id for verdict in verdicts}
    moves = tuple(move for verdict in verdicts for move in verdict.moves)
    left = replace(
        given_.cluster,
        nodes=tuple(each for each in given_.cluster.nodes if each.id not in going),
        services=tuple(
            replace(each, tasks=tuple(one for one in each.tasks if one.node_id not in going))
            for each in given_.cluster.services
        ),
    )
    return with_placed(left, Placement(assigned=moves))


@given(situations())
def test_when_all_that_could_go_have_gone_every_replica_runs_where_it_may(given_: Situation) -> None:
    after = after_all_moves(given_)
    machines = {each.id: each for each in after.nodes}
    for before, now in zip(given_.cluster.services, after.services, strict=True):
        assert len(now.tasks) == len(before.tasks)
        assert all(one.node_id in machines for one in now.tasks)
    assert_that_all_requirements_hold(after)


@given(situations())
def test_emptied_once_more_in_their_order_nothing_is_pending(given_: Situation) -> None:
    calm = replace(given_, wants=())
    swarm = calm.cluster

    def fullness(each: Node) -> tuple[float, str]:
        there = [of for of in swarm.services for one in of.tasks if one.node_id == each.id]
        cores = sum(max(of.reservations.cpu_cores or 0.0, 0.1) for of in there)
        memory = sum(max(of.reservations.memory_bytes or 0, GIB // 8) for of in there)
        return -max(cores / (each.capacity.cpu_cores or 1.0), memory / (each.capacity.memory_bytes or 1)), each.hostname

    room = Room(sorted(swarm.nodes, key=fullness), swarm.services)
    for verdict in removable(calm):
        if verdict.is_removable:
            going = room.node(verdict.node_id)
            assert going is not None
            room.close(going)
            moved = []
            for each in swarm.services:
                here = sum(one.node_id == verdict.node_id for one in each.tasks)
                for _ in range(here):
                    room.give_back(going, room.applicant(each).burden)
                moved += [Want(service=each, replicas=here)] if here else []
            assert settle(largest_first(moved, room), room).is_complete


@given(situations())
def test_no_node_that_receives_is_used_beyond_the_threshold_or_goes_itself(given_: Situation) -> None:
    limits = given_.pools[0].policy.scale_up
    assert limits is not None
    verdicts = removable(given_)
    swarm = {each.id: each for each in given_.cluster.nodes}
    carried: defaultdict[str, float] = defaultdict(float)
    of = {each.id: max(each.reservations.cpu_cores or 0.0, 0.1) for each in given_.cluster.services}
    for each in given_.cluster.services:
        for one in each.tasks:
            carried[one.node_id or ""] += of[each.id]
    receivers = {move.node_id for verdict in verdicts for move in verdict.moves}
    for verdict in verdicts:
        for move in verdict.moves:
            carried[move.node_id] += move.replicas * of[move.service_id]
    for node_id in receivers:
        limit = (limits.cpu_ratio or 1.0) * (swarm[node_id].capacity.cpu_cores or 0.0)
        assert carried[node_id] <= limit + 1e-9
        assert swarm[node_id].takes_tasks
    assert not receivers & {verdict.node_id for verdict in verdicts if verdict.is_removable}


@given(situations())
def test_the_same_situation_has_the_same_verdicts(given_: Situation) -> None:
    swarm = given_.cluster
    turned = replace(swarm, nodes=swarm.nodes[::-1], services=swarm.services[::-1])
    again = replace(given_, cluster=turned, wants=given_.wants[::-1])
    assert removable(given_) == removable(again)


@given(situations())
def test_every_node_has_one_verdict_and_every_veto_a_reason(given_: Situation) -> None:
    verdicts = removable(given_)
    assert sorted(each.node_id for each in verdicts) == sorted(each.id for each in given_.cluster.nodes)
    assert all(veto.by and veto.reason for each in verdicts for veto in each.vetoes)


@pytest.mark.parametrize(
    "ahead",
    [
        pytest.param(Ahead(nodes=3, needed=3, acts=False, sentence=""), id="a rule that only looks on"),
        pytest.param(Ahead(nodes=0, needed=0, acts=True, sentence=""), id="a rule that expects less"),
    ],
)
def test_what_is_expected_keeps_no_node_that_is_not_needed(ahead: Ahead) -> None:
    found = removable(situation(pool=replace(standing(EMPTY_NODES), ahead=ahead)))
    assert "expected" not in {veto.by for verdict in found for veto in verdict.vetoes}

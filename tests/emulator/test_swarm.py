"""The emulated Swarm: placement, delays, drains, rollouts and events, each at its own instant."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from lab.emulator.refused import Refused
from lab.emulator.things import State
from tests.emulator.given import Given

# --- placement ------------------------------------------------------------------------------------------------------


def test_replicas_are_spread_over_the_nodes() -> None:
    given = Given(workers=3)
    given.service("web", 8)
    assert given.places("web") == {f"node-{number}": 2 for number in (1, 2, 3, 4)}


def test_a_node_with_fewer_of_the_service_comes_before_one_that_is_emptier() -> None:
    given = Given(workers=1)
    given.service("web", 1, Placement={"Constraints": ["node.hostname == node-1"]})
    for number in range(3):
        given.service(f"other-{number}", 1, Placement={"Constraints": ["node.hostname == node-2"]})
    given.write("web", TaskTemplate=given.swarm.service("web").spec["TaskTemplate"] | {"Placement": {}})
    given.scale("web", 2)
    assert given.places("web") == {"node-1": 1, "node-2": 1}


def test_a_preference_spreads_over_the_values_of_a_label() -> None:
    given = Given(workers=3)
    for number, zone in ((1, "a"), (2, "a"), (3, "a"), (4, "b")):
        given.label(f"node-{number}", zone=zone)
    given.service("web", 4, Placement={"Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}]})
    assert given.places("web")["node-4"] == 2


@pytest.mark.parametrize(
    ("template", "words"),
    [
        pytest.param(
            {"Resources": {"Reservations": {"NanoCPUs": 5 * 10**9}}},
            "no suitable node (insufficient resources on 3 nodes; 1 node not available for new tasks)",
            id="too many cores",
        ),
        pytest.param(
            {"Resources": {"Reservations": {"MemoryBytes": 1 << 40}}},
            "no suitable node (insufficient resources on 3 nodes; 1 node not available for new tasks)",
            id="too much memory",
        ),
        pytest.param(
            {
                "Resources": {
                    "Reservations": {"GenericResources": [{"DiscreteResourceSpec": {"Kind": "gpu", "Value": 1}}]}
                }
            },
            "no suitable node (insufficient resources on 3 nodes; 1 node not available for new tasks)",
            id="a kind of resource that no node has",
        ),
        pytest.param(
            {"Placement": {"Constraints": ["node.labels.disk == ssd"]}},
            "no suitable node (scheduling constraints not satisfied on 3 nodes; 1 node not available for new tasks)",
            id="a label that no node has",
        ),
        pytest.param(
            {"Placement": {"Platforms": [{"Architecture": "arm64", "OS": "linux"}]}},
            "no suitable node (unsupported platform on 3 nodes; 1 node not available for new tasks)",
            id="another architecture",
        ),
        pytest.param(
            {"LogDriver": {"Name": "fluentd"}},
            "no suitable node (missing plugin on 3 nodes; 1 node not available for new tasks)",
            id="a log driver that no node has",
        ),
    ],
)
def test_what_fits_nowhere_waits_and_says_why_in_swarms_words(template: dict[str, Any], words: str) -> None:
    given = Given(workers=3)
    given.available("node-2", "pause")
    given.service("web", 1, **template)
    assert (given.states("web"), given.errors("web")) == ([State.PENDING], {words})


def test_no_more_than_allowed_are_on_one_node() -> None:
    given = Given(workers=1)
    given.service("web", 3, Placement={"MaxReplicas": 1})
    assert given.states("web").count(State.PENDING) == 1
    assert "no suitable node (max replicas per node limit exceed)" in given.errors("web")


def test_a_port_of_the_host_is_taken_once() -> None:
    given = Given(workers=1)
    given.create(
        {
            "Name": "web",
            "TaskTemplate": {},
            "Mode": {"Replicated": {"Replicas": 3}},
            "EndpointSpec": {"Ports": [{"PublishedPort": 80, "TargetPort": 80, "PublishMode": "host"}]},
        }
    )
    assert "no suitable node (host-mode port already in use on 2 nodes)" in given.errors("web")


def test_what_waits_for_room_comes_in_when_a_node_joins() -> None:
    given = Given(workers=0)
    given.service("web", 2, Resources={"Reservations": {"NanoCPUs": 3 * 10**9}})
    assert given.errors("web") == {"", "no suitable node (insufficient resources on 1 node)"}
    given.swarm.join("node-2", given.swarm.node("node-1").description)
    given.after(3)
    assert given.states("web") == [State.RUNNING, State.RUNNING]


def test_a_wrong_constraint_is_refused() -> None:
    with pytest.raises(Refused, match="constraint expected one operator from ==, !="):
        Given().service("web", 1, Placement={"Constraints": ["node.role is worker"]})


# --- life -----------------------------------------------------------------------------------------------------------


def test_a_replica_runs_when_its_container_has_started_and_not_before() -> None:
    given = Given()
    given.service("web")
    given.after(1.9)
    assert given.states("web") == [State.STARTING]
    given.after(0.1)
    assert given.states("web") == [State.RUNNING]


def test_a_container_that_stops_holds_its_room_until_it_has() -> None:
    given = Given(workers=0)
    room = {"Resources": {"Reservations": {"NanoCPUs": 3 * 10**9}}}
    given.service("web", 1, **room)
    given.after(3)
    given.scale("web", 0)
    given.service("next", 1, **room)
    assert given.states("next") == [State.PENDING]
    given.after(5)
    assert (given.states("next"), len(given.swarm.service("web").tasks)) == ([State.RUNNING], 0)


def test_the_node_with_most_of_a_service_loses_one_first() -> None:
    given = Given(workers=1)
    given.available("node-2", "pause")
    given.service("web", 3)
    given.after(3)
    given.available("node-2", "active")
    given.scale("web", 4)
    given.after(3)
    assert given.places("web") == {"node-1": 3, "node-2": 1}
    given.scale("web", 2)
    assert given.places("web") == {"node-1": 1, "node-2": 1}


def test_what_does_not_run_yet_goes_before_what_does() -> None:
    given = Given()
    given.service("web", 2)
    given.after(3)
    before = {task.id for task in given.tasks("web")}
    given.scale("web", 4)
    given.scale("web", 2)
    assert {task.id for task in given.tasks("web")} == before


def test_a_broken_image_is_tried_again_after_its_delay() -> None:
    given = Given()
    given.service("web", 1, ContainerSpec={"Image": "shop:broken"}, RestartPolicy={"Delay": 4 * 10**9})
    given.after(30)
    rejected = [task for task in given.swarm.service("web").tasks.values() if task.state is State.REJECTED]
    assert {task.err for task in rejected} == {"No such image: shop:broken"}
    assert len(given.swarm.service("web").tasks) <= 5


def test_a_job_ends_and_is_not_begun_again() -> None:
    given = Given()
    given.create(
        {"Name": "job", "TaskTemplate": {}, "Mode": {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 3}}}
    )
    given.after(60)
    assert [task.state for task in given.swarm.service("job").tasks.values()] == [State.COMPLETE] * 3


# --- nodes ----------------------------------------------------------------------------------------------------------


def test_a_drained_node_is_left_when_its_containers_have_stopped() -> None:
    given = Given(workers=1)
    given.service("web", 4)
    given.after(3)
    given.available("node-2", "drain")
    assert given.places("web") == {"node-1": 4}
    assert len(given.swarm.node("node-2").tasks) == 2
    given.after(5)
    assert (given.states("web"), len(given.swarm.node("node-2").tasks)) == ([State.RUNNING] * 4, 0)


def test_a_paused_node_keeps_what_it_has_and_takes_no_more() -> None:
    given = Given(workers=1)
    given.service("web", 2)
    given.available("node-2", "pause")
    given.scale("web", 6)
    assert given.places("web") == {"node-1": 5, "node-2": 1}


def test_a_lost_node_is_replaced_and_what_was_on_it_ends_when_it_is_back() -> None:
    given = Given(workers=1)
    given.service("web", 2, RestartPolicy={"Delay": 0})
    given.after(3)
    given.lose("node-2")
    given.after(3)
    assert (given.places("web"), given.states("web")) == ({"node-1": 2}, [State.RUNNING] * 2)
    assert len(given.swarm.node("node-2").tasks) == 1
    given.swarm.revive_node("node-2")
    given.after(3)
    assert not given.swarm.node("node-2").tasks


def test_a_global_service_is_on_every_node_that_may_have_it() -> None:
    given = Given(workers=2)
    given.create({"Name": "agent", "TaskTemplate": {}, "Mode": {"Global": {}}})
    assert sorted(given.places("agent")) == ["node-1", "node-2", "node-3"]
    given.available("node-2", "drain")
    given.swarm.join("node-4", given.swarm.node("node-1").description)
    given.after(5)
    assert sorted(given.places("agent")) == ["node-1", "node-3", "node-4"]


def test_a_node_is_removed_only_when_it_is_down_or_by_force() -> None:
    given = Given(workers=2)
    given.service("web", 3)
    with pytest.raises(Refused, match="is not down and can't be removed"):
        given.swarm.remove_node("node-2")
    with pytest.raises(Refused, match="must be demoted to worker before removal"):
        given.swarm.remove_node("node-1", force=True)
    given.swarm.remove_node("node-2", force=True)
    given.after(10)
    assert given.states("web") == [State.RUNNING] * 3
    assert "node-2" not in given.places("web")


# --- rollouts -------------------------------------------------------------------------------------------------------


def test_a_rollout_replaces_one_at_a_time_and_then_is_complete() -> None:
    given = Given()
    given.service("web", 3)
    given.after(3)
    given.image("web", "shop:2", Parallelism=1, Monitor=10**9)
    assert given.rollout("web") == "updating"
    fewest = 3
    for _ in range(60):
        given.after(0.5)
        fewest = min(fewest, sum(given.images("web").values()))
    assert (fewest, given.images("web"), given.rollout("web")) == (2, {"shop:2": 3}, "completed")


def test_the_new_one_runs_before_the_old_one_goes_where_that_was_asked_for() -> None:
    given = Given()
    given.service("web", 2)
    given.after(3)
    given.image("web", "shop:2", Parallelism=1, Order="start-first", Monitor=10**9)
    fewest = 2
    for _ in range(40):
        given.after(0.5)
        fewest = min(fewest, sum(given.images("web").values()))
    assert (fewest, given.images("web"), given.rollout("web")) == (2, {"shop:2": 2}, "completed")


def test_a_rollout_that_fails_is_paused_where_it_stands() -> None:
    given = Given()
    given.service("web", 3)
    given.after(3)
    given.image("web", "shop:broken", Parallelism=1)
    given.after(30)
    assert (given.rollout("web"), given.images("web")) == ("paused", {"shop:1": 2})


def test_a_rollout_that_fails_is_rolled_back_where_that_was_asked_for() -> None:
    given = Given()
    given.service("web", 3)
    given.after(3)
    given.image("web", "shop:broken", Parallelism=1, FailureAction="rollback")
    given.after(60)
    assert (given.rollout("web"), given.images("web")) == ("rollback_completed", {"shop:1": 3})


def test_another_count_replaces_nothing_and_is_no_rollout() -> None:
    given = Given()
    given.service("web", 2)
    given.after(3)
    before = {task.id for task in given.tasks("web")}
    given.scale("web", 4)
    given.after(3)
    assert before < {task.id for task in given.tasks("web")}
    assert given.swarm.service("web").update_status is None


def test_a_rollback_by_hand_returns_to_the_spec_of_before() -> None:
    given = Given()
    given.service("web", 2)
    given.image("web", "shop:2")
    given.after(60)
    given.swarm.roll_back("web", given.swarm.service("web").version)
    given.after(60)
    assert (given.images("web"), given.rollout("web")) == ({"shop:1": 2}, "rollback_completed")


# --- versions and events --------------------------------------------------------------------------------------------


def test_a_version_serves_for_one_write() -> None:
    given = Given()
    given.service("web")
    service = given.swarm.service("web")
    version = service.version
    given.swarm.write_service("web", version, service.spec)
    with pytest.raises(Refused, match="update out of sequence"):
        given.swarm.write_service("web", version, service.spec)


def test_what_happens_is_told_in_its_order() -> None:
    given = Given(workers=0)
    told = given.swarm.events.count
    given.service("web", 1)
    given.scale("web", 3)
    given.available("node-1", "drain")
    given.swarm.remove_service("web")
    assert [(event.kind, event.action, dict(event.attributes)) for event in given.swarm.events.after(told)] == [
        ("service", "create", {"name": "web"}),
        ("service", "update", {"name": "web", "replicas.old": "1", "replicas.new": "3"}),
        ("node", "update", {"name": "node-1", "availability.old": "active", "availability.new": "drain"}),
        ("service", "remove", {"name": "web"}),
    ]


def test_time_does_not_run_backwards() -> None:
    given = Given()
    given.swarm.advance(given.now + timedelta(hours=1))
    given.swarm.advance(given.now)
    assert given.swarm.now == given.now + timedelta(hours=1)


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("scale"), st.integers(0, 9)),
        st.tuples(st.sampled_from(["active", "pause", "drain", "lose", "revive"]), st.integers(1, 4)),
        st.tuples(st.just("image"), st.integers(1, 3)),
        st.tuples(st.just("after"), st.integers(0, 20)),
    ),
    max_size=25,
)


@settings(deadline=None)
@for_all(acts=_ACTS)
def test_whatever_is_done_ends_as_asked_for_and_nothing_is_counted_twice(acts: list[tuple[str, int]]) -> None:
    given = Given(workers=3)
    given.service("web", 3, Resources={"Reservations": {"NanoCPUs": 10**9}})
    for act, number in acts:
        if act == "scale":
            given.scale("web", number)
        elif act == "image":
            given.image("web", f"shop:{number}")
        elif act == "after":
            given.after(number)
        elif act == "lose":
            given.lose(f"node-{number}")
        elif act == "revive":
            given.swarm.revive_node(f"node-{number}")
        else:
            given.available(f"node-{number}", act)
    for number in range(1, 5):
        given.swarm.revive_node(f"node-{number}")
        given.available(f"node-{number}", "active")
    wanted = given.swarm.service("web").replicas
    # What had no node when the service was written over stays pending for ever, as in a real Swarm.
    for replicas in (0, wanted):
        given.scale("web", replicas)
        given.after(600)
    assert given.states("web") == [State.RUNNING] * wanted
    assert sum(node.active_total for node in given.swarm.nodes) == wanted
    assert sum(node.used_nano_cpus for node in given.swarm.nodes) == wanted * 10**9

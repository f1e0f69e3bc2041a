"""A node is emptied: what is refused, what is written down, and what becomes of its machine."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.cluster import Availability, Resources, ServiceMode, TaskState, UpdateState
from skep.core.machines import MachineState
from skep.core.record import EntryKind, node_name
from skep.core.requirements import Mount, MountKind, Requirements
from skep.core.saga import DrainPhase, Fate, Move, drain_of
from skep.errors import Temporary
from skep.operations.drain import (
    DrainOutcome,
    DrainRules,
    DrainVerdict,
    GivenDrain,
    begin_drain,
    drain_step,
    foresee_drain,
    undrain,
)
from skep.operations.node_status import node_status
from skep.operations.reconcile import due_drains
from skep.ports import NodeProvider
from tests.builders import NO_ROOM
from tests.fakes.node_provider import FakeNodeProvider
from tests.operations.conftest import LABELS, TIME_LIMIT, Practice

NODE, NODE_ID = "node-2", "node-2-id"
GIVEN = GivenDrain(node=NODE, actor="ada@desk", reason="new kernel", deadline=timedelta(minutes=15), task_id="t1")


@pytest.fixture
def practice(practice: Practice) -> Practice:
    """Web's two replicas are on the node that is to be emptied; another node is there beside the manager."""
    practice.swarm.add_node(NODE, labels={"skep.pool": "workers"})
    practice.swarm.add_node("node-3")
    place(practice, "web")
    return practice


def place(practice: Practice, name: str, hostname: str = NODE) -> None:
    for task in practice.swarm.tasks(name):
        practice.swarm.set_task(name, task, node_id=f"{hostname}-id")


def rules(provider: NodeProvider | None = None) -> DrainRules:
    return DrainRules(defaults=LabelDefaults(), time_limit=TIME_LIMIT, provider_of=lambda _pool: provider)


def begin(practice: Practice, given: GivenDrain = GIVEN) -> DrainOutcome:
    return begin_drain(practice.world, given, rules())


def step(practice: Practice, provider: NodeProvider | None = None) -> str:
    return drain_step(practice.world, NODE_ID, rules(provider)).sentence


def test_it_is_told_step_by_step(practice: Practice) -> None:
    outcomes = [begin(practice).sentence, step(practice), step(practice), step(practice)]
    place(practice, "web", "node-3")  # what Swarm does
    outcomes += [step(practice), step(practice), step(practice)]
    assert outcomes == [
        "node-2 cordoned to be drained: new kernel",
        "node-2 surge recorded for 1 service",
        "node-2 surge posted: web 2 → 4",
        "node-2 drains",
        "node-2 surge taken back: web 4 → 2",
        "node-2 drained",
        "node-2 nothing left to be done",
    ]


def test_the_count_is_not_lowered_while_fewer_than_the_goal_run(practice: Practice) -> None:
    """Swarm never started those that were left over without a node, whatever room there was afterwards."""
    begin(practice)
    for _ in range(3):
        step(practice)
    for task in practice.swarm.tasks("web"):  # as when the only other node is lost
        practice.swarm.set_task("web", task, node_id=None, state=TaskState.PENDING, error=NO_ROOM)
    assert step(practice) == "node-2 waits: 0 of 2 replicas of web run, the others find no room"
    for task in practice.swarm.tasks("web")[:2]:
        practice.swarm.set_task("web", task, node_id="node-3-id", state=TaskState.RUNNING, error="")
    assert step(practice) == "node-2 surge taken back: web 4 → 2"


def test_a_person_who_sets_the_very_count_that_a_surge_has_made_keeps_it(practice: Practice) -> None:
    begin(practice)
    assert [step(practice), step(practice)] == ["node-2 surge recorded for 1 service", "node-2 surge posted: web 2 → 4"]
    practice.swarm.change("web", replicas=4)  # docker service scale web=4
    undrain(practice.world, NODE, rules(), actor="ben", reason="")
    told = [step(practice) for _ in range(3)]
    assert told[-1] == "node-2 nothing left to be done"
    assert practice.replicas == 4


def test_a_node_is_emptied_all_the_same_after_a_person_has_set_the_count_that_its_surge_has_made(
    practice: Practice,
) -> None:
    begin(practice)
    step(practice)
    step(practice)
    practice.swarm.change("web", replicas=4)
    assert [step(practice), step(practice)] == ["node-2 surge recorded for 1 service", "node-2 surge posted: web 4 → 6"]


def test_an_order_for_what_an_unposted_surge_makes_of_it_is_not_taken_for_a_confirmation(
    practice: Practice, grow: ScaleOrder
) -> None:
    """Four wanted, two of them for the surge: that is the count already."""
    practice.swarm.change("web", replicas=4)
    place(practice, "web")
    for task in practice.swarm.tasks("web")[2:]:
        practice.swarm.set_task("web", task, node_id="node-3-id")
    begin(practice)
    assert step(practice) == "node-2 surge recorded for 1 service"
    practice.scale(replace(grow, replicas=2, seen_replicas=4))
    undrain(practice.world, NODE, rules(), actor="ben", reason="")
    assert step(practice) == "node-2 surge taken back: web 4 → 2"


def test_a_count_ordered_just_before_a_surge_is_recorded_is_not_taken_for_that_surge(
    practice: Practice, grow: ScaleOrder
) -> None:
    """The step was worked out for two replicas; four of them are then ordered, as many as those and their surge."""
    begin(practice)
    practice.locks.just_before("service:web-id", lambda: practice.scale(replace(grow, replicas=4)))
    assert step(practice) == "node-2 skipped: others are changing it"
    place(practice, "web", "node-3")
    assert [step(practice) for _ in range(3)] == ["node-2 drains", "node-2 drained", "node-2 nothing left to be done"]
    assert practice.replicas == 4


def test_a_count_ordered_just_before_a_surge_that_was_never_posted_is_taken_off_is_not_taken_for_the_goal(
    practice: Practice, grow: ScaleOrder
) -> None:
    """What is posted for four replicas has the surge of two in it, as it stands on the node at that moment."""
    begin(practice)
    step(practice)
    undrain(practice.world, NODE, rules(), actor="ben", reason="")
    practice.locks.just_before("service:web-id", lambda: practice.scale(replace(grow, replicas=4)))
    assert [step(practice), step(practice)] == [
        "node-2 skipped: others are changing it",
        "node-2 surge taken back: web 6 → 4",
    ]


def test_every_step_is_in_the_journal_under_the_name_of_the_node(practice: Practice) -> None:
    begin(practice)
    step(practice)
    entries = practice.journal.read(service=node_name(NODE))
    assert [(e.kind, e.node_id, e.node_name, e.actor) for e in entries] == [
        (EntryKind.NODE, NODE_ID, NODE, "ada@desk")
    ] * 2
    assert entries[-1].task_id == "t1"


def test_an_order_given_twice_is_given_once(practice: Practice) -> None:
    begin(practice)
    labels = practice.swarm.node(NODE).labels
    assert begin(practice).verdict is DrainVerdict.ALREADY
    assert practice.swarm.node(NODE).labels == labels


def test_a_drain_that_waited_for_another_does_not_undo_that_its_node_was_taken_back(practice: Practice) -> None:
    with practice.locks.hold("cluster:drain", ttl=TIME_LIMIT), pytest.raises(Temporary):
        begin(practice)
    undrain(practice.world, NODE, rules(), actor="ben@desk", reason="", task_id="later")

    outcome = begin(practice)

    assert outcome.verdict is DrainVerdict.REFUSED
    assert outcome.sentence == "node-2 refused: a later order of ben@desk has been carried out"
    assert practice.journal.entries[-1].sentence == outcome.sentence
    assert practice.swarm.node(NODE).availability is Availability.ACTIVE


def test_taking_a_node_back_that_waited_does_not_undo_a_later_drain(practice: Practice) -> None:
    with practice.locks.hold("cluster:drain", ttl=TIME_LIMIT), pytest.raises(Temporary):
        undrain(practice.world, NODE, rules(), actor="ben@desk", reason="", task_id="earlier")
    begin(practice)

    outcome = undrain(practice.world, NODE, rules(), actor="ben@desk", reason="", task_id="earlier")

    assert outcome.sentence == "node-2 refused: a later order of ada@desk has been carried out"
    drain = drain_of(practice.swarm.node(NODE))
    assert drain is not None
    assert drain.phase is DrainPhase.DRAINING


def test_other_labels_of_the_node_stay(practice: Practice) -> None:
    begin(practice)
    undrain(practice.world, NODE, rules(), actor="ben", reason="")
    assert step(practice) == "node-2 returned to service"
    assert practice.swarm.node(NODE).labels == (("skep.pool", "workers"),)


def test_what_moves_is_foreseen(practice: Practice) -> None:
    practice.swarm.add("db", replicas=1)
    practice.swarm.add("agent", mode=ServiceMode.GLOBAL)
    for name in ("db", "agent"):
        place(practice, name)
    forecast = foresee_drain(practice.world, NODE, rules())
    assert forecast is not None
    assert forecast.moves == (
        Move(service_id="agent-id", service_name="agent", replicas=3, fate=Fate.ENDED),
        Move(service_id="db-id", service_name="db", replicas=1, fate=Fate.INTERRUPTED),
        Move(service_id="web-id", service_name="web", replicas=2, fate=Fate.SURGED),
    )
    assert [veto.sentence for veto in forecast.vetoes] == [
        "db would be interrupted: it may not be surged (its label skep.surge)"
    ]
    assert foresee_drain(practice.world, "nobody", rules()) is None


@pytest.mark.parametrize(
    ("labels", "is_refused"),
    [
        ({}, True),
        ({"skep.surge": "true"}, False),
        ({"skep.surge": "perhaps"}, True),
        ({"skep.surge": "true", "skep.protect": "true"}, True),
        ({"skep.surge": "true", "skep.protect": "for ever"}, True),
        ({"skep.surge": "true", "skep.protect": "false"}, False),
        ({**LABELS, "skep.surge": "false"}, True),
        ({**LABELS, "skep.protect": "true"}, True),
        ({**LABELS, "skep.protect": "until=2020-01-01T00:00Z"}, False),
    ],
    ids=[
        "unknown to skep",
        "told to surge",
        "told nonsense",
        "told to surge, and protected",
        "told to surge, and protected in words nobody can read",
        "told to surge, and not protected",
        "enabled, not to surge",
        "protected",
        "no longer",
    ],
)
def test_what_would_be_interrupted_needs_a_word(practice: Practice, labels: dict[str, str], is_refused: bool) -> None:
    practice.swarm.add("db", replicas=1, labels=labels)
    place(practice, "db")
    outcome = begin(practice)
    assert (outcome.verdict is DrainVerdict.REFUSED) is is_refused
    assert ("(--allow-interruption insists)" in outcome.sentence) is is_refused
    assert begin(practice, replace(GIVEN, allows_interruption=True)).verdict is not DrainVerdict.REFUSED


@pytest.mark.parametrize(
    ("labels", "is_refused"),
    [
        pytest.param(LABELS, True, id="in a volume of the node's own"),
        pytest.param({**LABELS, "skep.shared-data": "true"}, False, id="on a file system that all share"),
    ],
)
def test_data_is_left_behind_only_by_a_word(practice: Practice, labels: dict[str, str], is_refused: bool) -> None:
    practice.swarm.add("db", replicas=1, labels=labels)
    data = Mount(kind=MountKind.VOLUME, source="db-data", target="/data")
    practice.swarm.change("db", requirements=Requirements(mounts=(data,)))
    place(practice, "db")
    outcome = begin(practice)
    assert (outcome.verdict is DrainVerdict.REFUSED) is is_refused
    assert ("db has data here, in db-data, which would be left behind" in outcome.sentence) is is_refused
    assert begin(practice, replace(GIVEN, allows_interruption=True)).verdict is not DrainVerdict.REFUSED


@pytest.mark.parametrize(
    ("given", "labels", "minutes"),
    [
        pytest.param(GIVEN, {"skep.pool": "workers"}, 15, id="said in the order"),
        pytest.param(replace(GIVEN, deadline=None), {"skep.pool": "workers"}, 40, id="said of the pool"),
        pytest.param(replace(GIVEN, deadline=None), {"skep.pool": "others"}, 15, id="a pool of which nothing is said"),
        pytest.param(replace(GIVEN, deadline=None), {}, 15, id="no pool"),
    ],
)
def test_a_drain_is_given_up_after_what_was_said_last(
    practice: Practice, given: GivenDrain, labels: dict[str, str], minutes: int
) -> None:
    practice.swarm.change_node(NODE, labels=tuple(labels.items()))
    asked = replace(rules(), deadline_of={"workers": timedelta(minutes=40)}.get)
    begin_drain(practice.world, given, asked)
    drain = drain_of(practice.swarm.node(NODE))
    assert drain is not None
    assert drain.deadline - drain.since == timedelta(minutes=minutes)


def test_a_manager_may_be_drained_and_never_removed(practice: Practice) -> None:
    removed = replace(GIVEN, node="node-1", removes=True, allows_interruption=True)
    assert "node-1 is a manager" in begin(practice, removed).sentence
    assert begin(practice, replace(removed, removes=False)).verdict is DrainVerdict.DRAINING


def test_the_last_node_is_not_drained(practice: Practice) -> None:
    for hostname in ("node-1", "node-3"):
        practice.swarm.change_node(hostname, availability=Availability.DRAIN)
    assert begin(practice).sentence == "node-2 refused: no other node is ready to take its swarm tasks"


def test_a_failed_rollout_is_not_touched(practice: Practice) -> None:
    practice.swarm.change("web", update_state=UpdateState.PAUSED)
    assert begin(practice).sentence == "node-2 refused: the rollout of web is paused"


def test_a_rollout_that_could_be_rolled_back_is_waited_for(practice: Practice) -> None:
    practice.swarm.change("web", update_state=UpdateState.UPDATING, rolls_back_on_failure=True)
    begin(practice)
    step(practice)
    assert step(practice) == "node-2 waits: web is in a rollout"
    practice.swarm.change("web", update_state=UpdateState.COMPLETED)
    assert step(practice) == "node-2 surge posted: web 2 → 4"


def test_a_node_that_somebody_makes_active_is_given_back(practice: Practice) -> None:
    begin(practice)
    practice.swarm.change_node(NODE, availability=Availability.ACTIVE)
    assert step(practice) == "node-2 active again, its drain is given up: somebody has made it active again"


def test_a_node_that_is_lost_in_mid_drain_is_not_waited_for(practice: Practice) -> None:
    begin(practice)
    step(practice)
    practice.swarm.change_node(NODE, is_ready=False)
    assert step(practice) == "node-2 drains"


def test_a_service_that_is_removed_in_mid_drain_leaves_no_record(practice: Practice) -> None:
    begin(practice)
    step(practice)
    practice.swarm.remove("web")
    assert [step(practice), step(practice)] == ["node-2 drains", "node-2 surge taken back"]
    drain = drain_of(practice.swarm.node(NODE))
    assert drain is not None
    assert drain.surges == ()


def test_the_last_container_is_waited_for(practice: Practice) -> None:
    practice.swarm.remove("web")
    begin(practice)
    step(practice)
    practice.swarm.ending[NODE_ID] = 1
    assert step(practice) == "node-2 waits: its last container is ending"
    practice.swarm.ending.clear()
    assert step(practice) == "node-2 drained"


def test_two_drains_take_their_steps_one_after_the_other(practice: Practice) -> None:
    with practice.locks.hold("cluster:drain", ttl=TIME_LIMIT):
        assert step(practice) == "node-2 skipped: another drain takes a step"
        with pytest.raises(Temporary):
            begin(practice)


def test_reconcile_finds_what_is_due_and_nothing_else(practice: Practice) -> None:
    assert due_drains(practice.world, rules()) == ()
    begin(practice)
    assert [node.hostname for node in due_drains(practice.world, rules())] == [NODE]
    practice.swarm.new_tasks = practice.swarm.new_tasks.PREPARING
    step(practice)
    step(practice)
    assert due_drains(practice.world, rules()) == ()


def test_the_evaluation_sees_the_goal(practice: Practice) -> None:
    practice.load(80)
    practice.evaluate_and_act()
    begin(practice)
    step(practice)
    step(practice)
    assert practice.replicas == 4
    assert practice.evaluate() == ()
    assert practice.memory.decisions(["web-id"])["web-id"].replicas == 2
    practice.load(140)
    practice.evaluate_and_act()
    assert practice.replicas == 5
    assert practice.memory.decisions(["web-id"])["web-id"].goal == 3
    assert not any(entry.kind is EntryKind.OUTSIDE for entry in practice.journal.entries)


# --- the machine ----------------------------------------------------------------------------------------------------


@pytest.fixture
def provider() -> FakeNodeProvider:
    """One machine, which is the node."""
    made = FakeNodeProvider()
    made.increase(1, request_id="r1")
    made.start()
    return made


def drained(practice: Practice, provider: FakeNodeProvider) -> None:
    practice.swarm.change_node(NODE, address="10.1.0.1")
    practice.swarm.remove("web")
    begin(practice, replace(GIVEN, removes=True))
    for _ in range(2):
        step(practice, provider)


def test_the_machine_goes_first_and_the_node_after_it(practice: Practice, provider: FakeNodeProvider) -> None:
    drained(practice, provider)
    assert [step(practice, provider), step(practice, provider), step(practice, provider)] == [
        "node-2 machine machine-1 deleted",
        "node-2 removed from the Swarm",
        "node-2-id refused: no such node",
    ]
    assert provider.describe().machines == ()


def test_a_machine_that_is_ending_is_waited_for(practice: Practice, provider: FakeNodeProvider) -> None:
    drained(practice, provider)
    provider.change("machine-1", MachineState.STOPPING)
    assert step(practice, provider) == "node-2 waits: its machine is ending"


def test_a_node_whose_provider_keeps_its_machine_is_given_back(practice: Practice, provider: FakeNodeProvider) -> None:
    provider.minimum = 1
    drained(practice, provider)
    step(practice, provider)
    assert practice.swarm.node(NODE).availability is Availability.ACTIVE
    assert "its provider keeps its machine: 1 machines are the minimum" in practice.journal.entries[-1].sentence


def test_a_node_of_no_provider_is_taken_out_of_the_swarm(practice: Practice) -> None:
    practice.swarm.remove("web")
    begin(practice, replace(GIVEN, removes=True))
    assert [step(practice), step(practice), step(practice)][-1] == "node-2 removed from the Swarm"


# --- the answer -----------------------------------------------------------------------------------------------------


def test_how_nodes_stand(practice: Practice) -> None:
    practice.swarm.change("web", reservations=Resources(cpu_cores=0.5, memory_bytes=1 << 30))
    practice.swarm.new_tasks = practice.swarm.new_tasks.PREPARING
    begin(practice)
    step(practice)
    step(practice)
    node = next(node for node in node_status(practice.world, rules()) if node.hostname == NODE)
    assert (node.pool, node.swarm_tasks, node.reserved) == (
        "workers",
        2,
        Resources(cpu_cores=1.0, memory_bytes=2 << 30),
    )
    assert node.drain is not None
    assert (node.drain.phase, node.drain.actor, node.drain.surge) == ("draining", "ada@desk", 2)
    assert node.drain.waits_for == "0 of 2 replicas of web run elsewhere"

"""An order is looked at again under its lock, carried out once, and recorded once, wherever a worker dies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.action import RefusalReason, ScaleOrder
from skep.core.cluster import UpdateState
from skep.core.decision import ScaleEvent
from skep.core.record import EntryKind
from skep.errors import Temporary
from skep.operations.reconcile import reconcile
from skep.operations.scale import ScaleVerdict
from skep.ports import OutOfSequence, ServiceHandle
from tests.adapters.examples import recommended
from tests.operations.conftest import TIME_LIMIT, Practice

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def by_hand(grow: ScaleOrder) -> ScaleOrder:
    return replace(grow, replicas=4, seen_replicas=None, evaluation=None, actor="ana@desk", reason="launch")


def test_an_order_changes_the_count_and_tells_the_journal(practice: Practice, grow: ScaleOrder) -> None:
    outcome = practice.scale(grow)
    assert outcome.verdict is ScaleVerdict.SCALED
    assert outcome.sentence == "web 2 → 5: requests 240/s on 2 replicas, target 50/s each"
    assert practice.swarm.writes == [("web", 5)]
    (entry,) = practice.journal.entries
    assert (entry.kind, entry.replicas_before, entry.replicas_after, entry.task_id) == (
        EntryKind.CHANGED,
        2,
        5,
        "t1",
    )


def test_the_journal_holds_the_whole_decision(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate_and_act()
    changed = practice.journal.entries[-1]
    assert changed.decision is not None
    assert changed.decision.proposals[0].formula == "240/s / 50/s = 4.80"


def test_twice_is_once(practice: Practice, grow: ScaleOrder) -> None:
    practice.scale(grow)
    outcome = practice.scale(grow)
    assert outcome.verdict is ScaleVerdict.ALREADY
    assert len(practice.swarm.writes) == len(practice.journal.entries) == 1


def test_what_was_done_counts_for_rates_and_cooldowns(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate_and_act()
    (event,) = practice.memory.histories(["web-id"])["web-id"].events
    assert event == ScaleEvent(at=practice.clock.now(), change=3)


def test_a_stale_order_is_dropped_and_said_so(practice: Practice, grow: ScaleOrder) -> None:
    practice.swarm.change("web", replicas=3)
    outcome = practice.scale(grow)
    assert outcome.refusal is RefusalReason.STALE
    assert practice.swarm.writes == []
    assert practice.journal.entries[-1].sentence == "web dropped: decided on 2, is 3 now"


def test_a_service_that_is_gone_is_refused(practice: Practice, grow: ScaleOrder) -> None:
    practice.swarm.remove("web")
    assert practice.scale(grow).refusal is RefusalReason.GONE


def test_a_paused_rollout_is_not_resumed_by_anyone(practice: Practice, by_hand: ScaleOrder) -> None:
    practice.swarm.change("web", update_state=UpdateState.PAUSED)
    assert practice.scale(by_hand).refusal is RefusalReason.ROLLOUT


def test_a_persons_order_holds_before_it_is_posted(practice: Practice, by_hand: ScaleOrder) -> None:
    held_when_posted = []
    post = practice.swarm.set_replicas

    def look_and_post(handle: ServiceHandle, replicas: int) -> None:
        held_when_posted.append("web-id" in practice.memory.holds(["web-id"]))
        post(handle, replicas)

    practice.swarm.set_replicas = look_and_post  # type: ignore[method-assign]
    practice.scale(by_hand, hold_for=HALF_AN_HOUR)
    assert held_when_posted == [True]
    hold = practice.memory.holds(["web-id"])["web-id"]
    assert (hold.replicas, hold.until, hold.actor) == (4, practice.clock.now() + HALF_AN_HOUR, "ana@desk")


def test_skeps_own_order_never_holds(practice: Practice, grow: ScaleOrder) -> None:
    practice.scale(grow, hold_for=HALF_AN_HOUR)
    assert practice.memory.holds(["web-id"]) == {}


def test_an_order_without_a_hold_ends_the_one_before(practice: Practice, by_hand: ScaleOrder) -> None:
    practice.scale(by_hand, hold_for=HALF_AN_HOUR)
    practice.scale(replace(by_hand, replicas=3))
    assert practice.memory.holds(["web-id"]) == {}


def test_a_refused_order_leaves_no_hold(practice: Practice, by_hand: ScaleOrder) -> None:
    practice.scale(replace(by_hand, replicas=99), hold_for=HALF_AN_HOUR)
    assert practice.memory.holds(["web-id"]) == {}


def test_a_busy_service_is_left_to_the_next_evaluation(practice: Practice, grow: ScaleOrder) -> None:
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT):
        assert practice.scale(grow).refusal is RefusalReason.BUSY


def test_a_person_waits_for_a_busy_service(practice: Practice, by_hand: ScaleOrder) -> None:
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT), pytest.raises(Temporary):
        practice.scale(by_hand)


def test_a_conflict_reads_and_checks_again(practice: Practice, grow: ScaleOrder) -> None:
    somebody = iter(["relabels"])
    post = practice.swarm.set_replicas

    def interrupted(handle: ServiceHandle, replicas: int) -> None:
        for _ in somebody:
            practice.swarm.label("web", {"note": "changed meanwhile"})
        post(handle, replicas)

    practice.swarm.set_replicas = interrupted  # type: ignore[method-assign]
    assert practice.scale(grow).verdict is ScaleVerdict.SCALED
    assert ("note", "changed meanwhile") in practice.swarm.service("web").labels


def test_a_conflict_never_overwrites_what_somebody_else_decided(practice: Practice, grow: ScaleOrder) -> None:
    post = practice.swarm.set_replicas

    def interrupted(handle: ServiceHandle, replicas: int) -> None:
        practice.swarm.change("web", replicas=9)
        post(handle, replicas)

    practice.swarm.set_replicas = interrupted  # type: ignore[method-assign]
    assert practice.scale(grow).refusal is RefusalReason.STALE
    assert practice.replicas == 9


def test_endless_conflicts_end_after_three_tries(practice: Practice, grow: ScaleOrder) -> None:
    tries = []

    def refuse(handle: ServiceHandle, replicas: int) -> None:
        tries.append((handle, replicas))
        raise OutOfSequence("update out of sequence")

    practice.swarm.set_replicas = refuse  # type: ignore[method-assign]
    with pytest.raises(Temporary, match="changed by others 3 times"):
        practice.scale(grow)
    assert len(tries) == 3
    assert practice.memory.pending() == {}


class Killed(BaseException):
    """The worker is gone at this very point."""


@pytest.mark.parametrize("is_posted", [True, False], ids=["after the post", "before the post"])
def test_a_worker_killed_around_the_post_is_finished_by_another(
    practice: Practice, grow: ScaleOrder, *, is_posted: bool
) -> None:
    post = practice.swarm.set_replicas

    def post_and_die(handle: ServiceHandle, replicas: int) -> None:
        if is_posted:
            post(handle, replicas)
        raise Killed

    practice.swarm.set_replicas = post_and_die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        practice.scale(grow)
    assert practice.journal.entries == []
    practice.swarm.set_replicas = post  # type: ignore[method-assign]
    practice.clock.advance(TIME_LIMIT + timedelta(seconds=10))
    (again,) = reconcile(practice.world, time_limit=TIME_LIMIT)
    assert practice.scale(again.order).verdict is ScaleVerdict.SCALED
    assert practice.swarm.writes == [("web", 5)]
    assert [entry.sentence for entry in practice.journal.entries] == [f"web 2 → 5: {grow.reason}"]
    assert reconcile(practice.world, time_limit=TIME_LIMIT) == ()


@pytest.mark.parametrize(
    "last_done",
    [
        pytest.param(lambda practice: (practice.journal, "append_once"), id="after the entry"),
        pytest.param(lambda practice: (practice.memory, "add_event"), id="after the event"),
        pytest.param(lambda practice: (practice.memory, "finish"), id="after the note is taken away"),
    ],
)
def test_a_change_is_recorded_once_wherever_its_worker_dies_while_recording(
    practice: Practice, grow: ScaleOrder, last_done: Callable[[Practice], tuple[object, str]]
) -> None:
    practice.memory.remember(recommendations={"web-id": recommended(5)}, decisions=[])
    whose, what = last_done(practice)
    write = getattr(whose, what)

    def write_and_die(*values: object, **more: object) -> None:
        write(*values, **more)
        raise Killed

    setattr(whose, what, write_and_die)
    with pytest.raises(Killed):
        practice.scale(grow)
    setattr(whose, what, write)
    practice.clock.advance(TIME_LIMIT + timedelta(seconds=10))
    for again in reconcile(practice.world, time_limit=TIME_LIMIT):
        practice.scale(again.order)
    practice.scale(grow)  # its message is handed out again
    assert [entry.sentence for entry in practice.journal.entries] == [f"web 2 → 5: {grow.reason}"]
    assert [event.change for event in practice.memory.histories(["web-id"])["web-id"].events] == [3]
    assert practice.memory.pending() == {}


def test_an_order_still_under_way_is_not_picked_up(practice: Practice, grow: ScaleOrder) -> None:
    def die(handle: ServiceHandle, replicas: int) -> None:
        raise Killed(handle, replicas)

    practice.swarm.set_replicas = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        practice.scale(grow)
    assert reconcile(practice.world, time_limit=TIME_LIMIT) == ()


def test_an_order_that_went_stale_while_its_worker_was_dead_is_given_up(practice: Practice, grow: ScaleOrder) -> None:
    def die(handle: ServiceHandle, replicas: int) -> None:
        raise Killed(handle, replicas)

    post = practice.swarm.set_replicas
    practice.swarm.set_replicas = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        practice.scale(grow)
    practice.swarm.set_replicas = post  # type: ignore[method-assign]
    practice.swarm.change("web", replicas=3)
    practice.clock.advance(TIME_LIMIT + timedelta(seconds=10))
    (again,) = reconcile(practice.world, time_limit=TIME_LIMIT)
    assert practice.scale(again.order).refusal is RefusalReason.STALE
    assert reconcile(practice.world, time_limit=TIME_LIMIT) == ()


def test_the_change_of_a_killed_worker_is_recorded_before_the_next_one(practice: Practice, grow: ScaleOrder) -> None:
    post = practice.swarm.set_replicas

    def post_and_die(handle: ServiceHandle, replicas: int) -> None:
        post(handle, replicas)
        raise Killed

    practice.swarm.set_replicas = post_and_die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        practice.scale(grow)
    practice.swarm.set_replicas = post  # type: ignore[method-assign]
    practice.clock.advance(TIME_LIMIT + timedelta(seconds=10))
    practice.scale(replace(grow, replicas=7, seen_replicas=5, evaluation=8, reason="more"), task_id="t2")
    assert [(entry.task_id, entry.replicas_before, entry.replicas_after) for entry in practice.journal.entries] == [
        ("t1", 2, 5),
        ("t2", 5, 7),
    ]


def test_an_order_that_another_worker_recorded_is_not_carried_out_again_after_newer_ones(
    practice: Practice, by_hand: ScaleOrder
) -> None:
    """Its own worker lost the memory from sight right after the post, and its message is tried again."""
    older, newer = replace(by_hand, replicas=6), replace(by_hand, replicas=3)
    post = practice.swarm.set_replicas

    def post_and_lose_sight(handle: ServiceHandle, replicas: int) -> None:
        post(handle, replicas)
        practice.memory.break_down()

    practice.swarm.set_replicas = post_and_lose_sight  # type: ignore[method-assign]
    with pytest.raises(Temporary):
        practice.scale(older, task_id="older")
    practice.swarm.set_replicas = post  # type: ignore[method-assign]
    practice.memory.come_back()
    practice.clock.advance(TIME_LIMIT + timedelta(seconds=10))
    practice.scale(newer, task_id="newer")
    again = practice.scale(older, task_id="older")
    assert (again.verdict, again.sentence) == (ScaleVerdict.ALREADY, "web already brought to 6 by this order")
    assert [(entry.task_id, entry.replicas_after) for entry in practice.journal.entries if entry.replicas_after] == [
        ("older", 6),
        ("newer", 3),
    ]
    assert practice.replicas == 3


def test_an_order_that_waited_for_a_busy_service_does_not_undo_a_later_one(
    practice: Practice, by_hand: ScaleOrder
) -> None:
    later = replace(by_hand, replicas=3, actor="ben@desk")
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT), pytest.raises(Temporary):
        practice.scale(by_hand, hold_for=HALF_AN_HOUR)
    practice.scale(later)

    outcome = practice.scale(by_hand, hold_for=HALF_AN_HOUR)

    assert (outcome.verdict, outcome.refusal) == (ScaleVerdict.REFUSED, RefusalReason.OVERTAKEN)
    assert outcome.sentence == "web=4 refused: a later order of ben@desk has been carried out"
    assert practice.journal.entries[-1].sentence == outcome.sentence
    assert (practice.replicas, practice.memory.holds(["web-id"])) == (3, {})


def test_an_order_that_found_the_swarm_out_of_reach_does_not_undo_a_later_one(
    practice: Practice, by_hand: ScaleOrder
) -> None:
    practice.swarm.break_down()
    with pytest.raises(Temporary):
        practice.scale(by_hand)
    practice.swarm.come_back()
    practice.scale(replace(by_hand, replicas=3))
    assert practice.scale(by_hand).refusal is RefusalReason.OVERTAKEN


def test_two_orders_for_the_same_count_are_two_also_where_the_first_lost_its_answer(
    practice: Practice, by_hand: ScaleOrder
) -> None:
    post = practice.swarm.set_replicas

    def post_and_hear_nothing(handle: ServiceHandle, replicas: int) -> None:
        post(handle, replicas)
        raise Temporary("no answer within 5 s")

    practice.swarm.set_replicas = post_and_hear_nothing  # type: ignore[method-assign]
    with pytest.raises(Temporary):
        practice.scale(by_hand, task_id="first")
    practice.swarm.set_replicas = post  # type: ignore[method-assign]
    second = practice.scale(by_hand, task_id="second", hold_for=HALF_AN_HOUR)
    assert (second.verdict, second.sentence) == (ScaleVerdict.ALREADY, "web already 4")
    assert practice.scale(by_hand, task_id="first").verdict is ScaleVerdict.ALREADY
    changes = [entry.task_id for entry in practice.journal.entries if entry.kind is EntryKind.CHANGED]
    assert changes == ["first"]
    assert practice.memory.holds(["web-id"])["web-id"].task_id == "second"


def test_an_order_is_not_overtaken_by_a_later_one_that_was_refused(practice: Practice, by_hand: ScaleOrder) -> None:
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT), pytest.raises(Temporary):
        practice.scale(by_hand)
    assert practice.scale(replace(by_hand, replicas=99)).verdict is ScaleVerdict.REFUSED
    assert practice.scale(by_hand).verdict is ScaleVerdict.SCALED


def test_skeps_own_orders_neither_overtake_nor_are_overtaken(
    practice: Practice, by_hand: ScaleOrder, grow: ScaleOrder
) -> None:
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT), pytest.raises(Temporary):
        practice.scale(by_hand)
    assert practice.scale(grow).verdict is ScaleVerdict.SCALED
    assert practice.scale(by_hand).verdict is ScaleVerdict.SCALED
    again = replace(grow, seen_replicas=4, evaluation=8)
    assert practice.scale(again).verdict is ScaleVerdict.SCALED


def test_the_journal_is_forwarded_while_reconciling(practice: Practice, grow: ScaleOrder) -> None:
    practice.scale(grow)
    reconcile(practice.world, time_limit=TIME_LIMIT)
    assert practice.journal.forwarded == 1


def test_a_lost_archive_does_not_hinder_reconciling(practice: Practice) -> None:
    practice.journal.lose_archive()
    assert reconcile(practice.world, time_limit=TIME_LIMIT) == ()
